package web_test

import (
	"net/http"
	"strings"
	"testing"

	"approval-workflow/handler/approval"
)

// newClientOfTwo returns a client of a request that two approvers have to approve.
func newClientOfTwo(t *testing.T, config approval.Config) *client {
	t.Helper()
	return newClientOf(t, config, payload("{}", 2))
}

const countedBody = `{"message":"Your approval was recorded. 1 more approval is needed."}` + "\n"

func TestApprovalThatCounts(t *testing.T) {
	c := newClientOfTwo(t, approval.Config{})
	response := c.get(c.approve())
	if got := response.Body.String(); got != countedBody {
		t.Errorf("answer = %s, want %s", got, countedBody)
	}
	c.check(response, expected{status: http.StatusOK, outcome: "counted"})
	c.check(c.get("/approve?"+c.query(bob)), expected{
		status: http.StatusOK, message: "Workflow approved successfully", outcome: "approved",
	})
	if got := c.aws.Execution("release-42").Status; got != approval.StatusSucceeded {
		t.Errorf("the execution is %s, want SUCCEEDED", got)
	}
}

func TestPageOfApprovalThatCounts(t *testing.T) {
	c := newClientOf(t, approval.Config{}, payload("{}", 3))
	page := c.getPage(c.approve()).Body.String()
	for _, want := range []string{
		"<title>Your approval counts</title>", `<main class="counted">`, "Your approval was recorded. 2 more approvals are needed.<",
		"<dd>1 of 3: " + ann + "</dd>",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s", want)
		}
	}
}

var alreadyCounted = expected{
	status: http.StatusConflict, outcome: "AlreadyCounted", message: "You have approved this request before. " +
		"1 more approval is needed. You do not have to do anything. You can still reject it with the other link in the e-mail.",
}

func TestSecondApprovalOfOneApprover(t *testing.T) {
	for _, confirm := range []bool{false, true} {
		c := newClientOfTwo(t, approval.Config{Confirm: confirm})
		c.decide(approval.Approve, ann)
		c.check(c.get(c.approve()), alreadyCounted)
		c.check(c.post(c.approve(), nil), alreadyCounted)
		page := c.getPage(c.approve()).Body.String()
		if !strings.Contains(page, "<h1>Your approval counts</h1>") || !strings.Contains(page, `<main class="counted">`) {
			t.Error("the page does not say that the approval counts")
		}
	}
}

func TestRejectionAfterApproval(t *testing.T) {
	c := newClientOfTwo(t, approval.Config{})
	c.decide(approval.Approve, ann)
	c.check(c.get(c.reject()), rejected)
	c.check(c.get("/approve?"+c.query(bob)), expected{
		status: http.StatusConflict, message: "rejected before", outcome: "AlreadyRejected",
	})
}

// TestRejectPageAfterApproval checks that whoever has approved can only reject.
func TestRejectPageAfterApproval(t *testing.T) {
	c := newClientOfTwo(t, approval.Config{Confirm: true})
	c.decide(approval.Approve, ann)
	c.check(c.get(c.reject()), confirmationRequired)
	page := c.getPage(c.reject()).Body.String()
	for want, count := range map[string]int{
		"<h1>Reject this request?</h1>": 1,
		"You have approved this request before. Nothing changes until you press the button. A rejection is final.": 1,
		"<button": 1, `formaction="/reject?`: 1, "<dd>1 of 2: " + ann + "</dd>": 1,
	} {
		if got := strings.Count(page, want); got != count {
			t.Errorf("the page has %s %d times, want %d", want, got, count)
		}
	}
	c.check(c.post(c.reject(), reasonForm("a mistake")), rejected)
}

// TestRemovedApprover checks that an approver who was removed since the e-mail can do nothing.
func TestRemovedApprover(t *testing.T) {
	want := expected{
		status: http.StatusForbidden, message: "removed you from the approvers. Nothing was decided.", outcome: "NotAnApprover",
	}
	for _, confirm := range []bool{false, true} {
		c := newClient(t)
		c.configure(approval.Config{Approvers: []string{bob, carol}, Confirm: confirm})
		for _, decision := range approval.Decisions() {
			c.check(c.get(decision.Path+"?"+c.query(ann)), want)
			c.check(c.post(decision.Path+"?"+c.query(ann), nil), want)
		}
		if page := c.getPage(c.approve()).Body.String(); !strings.Contains(page, "<h1>You are not an approver any more</h1>") {
			t.Error("the page does not say that the approver was removed")
		}
		c.decide(approval.Approve, bob)
	}
}
