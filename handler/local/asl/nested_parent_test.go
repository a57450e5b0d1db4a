package asl

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestNestedErrorsAreCaught checks which names match, and that a refused start is retried.
func TestNestedErrorsAreCaught(t *testing.T) {
	tests := []struct {
		name, names string
		err         error
		want        string // error of the execution
		starts      int
	}{
		{name: "as task failure", names: `"States.TaskFailed"`, err: errBusy, starts: 1},
		{name: "not by the nested error", names: `"Busy"`, err: errBusy, want: errTaskFailed, starts: 1},
		{name: "not as timeout", names: `"States.Timeout"`, err: &Error{Name: errTimeout}, want: errTaskFailed, starts: 1},
		{name: "refused start", names: `"States.ALL"`, err: &StartError{Name: "StepFunctions.Busy"}, starts: 3},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			starts := 0
			machine := gateFunc(func(context.Context, Execution) (json.RawMessage, error) {
				starts++
				return nil, test.err
			})
			states := startTask(`"Retry": [{"ErrorEquals": ["StepFunctions.Busy"], "MaxAttempts": 2}],
				"Catch": [{"ErrorEquals": [`+test.names+`], "Next": "B"}], "End": true`) + "," + caught
			runGate(t, machine, states, `{}`, func(t *testing.T, _ string, err error) {
				if got := executionError(err).Name; got != test.want || starts != test.starts {
					t.Errorf("error = %q after %d starts, want %q after %d", got, starts, test.want, test.starts)
				}
			})
		})
	}
}

// TestNestedMachine runs a machine within another one, with the task tokens of both in one set.
func TestNestedMachine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := new(harness)
		h.invoked = func(n int) error { return h.answer(n, `{"ok":1.0}`) }
		inner, err := Parse(machine(correctTask), h.resources(time.Now()))
		if err != nil {
			t.Fatal(err)
		}
		h.gate = inner
		got, err := h.run(t, t.Context(), startTask(`"ResultSelector": {"ok.$": "$.Output.ok"}, "End": true`), `{}`)
		if err != nil || got != `{"ok":1.0}` {
			t.Errorf("output = %s, error = %v", got, err)
		}
	})
}

// TestStopEndsNested checks that the nested execution is stopped with its parent.
func TestStopEndsNested(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Minute, func() { stop(ErrStopped) })
		var nested error
		h := &harness{gate: gateFunc(func(ctx context.Context, _ Execution) (json.RawMessage, error) {
			<-ctx.Done()
			nested = context.Cause(ctx)
			return nil, nested
		})}
		states := startTask(`"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}], "End": true`) + "," + caught
		_, err := h.run(t, ctx, states, `{}`)
		if !errors.Is(err, ErrStopped) || !errors.Is(nested, ErrStopped) {
			t.Errorf("ended with %v, the nested execution with %v, want %v", err, nested, ErrStopped)
		}
	})
}
