package web_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"approval-workflow/handler/approval"
)

// TestStopAfterTheDecision stops the execution after it has accepted the decision. The click is told so, and the log does not
// count it as a decision.
func TestStopAfterTheDecision(t *testing.T) {
	for _, decision := range approval.Decisions() {
		c := newClient(t)
		c.aws.AfterAnswer = func() { c.aws.End("release-42", approval.StatusAborted, "") }
		response := c.get(decision.Path + "?" + c.query(ann))
		const want = "Somebody stopped the execution, which withdraws the request. Your click has no effect."
		if got := decode(t, response); response.Code != http.StatusGone || got.Error != "Stopped" || got.Message != want {
			t.Errorf("answer = %d %+v, want 410 and %q", response.Code, got, want)
		}
		if line := c.lastLog(); line["outcome"] != "Stopped" || line["level"] != "WARN" || line["ageSeconds"] != nil {
			t.Errorf("log = %v, want the outcome Stopped without an age", line)
		}
		if page := c.getPage(c.approve()).Body.String(); !strings.Contains(page, "<h1>This request was withdrawn</h1>") {
			t.Error("the page does not say that the request was withdrawn")
		}
	}
}

// TestErrorAfterTheDecision checks that an accepted decision stays one if nobody can say how the execution goes on.
func TestErrorAfterTheDecision(t *testing.T) {
	c := newClient(t)
	c.aws.EndedErr = errors.New("SDK: not authorized")
	c.check(c.get(c.approve()), expected{status: http.StatusOK, message: "Workflow approved successfully", outcome: "approved"})
}

// TestRequesterCannotDecide checks that whoever started a request is told that somebody else has to decide.
func TestRequesterCannotDecide(t *testing.T) {
	for _, confirm := range []bool{false, true} {
		c := newClientOf(t, approval.Config{Confirm: confirm}, payload("{}", 1))
		request := c.aws.Execution("release-42").Request
		request.Input = []byte(`{"requester": "` + ann + `"}`)
		c.aws.Start(request)
		for _, decision := range approval.Decisions() {
			c.check(c.get(decision.Path+"?"+c.query(ann)), expected{
				status: http.StatusForbidden, outcome: "RequesterCannotDecide",
				message: "You started this request, so somebody else has to decide. Nothing was decided.",
			})
			if page := c.getPage(decision.Path + "?" + c.query(ann)).Body.String(); strings.Contains(page, "<form") {
				t.Error("the page has a form")
			}
		}
		c.decide(approval.Approve, bob)
	}
}
