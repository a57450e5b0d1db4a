package asl

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

const correctStart = `{"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2",
	"Parameters": {"StateMachineArn": "` + testStateMachine + `", "Input": {"parent.$": "$$.Execution.Id"}}, "End": true}`

func TestNestedRefusals(t *testing.T) {
	start := func(old, new string) string { return machine(strings.Replace(correctStart, old, new, 1)) }
	checkRefusals(t, []refusal{
		{"does not wait", start(".sync:2", ""), `unknown Resource`},
		{"other form of the result", start(".sync:2", ".sync"), `unknown Resource`},
		{"timeout", start(`"End"`, `"TimeoutSeconds": 5, "End"`), `TimeoutSeconds is unknown for this Resource`},
		{"parameter", start(`"Input"`, `"Name": "n", "Input"`), `Parameters: unknown field "Name"`},
		{"state machine", start(":gate", ":fence"), `Parameters.StateMachineArn: unknown state machine`},
		{"no input", start(`, "Input": {"parent.$": "$$.Execution.Id"}`, ""), `Parameters.Input is missing`},
		{"input is not an object", start(`{"parent.$": "$$.Execution.Id"}`, `"{}"`), `Parameters.Input: not an object`},
		{"token", start(`$$.Execution.Id`, `$$.Task.Token`), `Input.parent.$: "$$.Task.Token" is not in the context object`},
	})
}

// startTask is state A: a task that starts an execution of the gate.
func startTask(fields string) string {
	return `"A": ` + strings.Replace(correctStart, `"End": true`, fields, 1)
}

// gateFunc is a state machine that does what the function does.
type gateFunc func(ctx context.Context, execution Execution) (json.RawMessage, error)

func (f gateFunc) Run(ctx context.Context, execution Execution, _ *Tasks) (json.RawMessage, error) {
	return f(ctx, execution)
}

func succeed(context.Context, Execution) (json.RawMessage, error) {
	return json.RawMessage(`{"ok":1.0}`), nil
}

// runGate runs the states in a bubble and passes their end to check.
func runGate(t *testing.T, gate StateMachine, states, input string, check func(t *testing.T, output string, err error)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		output, err := (&harness{gate: gate}).run(t, t.Context(), states, input)
		check(t, output, err)
	})
}

// gate runs for a second and ends with err. It keeps its execution.
type gate struct {
	err       error
	execution Execution
}

func (g *gate) Run(_ context.Context, execution Execution, _ *Tasks) (json.RawMessage, error) {
	time.Sleep(time.Second)
	g.execution = execution
	return json.RawMessage(`{"ok":1.0}`), g.err
}

// describe replaces NAME in text by the name of the execution.
func (g *gate) describe(text string) string {
	return strings.ReplaceAll(text, "NAME", g.execution.Name)
}

const description = `"ExecutionArn":"arn:aws:states:us-east-1:000000000000:execution:gate:NAME",`

func TestNestedResult(t *testing.T) {
	g := &gate{}
	runGate(t, g, startTask(`"End": true`), `{}`, func(t *testing.T, output string, err error) {
		want := g.describe(`{` + description + `"Input":{"parent":"arn:id"},"Name":"NAME","Output":{"ok":1.0},` +
			`"StartDate":946684800000,"StateMachineArn":"` + testStateMachine + `","Status":"SUCCEEDED","StopDate":946684801000}`)
		if err != nil || output != want {
			t.Errorf("output = %s, error = %v, want %s", output, err, want)
		}
		wantExecution := Execution{
			ID: strings.Replace(testStateMachine, "stateMachine", "execution", 1) + ":" + g.execution.Name, Name: g.execution.Name,
			StartTime: time.Now().Add(-time.Second), Input: json.RawMessage(`{"parent":"arn:id"}`),
		}
		if diff := cmp.Diff(wantExecution, g.execution); diff != "" || g.execution.Name == "" {
			t.Errorf("execution (-want +got):\n%s", diff)
		}
	})
}

func TestNestedFailures(t *testing.T) {
	cause := func(failure, status string) Error {
		return Error{errTaskFailed, `{` + failure + description + `"Input":"{\"parent\":\"arn:id\"}","Name":"NAME",` +
			`"StartDate":946684800000,"StateMachineArn":"` + testStateMachine + `","Status":"` + status + `","StopDate":946684801000}`}
	}
	tests := []struct {
		name string
		err  error
		want Error
	}{
		{"failed", errBusy, cause(`"Cause":"try later","Error":"Busy",`, "FAILED")},
		{"failed without a cause", &Error{Name: errTimeout}, cause(`"Error":"States.Timeout",`, "FAILED")},
		{"wrapped", fmt.Errorf("wrapped: %w", errBusy), cause(`"Cause":"try later","Error":"Busy",`, "FAILED")},
		{"stopped", ErrStopped, cause("", "ABORTED")},
		{"timed out", context.DeadlineExceeded, cause("", "TIMED_OUT")},
		{"refused", &StartError{"StepFunctions.AccessDeniedException", "why"}, Error{"StepFunctions.AccessDeniedException", "why"}},
		{"broken", errors.New("odd"), Error{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := &gate{err: test.err}
			runGate(t, g, startTask(`"End": true`), `{}`, func(t *testing.T, _ string, err error) {
				test.want.Cause = g.describe(test.want.Cause)
				if diff := cmp.Diff(test.want, executionError(err)); err == nil || diff != "" {
					t.Errorf("error (-want +got):\n%s", diff)
				}
			})
		})
	}
}
