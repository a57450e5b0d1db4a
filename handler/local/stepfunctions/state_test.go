package stepfunctions

import (
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
)

// checkState compares the state of an execution with want, except for the request.
func checkState(t *testing.T, service *Service, name string, want approval.Execution) {
	t.Helper()
	got := read(t, service, name)
	got.Request = approval.Request{}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("state of %s (-want +got):\n%s", name, diff)
	}
}

// TestRead follows an execution through both intervals of its first round and into the second one.
func TestRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service, start := newApprovals(t), time.Now()
		mustPost(t, service, "StartExecution", startBody("release", `{"key":1.50}`))
		first := read(t, service, "release")
		want := approval.Request{
			TaskToken: first.Request.TaskToken,
			Execution: approval.WaitingExecution{ARN: executionPrefix + "release", Name: "release", StartedAt: start.UTC()},
			Input:     json.RawMessage(`{"key":1.50}`), Approvals: []approval.Record{}, ApprovalsNeeded: 2, Groups: map[string]int{},
			EnteredAt: start.UTC(), Schedule: day,
		}
		if diff := cmp.Diff(want, first.Request); diff != "" {
			t.Errorf("request (-want +got):\n%s", diff)
		}
		checkState(t, service, "release", approval.Execution{Status: approval.StatusWaiting, AskedAt: start})

		time.Sleep(day.Interval() + 500*time.Millisecond)
		checkState(t, service, "release", approval.Execution{Status: approval.StatusMoving, AskedAt: start})
		time.Sleep(500 * time.Millisecond)
		reminded := start.Add(12 * time.Hour)
		checkState(t, service, "release", approval.Execution{Status: approval.StatusWaiting, AskedAt: reminded})

		time.Sleep(time.Hour)
		answer(t, service, "release", pending)
		checkState(t, service, "release", approval.Execution{Status: approval.StatusWaiting, AskedAt: reminded.Add(time.Hour)})
		second := read(t, service, "release").Request
		if len(second.Approvals) != 1 || second.TaskToken == first.Request.TaskToken {
			t.Errorf("the second round has %d approvals, and perhaps the token of the first one", len(second.Approvals))
		}
		if err := service.Succeed(t.Context(), first.Request.TaskToken, []byte(approved)); !errors.Is(err, approval.ErrClosed) {
			t.Errorf("answer to the first task: error = %v, want %v", err, approval.ErrClosed)
		}
	})
}

// TestReadOfEnded checks that an execution keeps its last request when it has ended.
func TestReadOfEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service, start := newApprovals(t), time.Now()
		for _, name := range []string{"approved", "rejected", "stopped"} {
			mustPost(t, service, "StartExecution", startBody(name, `{}`))
		}
		answer(t, service, "approved", approved)
		answer(t, service, "rejected", rejected)
		token := read(t, service, "stopped").Request.TaskToken
		mustPost(t, service, "StopExecution", `{"executionArn": "`+executionPrefix+`stopped", "error": "E", "cause": "c"}`)
		if err := service.Succeed(t.Context(), token, []byte(approved)); !errors.Is(err, approval.ErrClosed) {
			t.Errorf("answer after the stop: error = %v, want %v", err, approval.ErrClosed)
		}
		checkState(t, service, "approved", approval.Execution{
			Status: approval.StatusSucceeded, AskedAt: start,
			Output: `{"input":{},"approvals":[` + firstRecord + `,` + secondRecord + `]}`,
		})
		checkState(t, service, "rejected", approval.Execution{
			Status: approval.StatusFailed, AskedAt: start, Error: "Rejected", Cause: secondRecord})
		checkState(t, service, "stopped", approval.Execution{
			Status: approval.StatusAborted, AskedAt: start, Error: "E", Cause: "c"})
		if got := read(t, service, "stopped").Request.Execution.Name; got != "stopped" {
			t.Errorf("name in the last request = %q, want stopped", got)
		}
	})
}

func TestReadErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := newService(t)
		mustPost(t, service, "StartExecution", startBody("taken", `{}`))
		synctest.Wait()
		for name, test := range map[string]struct {
			ref    approval.ExecutionRef
			closed bool
		}{
			"unknown execution":        {approval.ExecutionRef{StateMachine: "approval-workflow", Name: "new"}, true},
			"other state machine":      {approval.ExecutionRef{StateMachine: "other", Name: "taken"}, true},
			"payload is not a request": {approval.ExecutionRef{StateMachine: "approval-workflow", Name: "taken"}, false},
		} {
			_, err := service.Read(t.Context(), test.ref)
			if err == nil || errors.Is(err, approval.ErrClosed) != test.closed || errors.As(err, new(*approval.Error)) {
				t.Errorf("%s: error = %v, want one that is closed: %t", name, err, test.closed)
			}
		}
		if got := service.Progress(approval.Config{}); len(got) != 1 || got[0].Progress != nil {
			t.Errorf("progress = %v, want one execution without a request", got)
		}
	})
}

// TestProgress follows executions through the states of the approval workflow. Each is named by what happens to it.
func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service, start := newApprovals(t), time.Now().UTC()
		config := approval.Config{Approvers: []string{"a@example.com", "b@example.com", "c@example.com"}}
		if got := service.Progress(config); got == nil || len(got) != 0 {
			t.Errorf("progress at the start = %v, want an empty list", got)
		}
		for _, name := range []string{"reminded", "stopped", "approved", "pending"} {
			mustPost(t, service, "StartExecution", startBody(name, `{"subject":"`+name+`"}`))
			time.Sleep(time.Hour)
		}
		answer(t, service, "pending", pending)
		answer(t, service, "approved", approved)
		mustPost(t, service, "StopExecution", `{"executionArn":"`+executionPrefix+`stopped","error":"E","cause":"c"}`)
		time.Sleep(8*time.Hour - 500*time.Millisecond) // into the pause before the reminder
		synctest.Wait()
		first := approval.Record{Approver: "a@example.com", DecidedAt: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), AgeSeconds: 1}
		second := approval.Record{Approver: "b@example.com", DecidedAt: first.DecidedAt, AgeSeconds: 2}
		request := func(subject string, approvals ...approval.Record) *approval.Progress {
			return &approval.Progress{Subject: subject, Approvals: append([]approval.Record{}, approvals...), ApprovalsNeeded: 2}
		}
		waiting := request("pending", first)
		waiting.WaitingFor, waiting.OpenUntil = config.Approvers[1:], start.Add(4*time.Hour+day.Duration())
		stopError, stopCause := "E", "c"
		want := []Progress{
			{service.executions[3].summary(), nil, nil, []string{"Begin", "Spread", "RequestApproval", "Decided?", "RequestApproval"}, waiting},
			{service.executions[2].summary(), nil, nil, []string{"Begin", "Spread", "RequestApproval", "Decided?", "Approved"},
				request("approved", first, second)},
			{service.executions[1].summary(), &stopError, &stopCause, []string{"Begin", "Spread", "RequestApproval"}, request("stopped")},
			{service.executions[0].summary(), nil, nil, []string{"Begin", "Spread", "RequestApproval"}, request("reminded")},
		}
		if diff := cmp.Diff(want, service.Progress(config), cmp.AllowUnexported(Progress{})); diff != "" {
			t.Errorf("progress (-want +got):\n%s", diff)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if got := service.Progress(config)[3]; len(got.WaitingFor) != 3 || !got.OpenUntil.Equal(start.Add(day.Duration())) {
			t.Errorf("progress after the reminder = %+v, want a request that is open for the day", got)
		}
	})
}
