package web_test

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"approval-workflow/handler/approval"
)

// started is the time in linkQuery.
var started = time.UnixMilli(1795339805123)

// TestClickOnClosedRequest checks that the answer to a click that comes too late says what happened to the request.
func TestClickOnClosedRequest(t *testing.T) {
	approved := approval.Execution{Status: "SUCCEEDED", StartedAt: started}
	anotherStart := approval.Execution{Status: "SUCCEEDED", StartedAt: started.Add(1)}
	tests := []struct {
		name, path string
		execution  approval.Execution
		want       expected
	}{
		{"approved", "/approve", approved, expected{status: http.StatusConflict, message: "approved before", outcome: "AlreadyApproved"}},
		{"approved, then rejected", "/reject", approved,
			expected{status: http.StatusConflict, message: "approved before", outcome: "AlreadyApproved"}},
		{"rejected", "/reject", approval.Execution{Status: "FAILED", Error: "Rejected", StartedAt: started},
			expected{status: http.StatusConflict, message: "rejected before", outcome: "AlreadyRejected"}},
		{"expired", "/reject", approval.Execution{Status: "FAILED", Error: "Expired", StartedAt: started},
			expected{status: http.StatusGone, message: "in time", outcome: "Expired"}},
		{"stopped", "/reject", approval.Execution{Status: "ABORTED", StartedAt: started},
			expected{status: http.StatusGone, message: "stopped", outcome: "Stopped"}},
		{"replaced", "/reject", approval.Execution{Status: "RUNNING", StartedAt: started},
			expected{status: http.StatusGone, message: "newer e-mail replaced", outcome: "Replaced"}},
		{"another execution", "/reject", anotherStart,
			expected{status: http.StatusGone, message: "already decided, it expired, or", outcome: "Closed"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // a running execution is described again after a while
				c := newClient(t)
				c.aws.SucceedErr = &approval.Error{Code: approval.CodeClosed}
				c.aws.Executions = []approval.Execution{test.execution}
				c.check(c.get(test.path+"?"+linkQuery), test.want)
			})
		})
	}
}

func TestClickOnClosedRequestThatCannotBeDescribed(t *testing.T) {
	c := newClient(t)
	c.aws.SucceedErr = &approval.Error{Code: approval.CodeClosed}
	c.aws.DescribeErr = errors.New("denied " + token)
	c.check(c.get("/reject?"+linkQuery), expected{
		status: http.StatusGone, message: "already decided, it expired, or", outcome: "Closed",
	})
}
