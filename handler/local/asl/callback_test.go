package asl

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestCallbackRefusals(t *testing.T) {
	checkRefusals(t, []refusal{
		{"no timeout", changeTask("60", "0"), `TimeoutSeconds must be`},
		{"parameter", changeTask(`"Payload"`, `"Qualifier": "1", "Payload"`), `Parameters: unknown field "Qualifier"`},
		{"function", changeTask(":ask", ":tell"), `Parameters.FunctionName: unknown function`},
		{"no payload", changeTask(`, "Payload": {"token.$": "$$.Task.Token"}`, ""), `Parameters.Payload is missing`},
		{"array", changeTask(`{"token.$": "$$.Task.Token"}`, `{"a": [1]}`), `Parameters.Payload.a: only an empty array is known`},
		{"number as expression", changeTask(`"$$.Task.Token"`, `5`), `Payload.token.$: not a string`},
	})
}

var errBusy = &Error{Name: "Busy", Cause: "try later"}

// invocation is what the n-th invocation of the function does.
type invocation func(h *harness, n int) error

func answers(output string) invocation {
	return func(h *harness, n int) error { return h.answer(n, output) }
}

func fails(err error) invocation { return func(*harness, int) error { return err } }

var large = `"` + strings.Repeat("x", maxData) + `"`

// callbackTests have the output or the name of the error of an execution as want.
var callbackTests = []struct {
	name, states string
	invoked      invocation
	want         string
	after        time.Duration
}{
	{name: "answered", states: catchTask(`"States.ALL"`), invoked: answers(`{"ok":1.0}`), want: `{"ok":1.0}`},
	{name: "result of the function is ignored", states: askTask(`"End": true`), invoked: fails(nil),
		want: errTimeout, after: time.Minute},
	{name: "timeout caught by name", states: catchTask(`"States.Timeout"`), invoked: fails(nil),
		want: `{"caught":{"Error":"States.Timeout","Cause":""}}`, after: time.Minute},
	{name: "timeout caught by all", states: catchTask(`"States.ALL"`), invoked: fails(nil),
		want: `{"caught":{"Error":"States.Timeout","Cause":""}}`, after: time.Minute},
	{name: "timeout is not a task failure", states: catchTask(`"States.TaskFailed"`), invoked: fails(nil),
		want: errTimeout, after: time.Minute},
	{name: "error caught by name", states: catchTask(`"Busy"`), invoked: fails(errBusy),
		want: `{"caught":{"Error":"Busy","Cause":"try later"}}`},
	{name: "error caught as task failure", states: catchTask(`"States.TaskFailed"`), invoked: fails(errBusy),
		want: `{"caught":{"Error":"Busy","Cause":"try later"}}`},
	{name: "wrapped error caught", states: catchTask(`"Busy"`), invoked: fails(fmt.Errorf("wrapped: %w", errBusy)),
		want: `{"caught":{"Error":"Busy","Cause":"try later"}}`},
	{name: "error without a name", states: catchTask(`"States.ALL"`), invoked: fails(errors.New("odd")),
		want: `{"caught":{"Error":"States.TaskFailed","Cause":"odd"}}`},
	{name: "other error", states: catchTask(`"Idle"`), invoked: fails(errBusy), want: "Busy"},
	{name: "large answer", states: catchTask(`"States.ALL"`), invoked: answers(large), want: errDataLimitExceeded},
	{name: "answer before the failure", states: catchTask(`"States.ALL"`), invoked: func(h *harness, n int) error {
		return errors.Join(h.answer(n, `1`), errBusy)
	}, want: `1`},
}

func TestCallback(t *testing.T) {
	for _, test := range callbackTests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start, h := time.Now(), new(harness)
				h.invoked = func(n int) error { return test.invoked(h, n) }
				got, err := h.run(t, t.Context(), test.states, `{}`)
				if err != nil {
					got = executionError(err).Name
				}
				if got != test.want || time.Since(start) != test.after {
					t.Errorf("ended with %.200s after %s, want %.200s after %s", got, time.Since(start), test.want, test.after)
				}
				if err := h.answer(0, `2`); !errors.Is(err, ErrTaskTimedOut) {
					t.Errorf("late answer: error = %v, want %v", err, ErrTaskTimedOut)
				}
			})
		})
	}
}

// TestLargeAnswerIsCaughtByName checks that only States.ALL does not match the error.
func TestLargeAnswerIsCaughtByName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := new(harness)
		h.invoked = func(n int) error { return h.answer(n, large) }
		got, err := h.run(t, t.Context(), catchTask(`"States.DataLimitExceeded"`), `{}`)
		if err != nil || !strings.HasPrefix(got, `{"caught":{"Error":"States.DataLimitExceeded"`) {
			t.Errorf("output = %.100s, error = %v", got, err)
		}
	})
}
