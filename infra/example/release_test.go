package main

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/local/asl"
	"approval-workflow/handler/statemachine/statemachinetest"
)

const (
	gateARN    = "arn:aws:states:eu-west-1:123456789012:stateMachine:release-gate"
	releaseARN = "arn:aws:states:eu-west-1:123456789012:execution:release:1"
)

// newTestGate returns the state machine of the approval workflow. Two approvers have to agree, and a request expires an
// hour after the last approval.
func newTestGate(t *testing.T, tasks *asl.Tasks, invoke statemachinetest.Invocation) *asl.Machine {
	t.Helper()
	schedule, err := approval.NewSchedule(time.Hour, 0)
	if err != nil {
		t.Fatal(err)
	}
	return statemachinetest.New(t, schedule, 2, tasks, invoke)
}

// runRelease releases version 1.4.2 with a gate, in the synctest bubble of its caller.
func runRelease(t *testing.T, gate asl.StateMachine, tasks *asl.Tasks) (output string, failure asl.Error) {
	t.Helper()
	text := strings.NewReplacer("${Partition}", "aws", "${ApprovalArn}", gateARN).Replace(definition)
	release, err := asl.Parse(text, asl.Resources{StateMachines: map[string]asl.StateMachine{gateARN: gate}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := release.Run(t.Context(), asl.Execution{
		ID: releaseARN, Name: "1", StartTime: time.Now(), Input: json.RawMessage(`{"version":"1.4.2"}`),
	}, tasks)
	if failed, ok := errors.AsType[*asl.Error](err); ok {
		failure = *failed
	} else if err != nil {
		t.Fatal(err)
	}
	return string(got), failure
}

const (
	firstRecord  = `{"approver":"a@example.com","decidedAt":"2000-01-01T00:00:00Z","ageSeconds":1}`
	secondRecord = `{"approver":"b@example.com","decidedAt":"2000-01-01T00:01:00Z","reason":"no","ageSeconds":61}`
)

func TestApprovalReleases(t *testing.T) {
	answer := statemachinetest.AnswerInTurn(
		`{"status":"pending","approvals":[`+firstRecord+`]}`,
		`{"status":"approved","approvals":[`+firstRecord+`,`+secondRecord+`]}`)
	synctest.Test(t, func(t *testing.T) {
		tasks := asl.NewTasks()
		gate := newTestGate(t, tasks, func(tasks *asl.Tasks, request approval.Request) error {
			want := `{"subject":"Release 1.4.2","message":"May release 1.4.2 go to production?","artifact":"release-1.4.2.zip",` +
				`"AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID":"` + releaseARN + `"}`
			if string(request.Input) != want {
				t.Errorf("input of the gate = %s, want %s", request.Input, want)
			}
			return answer(tasks, request)
		})
		output, failure := runRelease(t, gate, tasks)
		if want := `{"released":"release-1.4.2.zip","approvals":[` + firstRecord + `,` + secondRecord + `]}`; output != want {
			t.Errorf("output = %s, error = %v, want %s", output, failure, want)
		}
	})
}

// gateFailures are the ways in which the gate fails, by its error, and the error of the release with a part of its cause.
var gateFailures = map[string]struct {
	invoke       statemachinetest.Invocation
	error, cause string
}{
	"Rejected": {statemachinetest.Answer(`{"status":"rejected","rejection":` + secondRecord + `}`), "Rejected", secondRecord},
	"Expired":  {statemachinetest.AskNobody, "Expired", "Nobody decided within 1h (reminders: 0)"},
	"TooFewApproversError": {statemachinetest.FailWith("TooFewApproversError"),
		"NotApproved", `"Error":"TooFewApproversError"`},
	"NotSent":   {statemachinetest.FailWith("NotificationRefusedError"), "NotApproved", `"Error":"NotSent"`},
	"Undecided": {statemachinetest.Answer(`{}`), "NotApproved", `"Error":"Undecided"`},
}

// TestGateFailures checks each Fail state of the gate.
func TestGateFailures(t *testing.T) {
	for state, name := range statemachinetest.ReadNames(t).Failures {
		t.Run(state, func(t *testing.T) {
			test, ok := gateFailures[name]
			if !ok {
				t.Fatalf("gateFailures does not contain %s", name)
			}
			synctest.Test(t, func(t *testing.T) {
				tasks := asl.NewTasks()
				checkFailure(t, newTestGate(t, tasks, test.invoke), tasks, test.error, test.cause)
			})
		})
	}
}

func checkFailure(t *testing.T, gate asl.StateMachine, tasks *asl.Tasks, name, cause string) {
	t.Helper()
	output, failure := runRelease(t, gate, tasks)
	if output != "" || failure.Name != name || !strings.Contains(failure.Cause, cause) {
		t.Errorf("output = %s, error = %v, want %s: %s", output, failure, name, cause)
	}
}

// stoppedGate is a gate whose executions somebody stops after a minute.
type stoppedGate struct{ *asl.Machine }

func (g stoppedGate) Run(ctx context.Context, execution asl.Execution, tasks *asl.Tasks) (json.RawMessage, error) {
	ctx, stop := context.WithCancelCause(ctx)
	time.AfterFunc(time.Minute, func() { stop(asl.ErrStopped) })
	return g.Machine.Run(ctx, execution, tasks)
}

func TestStoppedGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tasks := asl.NewTasks()
		gate := newTestGate(t, tasks, statemachinetest.AskNobody)
		checkFailure(t, stoppedGate{gate}, tasks, "NotApproved", `"Status":"ABORTED"`)
	})
}

// brokenGate is a gate whose executions end with an error at once.
type brokenGate struct{ err error }

func (g brokenGate) Run(context.Context, asl.Execution, *asl.Tasks) (json.RawMessage, error) {
	return nil, g.err
}

// TestOtherGateErrors checks an error of the gate that the release does not know.
func TestOtherGateErrors(t *testing.T) {
	tests := []struct {
		name  string
		err   error
		cause string
	}{
		{"start refused", &asl.StartError{Name: "StepFunctions.AccessDeniedException", Cause: "is not authorized"}, "is not authorized"},
		{"unknown failure", &asl.Error{Name: "States.DataLimitExceeded"}, `"Error":"States.DataLimitExceeded"`},
		{"timed out", context.DeadlineExceeded, `"Status":"TIMED_OUT"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				checkFailure(t, brokenGate{test.err}, asl.NewTasks(), "NotApproved", test.cause)
			})
		})
	}
}
