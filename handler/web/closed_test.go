package web_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"approval-workflow/handler/approval"
)

// closings are the ways in which a request is closed, with the answer to a click after it.
var closings = []struct {
	name  string
	close func(*client)
	want  expected
}{
	{"approved", func(c *client) { c.decide(approval.Approve, bob) },
		expected{status: http.StatusConflict, message: "approved before", outcome: "AlreadyApproved"}},
	{"rejected", func(c *client) { c.decide(approval.Reject, bob) },
		expected{status: http.StatusConflict, message: "rejected before", outcome: "AlreadyRejected"}},
	{"expired", func(c *client) { c.aws.End("release-42", approval.StatusFailed, "Expired") },
		expected{status: http.StatusGone, message: "in time", outcome: "Expired"}},
	{"timed out", func(c *client) { c.aws.End("release-42", approval.StatusTimedOut, "") },
		expected{status: http.StatusGone, message: "in time", outcome: "Expired"}},
	{"stopped", func(c *client) { c.aws.End("release-42", approval.StatusAborted, "") },
		expected{status: http.StatusGone, message: "stopped", outcome: "Stopped"}},
	{"not sent", func(c *client) { c.aws.End("release-42", approval.StatusFailed, "NotSent") }, closed},
	{"another execution", func(c *client) { c.startAgain(started.Add(time.Millisecond)) }, closed},
	{"gone", func(c *client) { c.aws.ReadErr = &approval.Error{Code: approval.CodeClosed} }, closed},
}

var closed = expected{status: http.StatusGone, message: "already decided, it expired, or", outcome: "Closed"}

// decide decides by a link of the approver.
func (c *client) decide(decision approval.Decision, approver string) {
	c.t.Helper()
	c.post(decision.Path+"?"+c.query(approver), nil)
	c.checkDecisions(1)
}

// startAgain begins an execution that has the same name.
func (c *client) startAgain(at time.Time) {
	request := c.aws.Execution("release-42").Request
	request.Execution.StartedAt = at
	c.aws.Start(request)
}

// TestClickOnClosedRequest checks that the answer to a click that comes too late says what happened to the request: a click
// that decides, and one that only asks.
func TestClickOnClosedRequest(t *testing.T) {
	for _, test := range closings {
		for _, confirm := range []bool{false, true} {
			for _, decision := range approval.Decisions() {
				t.Run(test.name, func(t *testing.T) {
					c := newClientOf(t, approval.Config{Confirm: confirm}, payload(`{"subject": "Deploy"}`, 1))
					test.close(c)
					target := decision.Path + "?" + c.query(ann)
					c.check(c.get(target), test.want)
					c.check(c.post(target, nil), test.want)
					c.checkClosedPage(target, test.want)
				})
			}
		}
	}
}

// checkClosedPage checks that a browser gets the same answer, and the details of its own request at the most.
func (c *client) checkClosedPage(target string, want expected) {
	c.t.Helper()
	response := c.getPage(target)
	page := response.Body.String()
	if response.Code != want.status || !strings.Contains(page, want.message) {
		c.t.Errorf("page with status %d, want %d and %q in it", response.Code, want.status, want.message)
	}
	for _, never := range []string{"<form", "<dt>Open until</dt>"} {
		if strings.Contains(page, never) {
			c.t.Errorf("the page contains %s", never)
		}
	}
	current := c.aws.ReadErr == nil && c.aws.Execution("release-42").Request.Execution.StartedAt.Equal(started)
	if got := strings.Contains(page, ">Deploy</dd>"); got != current {
		c.t.Errorf("the page shows the subject: %t, want %t", got, current)
	}
}

// TestClickBetweenTwoTasks checks that a click in the second between two intervals waits for the next task.
func TestClickBetweenTwoTasks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t)
		c.aws.Reads = []approval.Execution{{Status: approval.StatusMoving}, {Status: approval.StatusMoving}}
		c.check(c.get(c.approve()), expected{status: http.StatusOK, message: "approved", outcome: "approved"})
	})
}
