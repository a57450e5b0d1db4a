// Package statemachinetest runs the state machine of the approval workflow in tests.
package statemachinetest

import (
	"context"
	"encoding/json"
	"sync/atomic"
	"testing"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/local/asl"
	"approval-workflow/handler/statemachine"
)

// FunctionARN is the function of the state machine.
const FunctionARN = "arn:aws:lambda:eu-west-1:123456789012:function:approval"

// Invocation is what an invocation of the function does with a request. tasks are the tasks that wait.
type Invocation func(tasks *asl.Tasks, request approval.Request) error

// Answer returns an invocation whose task token is answered with output, a JSON value.
func Answer(output string) Invocation {
	return func(tasks *asl.Tasks, request approval.Request) error {
		return tasks.Succeed(string(request.TaskToken), []byte(output))
	}
}

// FailWith returns an invocation that fails with an error of that name, and the cause "why".
func FailWith(name string) Invocation {
	return func(*asl.Tasks, approval.Request) error { return &asl.Error{Name: name, Cause: "why"} }
}

// AskNobody is an invocation whose e-mail nobody answers.
func AskNobody(*asl.Tasks, approval.Request) error { return nil }

// AnswerInTurn returns an invocation whose n-th call answers its task token with the n-th output. Further calls answer
// nothing.
func AnswerInTurn(outputs ...string) Invocation {
	var calls atomic.Int32
	return func(tasks *asl.Tasks, request approval.Request) error {
		if n := int(calls.Add(1)); n <= len(outputs) {
			return tasks.Succeed(string(request.TaskToken), []byte(outputs[n-1]))
		}
		return nil
	}
}

// New returns the state machine for requests that need that many approvals. It must run with tasks. Like the function, it
// fails a task whose payload is not an approval request.
func New(
	t testing.TB, schedule approval.Schedule, approvalsNeeded int, tasks *asl.Tasks, invoke Invocation,
) *asl.Machine {
	t.Helper()
	function := func(_ context.Context, payload []byte) error {
		request, err := approval.ParseRequest(payload)
		if err != nil {
			return &asl.Error{Name: string(approval.CodeInvalidRequest), Cause: err.Error()}
		}
		return invoke(tasks, request)
	}
	text := render(t, schedule, approvalsNeeded)
	machine, err := asl.Parse(text, asl.Resources{Functions: map[string]asl.Function{FunctionARN: function}})
	if err != nil {
		t.Fatal(err)
	}
	return machine
}

// Names are the names in the definition.
type Names struct {
	// States are the states.
	States []string
	// Failures are the errors of the Fail states, by state.
	Failures map[string]string
	// Matched are the errors that a Retry or a Catch matches by name.
	Matched []string
}

// ReadNames returns the names in the definition.
func ReadNames(t testing.TB) Names {
	t.Helper()
	type matcher struct{ ErrorEquals []string }
	var definition struct {
		States map[string]struct {
			Type, Error  string
			Retry, Catch []matcher
		}
	}
	if err := json.Unmarshal([]byte(render(t, approval.Schedule{IntervalSeconds: 1}, 1)), &definition); err != nil {
		t.Fatal(err)
	}
	names := Names{Failures: map[string]string{}}
	for name, state := range definition.States {
		names.States = append(names.States, name)
		if state.Type == "Fail" {
			names.Failures[name] = state.Error
		}
		for _, m := range append(state.Retry, state.Catch...) {
			names.Matched = append(names.Matched, m.ErrorEquals...)
		}
	}
	return names
}

func render(t testing.TB, schedule approval.Schedule, approvalsNeeded int) string {
	t.Helper()
	text, err := statemachine.Render(FunctionARN, schedule, approvalsNeeded)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
