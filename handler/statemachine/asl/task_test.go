package asl

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

var (
	errBusy = &Error{Name: "Busy", Cause: "try later"}
	large   = `"` + strings.Repeat("x", maxData) + `"`
)

// invocation is what the n-th invocation of the function does.
type invocation func(h *harness, n int) error

func answers(output string) invocation {
	return func(h *harness, n int) error { return h.answer(n, output) }
}

func fails(err error) invocation { return func(*harness, int) error { return err } }

const (
	caughtBusy    = `{"caught":{"Error":"Busy","Cause":"try later"}}`
	caughtTimeout = `{"caught":{"Error":"States.Timeout","Cause":""}}`
)

var taskTests = []struct {
	name, states string
	invoked      invocation
	want         string // the beginning of the output, or the name of the error of the execution
	after        time.Duration
}{
	{"answered", catchTask(`"States.ALL"`), answers(`{"ok":1.0}`), `{"ok":1.0}`, 0},
	{"result of the function is ignored", askTask(`"End": true`), fails(nil), errTimeout, time.Minute},
	{"timeout caught by name", catchTask(`"States.Timeout"`), fails(nil), caughtTimeout, time.Minute},
	{"timeout caught by all", catchTask(`"States.ALL"`), fails(nil), caughtTimeout, time.Minute},
	{"timeout is not a task failure", catchTask(`"States.TaskFailed"`), fails(nil), errTimeout, time.Minute},
	{"error caught by name", catchTask(`"Busy"`), fails(errBusy), caughtBusy, 0},
	{"error caught as task failure", catchTask(`"States.TaskFailed"`), fails(errBusy), caughtBusy, 0},
	{"wrapped error caught", catchTask(`"Busy"`), fails(fmt.Errorf("wrapped: %w", errBusy)), caughtBusy, 0},
	{"error without a name", catchTask(`"States.ALL"`), fails(errors.New("odd")),
		`{"caught":{"Error":"States.TaskFailed","Cause":"odd"}}`, 0},
	{"other error", catchTask(`"Idle"`), fails(errBusy), "Busy", 0},
	{"large answer", catchTask(`"States.ALL"`), answers(large), `{"caught":{"Error":"States.DataLimitExceeded",`, 0},
	{"large answer is not a task failure", catchTask(`"States.TaskFailed"`), answers(large), errDataLimitExceeded, 0},
	{"large answer caught by name", catchTask(`"States.DataLimitExceeded"`), answers(large),
		`{"caught":{"Error":"States.DataLimitExceeded",`, 0},
	{"answer before the failure", catchTask(`"States.ALL"`), func(h *harness, n int) error {
		return errors.Join(h.answer(n, `1`), errBusy)
	}, `1`, 0},
	{"path of the payload is missing", change(catchTask(`"States.ALL"`), `"token.$"`, `"x.$": "$.x", "token.$"`),
		fails(nil), errRuntime, 0},
	{"runtime error", catchTask(`"States.ALL"`), fails(&Error{Name: errRuntime}), errRuntime, 0},
	{"runtime error is not a task failure", catchTask(`"States.TaskFailed"`), fails(&Error{Name: errRuntime}), errRuntime, 0},
	{"answer as compact text", change(askTask(`"Next": "B"`)+", "+passState(`{"a.$": "States.JsonToString($)"}`), `, "A"`, `, "B"`),
		answers(` {"ok": [1.0, "a b"] } `), `{"a":"{\"ok\":[1.0,\"a b\"]}"}`, 0},
	{"payload is too large", change(catchTask(`"States.ALL"`), `"token.$"`, `"x": `+large+`, "token.$"`),
		fails(nil), errDataLimitExceeded, 0},
}

func TestTask(t *testing.T) {
	for _, test := range taskTests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start, h := time.Now(), new(harness)
				h.invoked = func(n int) error { return test.invoked(h, n) }
				got, err := h.run(t, t.Context(), test.states, `{}`)
				if err != nil {
					got = executionError(err).Name
				}
				if !strings.HasPrefix(got, test.want) || time.Since(start) != test.after {
					t.Errorf("ended with %.200s after %s, want %.200s after %s", got, time.Since(start), test.want, test.after)
				}
				h.checkClosed(t)
			})
		})
	}
}

// checkClosed checks that the tasks that were invoked accept no answer.
func (h *harness) checkClosed(t *testing.T) {
	t.Helper()
	for n := range h.tokens {
		if err := h.answer(n, `2`); !errors.Is(err, ErrTaskTimedOut) {
			t.Errorf("late answer: error = %v, want %v", err, ErrTaskTimedOut)
		}
	}
}

// TestRetry has the times of the invocations in seconds as want.
func TestRetry(t *testing.T) {
	const retrier = `{"ErrorEquals": ["Busy"], "IntervalSeconds": 1, "BackoffRate": 2, "MaxAttempts": 3`
	tests := []struct {
		name, retriers string
		failures       []error // of the first invocations
		want           []float64
	}{
		{"doubled", retrier + `}`, slices.Repeat([]error{errBusy}, 9), []float64{0, 1, 3, 7}},
		{"until it works", retrier + `}`, []error{errBusy}, []float64{0, 1}},
		{"backoff up to a limit", `{"ErrorEquals": ["Busy"], "IntervalSeconds": 2, "BackoffRate": 1.5, "MaxAttempts": 4,
			"MaxDelaySeconds": 4, "JitterStrategy": "NONE"}`, slices.Repeat([]error{errBusy}, 9), []float64{0, 2, 5, 9, 13}},
		{"no attempts", change(retrier, "3", "0") + `}`, []error{errBusy}, []float64{0}},
		{"other error", change(retrier, "Busy", "Idle") + `}`, []error{errBusy}, []float64{0}},
		{"each retrier counts", change(retrier, "3", "1") + `}, ` + change(change(retrier, "3", "1"), "Busy", "States.ALL") + `}`,
			[]error{errBusy, errors.New("odd"), errBusy}, []float64{0, 1, 2}},
		{"timeouts", `{"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 1, "BackoffRate": 1, "MaxAttempts": 2}`,
			[]error{nil, nil, nil}, []float64{0, 61, 122}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := new(harness)
				h.invoked = func(n int) error {
					if n < len(test.failures) {
						return test.failures[n]
					}
					return h.answer(n, `1`)
				}
				if _, err := h.run(t, t.Context(), retryTask(test.retriers), `{}`); err != nil {
					t.Error(err)
				}
				h.checkInvocations(t, test.want)
			})
		})
	}
}

// checkInvocations compares the times of the invocations, and checks their retry counts and tokens.
func (h *harness) checkInvocations(t *testing.T, want []float64) {
	t.Helper()
	var got []float64
	for n, payload := range h.payloads {
		got = append(got, h.times[n].Seconds())
		if count := string(payload["retry"]); count != fmt.Sprint(n) {
			t.Errorf("invocation %d: RetryCount = %s", n, count)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("invocations (-want +got):\n%s", diff)
	}
	h.checkClosed(t)
	slices.Sort(h.tokens)
	if len(slices.Compact(h.tokens)) != len(want) {
		t.Error("two invocations had the same token")
	}
}

func TestRetryJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &harness{invoked: func(int) error { return errBusy }}
		_, err := h.run(t, t.Context(), retryTask(`{"ErrorEquals": ["Busy"], "IntervalSeconds": 100, "BackoffRate": 1,
			"MaxAttempts": 50, "JitterStrategy": "FULL"}`), `{}`)
		if err != nil || len(h.times) != 51 {
			t.Fatalf("invocations = %d, error = %v, want 51", len(h.times), err)
		}
		delays := map[time.Duration]bool{}
		for i := range h.times[1:] {
			delay := h.times[i+1] - h.times[i]
			delays[delay] = true
			if delay < 0 || delay > 100*time.Second {
				t.Errorf("delay = %s, want 100s at most", delay)
			}
		}
		if len(delays) < 2 {
			t.Error("all delays are equal")
		}
	})
}

func TestStopEndsTask(t *testing.T) {
	errStopped := errors.New("stopped")
	between := `{"ErrorEquals": ["Busy"], "IntervalSeconds": 50, "BackoffRate": 1, "MaxAttempts": 1}`
	for name, test := range map[string]struct {
		states  string
		invoked error
	}{
		"waiting":          {catchTask(`"States.ALL"`), nil},
		"between attempts": {retryTask(between), errBusy},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, stop := context.WithCancelCause(t.Context())
				time.AfterFunc(10*time.Second, func() { stop(errStopped) })
				start, h := time.Now(), &harness{invoked: func(int) error { return test.invoked }}
				_, err := h.run(t, ctx, test.states, `{}`)
				if !errors.Is(err, errStopped) || time.Since(start) != 10*time.Second {
					t.Errorf("ended with %v after %s, want %v after 10s", err, time.Since(start), errStopped)
				}
				h.checkClosed(t)
				if h.context.Err() != nil {
					t.Error("the invocation was stopped too")
				}
				if _, err := h.run(t, ctx, test.states, `{}`); !errors.Is(err, errStopped) || len(h.entered) != 1 {
					t.Errorf("stopped before the start: error = %v after the states %s", err, h.entered)
				}
			})
		})
	}
}
