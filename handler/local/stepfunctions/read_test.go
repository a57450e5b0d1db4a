package stepfunctions

import (
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/local/asl"
	"approval-workflow/handler/statemachine/statemachinetest"
)

// day has e-mails after 0 and 12 hours.
var day = approval.Schedule{IntervalSeconds: 43_199, PauseSeconds: 1, Reminders: 1}

// newApprovals returns a Service that runs the approval workflow. Two approvers have to agree.
func newApprovals(t *testing.T) *Service {
	t.Helper()
	tasks := asl.NewTasks()
	service := NewService(statemachinetest.New(t, day, 2, tasks, statemachinetest.AskNobody), tasks)
	t.Cleanup(service.Close)
	return service
}

// read returns the state of an execution as soon as nothing changes any more.
func read(t *testing.T, service *Service, name string) approval.Execution {
	t.Helper()
	synctest.Wait()
	execution, err := service.Read(t.Context(), approval.ExecutionRef{StateMachine: "approval-workflow", Name: name})
	if err != nil {
		t.Fatal(err)
	}
	return execution
}

// answer answers the task that waits with a result.
func answer(t *testing.T, service *Service, name, result string) {
	t.Helper()
	if err := service.tasks.Succeed(string(read(t, service, name).Request.TaskToken), []byte(result)); err != nil {
		t.Fatal(err)
	}
}

// checkState compares the state of an execution with want, except for the request.
func checkState(t *testing.T, service *Service, name string, want approval.Execution) {
	t.Helper()
	got := read(t, service, name)
	got.Request = approval.Request{}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("state of %s (-want +got):\n%s", name, diff)
	}
}

const (
	firstRecord  = `{"approver":"a@example.com","decidedAt":"2000-01-01T00:00:00Z","ageSeconds":1}`
	secondRecord = `{"approver":"b@example.com","decidedAt":"2000-01-01T00:00:00Z","ageSeconds":2}`
	pending      = `{"status":"pending","approvals":[` + firstRecord + `]}`
	approved     = `{"status":"approved","approvals":[` + firstRecord + `,` + secondRecord + `]}`
	rejected     = `{"status":"rejected","rejection":` + secondRecord + `}`
)

// TestRead follows an execution through both intervals of its first round and into the second one.
func TestRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service, start := newApprovals(t), time.Now()
		mustPost(t, service, "StartExecution", startBody("release", `{"key":1.50}`))
		first := read(t, service, "release")
		want := approval.Request{
			TaskToken: first.Request.TaskToken,
			Execution: approval.WaitingExecution{ARN: executionPrefix + "release", Name: "release", StartedAt: start.UTC()},
			Input:     json.RawMessage(`{"key":1.50}`), Approvals: []approval.Record{}, ApprovalsNeeded: 2,
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
		mustPost(t, service, "StopExecution", `{"executionArn": "`+executionPrefix+`stopped", "error": "E", "cause": "c"}`)
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

// readErrors are the errors of Read by reference. An empty code means an error without a code.
var readErrors = []struct {
	name string
	ref  approval.ExecutionRef
	want approval.Code
}{
	{"unknown execution", approval.ExecutionRef{StateMachine: "approval-workflow", Name: "new"}, approval.CodeClosed},
	{"other state machine", approval.ExecutionRef{StateMachine: "other", Name: "taken"}, approval.CodeClosed},
	{"payload is not a request", approval.ExecutionRef{StateMachine: "approval-workflow", Name: "taken"}, ""},
}

func TestReadErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := newService(t)
		mustPost(t, service, "StartExecution", startBody("taken", `{}`))
		synctest.Wait()
		for _, test := range readErrors {
			var got approval.Code
			_, err := service.Read(t.Context(), test.ref)
			if known, ok := errors.AsType[*approval.Error](err); ok {
				got = known.Code
			}
			if err == nil || got != test.want {
				t.Errorf("%s: error = %v, want one with the code %q", test.name, err, test.want)
			}
		}
		if got := service.Waiting(); len(got) != 0 {
			t.Errorf("%d requests wait, want none", len(got))
		}
	})
}
