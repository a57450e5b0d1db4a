package approval_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/approval/approvaltest"
)

// newClosed returns a Fake whose task is closed, and a click on its link.
func newClosed() (*approvaltest.Fake, approval.Click) {
	fake := approvaltest.New()
	fake.SucceedErr = &approval.Error{Code: approval.CodeClosed}
	return fake, approval.Click{
		Decision: approval.Approve,
		SourceIP: "203.0.113.7",
		Link: approval.Link{
			Token:     token,
			Execution: approval.ExecutionRef{StateMachine: "approval-workflow", Name: "release-42", StartedAt: time.Now()},
		},
	}
}

func TestClosedTaskIsExplained(t *testing.T) {
	running := approval.Execution{Status: "RUNNING"}
	tests := []struct {
		name       string
		executions []approval.Execution // the results of Describe
		want       approval.Code
		waits      time.Duration
	}{
		{"approved", []approval.Execution{{Status: "SUCCEEDED"}}, approval.CodeAlreadyApproved, 0},
		{"rejected", []approval.Execution{{Status: "FAILED", Error: "Rejected"}}, approval.CodeAlreadyRejected, 0},
		{"expired", []approval.Execution{{Status: "FAILED", Error: "Expired"}}, approval.CodeExpired, 0},
		{"timed out", []approval.Execution{{Status: "TIMED_OUT"}}, approval.CodeExpired, 0},
		{"stopped", []approval.Execution{{Status: "ABORTED"}}, approval.CodeStopped, 0},
		{"failed with another error", []approval.Execution{{Status: "FAILED", Error: "NotSent"}}, approval.CodeClosed, 0},
		{"pending redrive", []approval.Execution{{Status: "PENDING_REDRIVE"}}, approval.CodeClosed, 0},
		{"still running", []approval.Execution{running}, approval.CodeReplaced, 1500 * time.Millisecond},
		{"decided just now", []approval.Execution{running, running, {Status: "SUCCEEDED"}}, approval.CodeAlreadyApproved, time.Second},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake, click := newClosed()
				for _, execution := range test.executions {
					execution.StartedAt = click.Link.Execution.StartedAt
					fake.Executions = append(fake.Executions, execution)
				}
				checkExplained(t, fake, click, test.want)
				if got := time.Since(click.Link.Execution.StartedAt); got != test.waits {
					t.Errorf("the answer took %s, want %s", got, test.waits)
				}
			})
		})
	}
}

// checkExplained checks the code of a click, and that only the execution of its link was described.
func checkExplained(t *testing.T, fake *approvaltest.Fake, click approval.Click, want approval.Code) {
	t.Helper()
	_, err := newService(fake).Decide(t.Context(), click)
	if got := approval.CodeOf(err); got != want {
		t.Errorf("code = %q, want %q", got, want)
	}
	for _, ref := range fake.Described() {
		if diff := cmp.Diff(click.Link.Execution, ref); diff != "" {
			t.Errorf("described execution (-want +got):\n%s", diff)
		}
	}
}

// TestClosedTaskStaysUnexplained checks that a link does not show the state of an execution that it does not belong to.
func TestClosedTaskStaysUnexplained(t *testing.T) {
	tests := []struct {
		name string
		edit func(*approvaltest.Fake, *approval.Click)
		want int // calls of Describe
	}{
		{"no state machine in the link", func(_ *approvaltest.Fake, c *approval.Click) { c.Link.Execution.StateMachine = "" }, 0},
		{"no execution in the link", func(_ *approvaltest.Fake, c *approval.Click) { c.Link.Execution.Name = "" }, 0},
		{"another execution", func(f *approvaltest.Fake, _ *approval.Click) {
			f.Executions[0].StartedAt = f.Executions[0].StartedAt.Add(time.Millisecond)
		}, 1},
		{"another execution that is running", func(f *approvaltest.Fake, c *approval.Click) {
			f.Executions[0].Status = "RUNNING"
			c.Link.Execution.StartedAt = time.Time{}
		}, 1},
		{"error", func(f *approvaltest.Fake, _ *approval.Click) { f.DescribeErr = errors.New("AccessDenied: " + token) }, 1},
		{"unknown execution", func(f *approvaltest.Fake, _ *approval.Click) { f.Executions = nil }, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			fake, click := newClosed()
			fake.Executions = []approval.Execution{{Status: "SUCCEEDED", StartedAt: click.Link.Execution.StartedAt}}
			test.edit(fake, &click)
			checkExplained(t, fake, click, approval.CodeClosed)
			if got := len(fake.Described()); got != test.want {
				t.Errorf("%d calls of Describe, want %d", got, test.want)
			}
		})
	}
}

// TestLostAnswer has Step Functions accept a decision and lose the answer. The SDK's retry then finds the task closed. The
// click that decided must succeed, and no other click.
func TestLostAnswer(t *testing.T) {
	const now, earlier = "2000-01-01T00:00:00Z", "1999-12-31T23:59:59.999999Z"
	tests := []struct {
		name      string
		decision  approval.Decision
		execution approval.Execution
		want      approval.Code
	}{
		{"approved", approval.Approve, approved(now), ""},
		{"rejected", approval.Reject, rejected(now), ""},
		{"approved by another click", approval.Approve, approved(earlier), approval.CodeAlreadyApproved},
		{"rejected by another click", approval.Reject, rejected(earlier), approval.CodeAlreadyRejected},
		{"the other decision", approval.Approve, rejected(now), approval.CodeAlreadyRejected},
		{"not a record", approval.Approve, approval.Execution{Status: "SUCCEEDED", Output: `"text"`}, approval.CodeAlreadyApproved},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake, click := newClosed()
				click.Decision = test.decision
				test.execution.StartedAt = click.Link.Execution.StartedAt
				fake.Executions = []approval.Execution{test.execution}
				record, err := newService(fake).Decide(t.Context(), click)
				if got := approval.CodeOf(err); got != test.want {
					t.Fatalf("code = %q, want %q", got, test.want)
				}
				if err == nil && record.Status != test.decision.Status {
					t.Errorf("record = %+v, want the status %s", record, test.decision.Status)
				}
			})
		})
	}
}

// approved returns an execution that ended with an approval.
func approved(decidedAt string) approval.Execution {
	output := fmt.Sprintf(`{"input": {}, "approval": {"status": "approved", "decidedAt": %q, "sourceIp": "203.0.113.7"}}`, decidedAt)
	return approval.Execution{Status: "SUCCEEDED", Output: output}
}

// rejected returns an execution that ended with a rejection.
func rejected(decidedAt string) approval.Execution {
	cause := fmt.Sprintf(`{"status": "rejected", "decidedAt": %q, "sourceIp": "203.0.113.7"}`, decidedAt)
	return approval.Execution{Status: "FAILED", Error: "Rejected", Cause: cause}
}
