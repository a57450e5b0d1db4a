package asl

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRetryRefusals(t *testing.T) {
	checkRefusals(t, []refusal{
		{"nothing", changeRetry(`"ErrorEquals": []`), `Retry[0]: ErrorEquals is empty`},
		{"unknown error", changeRetry(`"ErrorEquals": ["States.Tiemout"]`), `ErrorEquals: unknown error "States.Tiemout"`},
		{"runtime error", changeRetry(`"ErrorEquals": ["States.Runtime"]`), `unknown error "States.Runtime"`},
		{"result path", changeRetry(`"ErrorEquals": ["States.ResultPathMatchFailure"]`), `unknown error`},
		{"all and more", changeRetry(`"ErrorEquals": ["States.ALL", "A"]`), `must be the only name`},
		{"all first", changeRetry(`"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["A"]`), `and in the last place`},
		{"interval", changeRetry(`"ErrorEquals": ["A"], "IntervalSeconds": 0`), `IntervalSeconds must`},
		{"attempts", changeRetry(`"ErrorEquals": ["A"], "MaxAttempts": -1`), `MaxAttempts must`},
		{"backoff", changeRetry(`"ErrorEquals": ["A"], "BackoffRate": 0.5`), `BackoffRate must`},
		{"max delay", changeRetry(`"ErrorEquals": ["A"], "MaxDelaySeconds": 1`), `MaxDelaySeconds must`},
		{"jitter", changeRetry(`"ErrorEquals": ["A"], "JitterStrategy": "HALF"`), `unknown strategy "HALF"`},
	})
}

// retryTests have the times of the invocations in seconds as want.
var retryTests = []struct {
	name, retriers string
	failures       []error // of the first invocations
	want           []float64
}{
	{"defaults", `{"ErrorEquals": ["Busy"]}`, slices.Repeat([]error{errBusy}, 9), []float64{0, 1, 3, 7}},
	{"until it works", `{"ErrorEquals": ["Busy"]}`, []error{errBusy}, []float64{0, 1}},
	{"backoff up to a limit", `{"ErrorEquals": ["Busy"], "IntervalSeconds": 2, "BackoffRate": 1.5, "MaxAttempts": 4,
		"MaxDelaySeconds": 4, "JitterStrategy": "NONE"}`, slices.Repeat([]error{errBusy}, 9), []float64{0, 2, 5, 9, 13}},
	{"no attempts", `{"ErrorEquals": ["States.ALL"], "MaxAttempts": 0}`, []error{errBusy}, []float64{0}},
	{"other error", `{"ErrorEquals": ["Idle"]}`, []error{errBusy}, []float64{0}},
	{"each retrier counts", `{"ErrorEquals": ["Busy"], "MaxAttempts": 1}, {"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}`,
		[]error{errBusy, errors.New("odd"), errBusy}, []float64{0, 1, 2}},
	{"timeouts", `{"ErrorEquals": ["States.Timeout"], "MaxAttempts": 2, "BackoffRate": 1}`, []error{nil, nil, nil},
		[]float64{0, 61, 122}},
}

func TestRetry(t *testing.T) {
	for _, test := range retryTests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := new(harness)
				h.invoked = func(n int) error {
					if n < len(test.failures) {
						return test.failures[n]
					}
					return h.answer(n, `1`)
				}
				states := askTask(`"Retry": [`+test.retriers+`],
					"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}], "End": true`) + "," + caught
				if _, err := h.run(t, t.Context(), states, `{}`); err != nil {
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
	slices.Sort(h.tokens)
	if len(slices.Compact(h.tokens)) != len(want) {
		t.Error("two invocations had the same token")
	}
}

func TestRetryJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &harness{invoked: func(int) error { return errBusy }}
		_, err := h.run(t, t.Context(), askTask(`"Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 100, "BackoffRate": 1,
			"MaxAttempts": 50, "JitterStrategy": "FULL"}], "End": true`), `{}`)
		if executionError(err).Name != "Busy" || len(h.times) != 51 {
			t.Fatalf("invocations = %d, error = %v, want 51 and Busy", len(h.times), err)
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
