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

var errBusy = &Error{Name: "Busy", Cause: "try later"}

// TestTaskEnds tables how an attempt ends and what catches it.
func TestTaskEnds(t *testing.T) {
	catch := func(names string) string {
		return asking(`"Catch": [{"ErrorEquals": [`+names+`], "Next": "B"}], "End": true`) + "," + caught
	}
	answer := func(output string) func(*harness, int) error {
		return func(h *harness, n int) error { return h.tasks.Succeed(h.tokens[n], []byte(output)) }
	}
	fails := func(err error) func(*harness, int) error { return func(*harness, int) error { return err } }
	large := `"` + strings.Repeat("x", maxData) + `"`
	tests := []struct {
		name, states string
		invoked      func(*harness, int) error
		want         string // output or error name
		after        time.Duration
	}{
		{"answered", catch(`"States.ALL"`), answer(`{"ok":1.0}`), `{"ok":1.0}`, 0},
		{"normal result is ignored", asking(`"End": true`), fails(nil), errTimeout, time.Minute},
		{"timeout caught by name", catch(`"States.Timeout"`), fails(nil), `{"caught":{"Error":"States.Timeout","Cause":""}}`, time.Minute},
		{"timeout caught by all", catch(`"States.ALL"`), fails(nil), `{"caught":{"Error":"States.Timeout","Cause":""}}`, time.Minute},
		{"timeout is no failure", catch(`"States.TaskFailed"`), fails(nil), errTimeout, time.Minute},
		{"error caught by name", catch(`"Busy"`), fails(errBusy), `{"caught":{"Error":"Busy","Cause":"try later"}}`, 0},
		{"error caught as failure", catch(`"States.TaskFailed"`), fails(errBusy), `{"caught":{"Error":"Busy","Cause":"try later"}}`, 0},
		{"error caught while wrapped", catch(`"Busy"`), fails(fmt.Errorf("wrapped: %w", errBusy)),
			`{"caught":{"Error":"Busy","Cause":"try later"}}`, 0},
		{"error of no name", catch(`"States.ALL"`), fails(errors.New("odd")), `{"caught":{"Error":"States.TaskFailed","Cause":"odd"}}`, 0},
		{"other error", catch(`"Idle"`), fails(errBusy), "Busy", 0},
		{"large answer", catch(`"States.ALL"`), answer(large), errDataLimitExceeded, 0},
		{"answer counts before the failure", catch(`"States.ALL"`), func(h *harness, n int) error {
			return errors.Join(h.tasks.Succeed(h.tokens[n], []byte(`1`)), errBusy)
		}, `1`, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start, h := time.Now(), new(harness)
				got, err := h.run(t, t.Context(), test.states, `{}`, func(n int) error { return test.invoked(h, n) })
				if err != nil {
					got = failure(err).Name
				}
				if got != test.want || time.Since(start) != test.after {
					t.Errorf("ended with %.200s after %s, want %.200s after %s", got, time.Since(start), test.want, test.after)
				}
				if err := h.tasks.Succeed(h.tokens[0], []byte(`2`)); !errors.Is(err, ErrTaskTimedOut) {
					t.Errorf("late answer: %v, want %v", err, ErrTaskTimedOut)
				}
			})
		})
	}
}

// TestLargeAnswerIsCaughtByName: only States.ALL leaves the data limit out.
func TestLargeAnswerIsCaughtByName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		states := asking(`"Catch": [{"ErrorEquals": ["States.DataLimitExceeded"], "Next": "B"}], "End": true`) + "," + caught
		h := new(harness)
		got, err := h.run(t, t.Context(), states, `{}`, func(n int) error {
			return h.tasks.Succeed(h.tokens[n], []byte(`"`+strings.Repeat("x", maxData)+`"`))
		})
		if err != nil || !strings.HasPrefix(got, `{"caught":{"Error":"States.DataLimitExceeded"`) {
			t.Errorf("output %.100s, error %v", got, err)
		}
	})
}

func TestRetry(t *testing.T) {
	retry := func(retriers string) string {
		return asking(`"Retry": [`+retriers+`], "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}], "End": true`) + "," + caught
	}
	seconds := func(values ...float64) (times []time.Duration) {
		for _, value := range values {
			times = append(times, time.Duration(value*float64(time.Second)))
		}
		return times
	}
	tests := []struct {
		name, states string
		failures     []error // of the first invocations; then none
		want         []time.Duration
	}{
		{"defaults", retry(`{"ErrorEquals": ["Busy"]}`), slices.Repeat([]error{errBusy}, 9), seconds(0, 1, 3, 7)},
		{"until it works", retry(`{"ErrorEquals": ["Busy"]}`), []error{errBusy}, seconds(0, 1)},
		{"backoff up to a limit", retry(`{"ErrorEquals": ["Busy"], "IntervalSeconds": 2, "BackoffRate": 1.5, "MaxAttempts": 4,
			"MaxDelaySeconds": 4, "JitterStrategy": "NONE"}`), slices.Repeat([]error{errBusy}, 9), seconds(0, 2, 5, 9, 13)},
		{"no attempts", retry(`{"ErrorEquals": ["States.ALL"], "MaxAttempts": 0}`), []error{errBusy}, seconds(0)},
		{"other error", retry(`{"ErrorEquals": ["Idle"]}`), []error{errBusy}, seconds(0)},
		{"each retrier counts", retry(`{"ErrorEquals": ["Busy"], "MaxAttempts": 1}, {"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}`),
			[]error{errBusy, errors.New("odd"), errBusy}, seconds(0, 1, 2)},
		{"timeouts", retry(`{"ErrorEquals": ["States.Timeout"], "MaxAttempts": 2, "BackoffRate": 1}`), []error{nil, nil, nil},
			seconds(0, 61, 122)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := new(harness)
				_, err := h.run(t, t.Context(), test.states, `{}`, func(n int) error {
					if n < len(test.failures) {
						return test.failures[n]
					}
					return h.tasks.Succeed(h.tokens[n], []byte(`1`))
				})
				if err != nil {
					t.Error(err)
				}
				if diff := cmp.Diff(test.want, h.times); diff != "" {
					t.Errorf("invocations (-want +got):\n%s", diff)
				}
				for n, payload := range h.payloads {
					if got := string(payload["retry"]); got != fmt.Sprint(n) {
						t.Errorf("invocation %d has RetryCount %s", n, got)
					}
				}
				slices.Sort(h.tokens)
				if len(slices.Compact(h.tokens)) != len(test.want) {
					t.Error("a token was used twice")
				}
			})
		})
	}
}

func TestRetryJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := new(harness)
		states := asking(`"Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 100, "BackoffRate": 1, "MaxAttempts": 50,
			"JitterStrategy": "FULL"}], "End": true`)
		_, err := h.run(t, t.Context(), states, `{}`, func(int) error { return errBusy })
		if failure(err).Name != "Busy" || len(h.times) != 51 {
			t.Fatalf("%d invocations, error %v", len(h.times), err)
		}
		delays := map[time.Duration]bool{}
		for i := range h.times[1:] {
			delay := h.times[i+1] - h.times[i]
			delays[delay] = true
			if delay < 0 || delay > 100*time.Second {
				t.Errorf("delay %s", delay)
			}
		}
		if len(delays) < 2 {
			t.Error("every delay is the same")
		}
	})
}

func TestStopEndsWaiting(t *testing.T) {
	stopped := errors.New("stopped")
	tests := map[string]struct {
		states  string
		invoked error
	}{
		"task":  {asking(`"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}], "End": true`) + "," + caught, nil},
		"retry": {asking(`"Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 50}], "End": true`), errBusy},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, stop := context.WithCancelCause(t.Context())
				time.AfterFunc(10*time.Second, func() { stop(stopped) })
				start, h := time.Now(), new(harness)
				_, err := h.run(t, ctx, test.states, `{}`, func(int) error { return test.invoked })
				if !errors.Is(err, stopped) || time.Since(start) != 10*time.Second {
					t.Errorf("ended with %v after %s", err, time.Since(start))
				}
				if err := h.tasks.Succeed(h.tokens[0], []byte(`1`)); !errors.Is(err, ErrTaskTimedOut) {
					t.Errorf("late answer: %v, want %v", err, ErrTaskTimedOut)
				}
			})
		})
	}
}

func TestTokens(t *testing.T) {
	tasks := NewTasks()
	if err := tasks.Succeed("unknown", []byte(`1`)); !errors.Is(err, ErrInvalidToken) {
		t.Errorf("unknown token: %v, want %v", err, ErrInvalidToken)
	}
	token, waiting := tasks.open()
	if len(token) != 684 {
		t.Errorf("a token has %d characters", len(token))
	}
	if err := tasks.Succeed(token, []byte(`1`)); err != nil {
		t.Errorf("first answer: %v", err)
	}
	if err := tasks.Succeed(token, []byte(`2`)); !errors.Is(err, ErrTaskTimedOut) {
		t.Errorf("second answer: %v, want %v", err, ErrTaskTimedOut)
	}
	if output, ok := tasks.end(waiting); !ok || string(output) != `1` {
		t.Errorf("the first answer did not win: %s", output)
	}
}
