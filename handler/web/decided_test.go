package web_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"approval-workflow/handler/approval"
)

// later are clicks of ann after the end of a request. The approvers decide in their order, a second after each other, from
// the year 2000 on.
var later = []struct {
	name     string
	needed   int
	deciders []string
	decision approval.Decision // of the last one. The others approve
	clicked  approval.Decision
	want     string
}{
	{name: "approve link of an approved request", needed: 1, deciders: []string{bob}, decision: approval.Approve, clicked: approval.Approve,
		want: "This request was approved before, by bob@example.com at 2000-01-01 00:00:01 UTC. " +
			"That decision is final. There is nothing left to do."},
	{name: "reject link of an approved request", needed: 1, deciders: []string{bob}, decision: approval.Approve, clicked: approval.Reject,
		want: "This request was approved before, by bob@example.com at 2000-01-01 00:00:01 UTC. " +
			"The execution has gone on, so nobody can reject it any more. If you object, ask the requester what can still be done."},
	{name: "own approval", needed: 1, deciders: []string{ann}, decision: approval.Approve, clicked: approval.Approve,
		want: "This request was approved before, by you at 2000-01-01 00:00:01 UTC. That decision is final. There is nothing left to do."},
	{name: "approvals of three", needed: 3, deciders: []string{bob, ann, carol}, decision: approval.Approve, clicked: approval.Reject,
		want: "This request was approved before, by bob@example.com at 2000-01-01 00:00:01 UTC, by you at 2000-01-01 00:00:02 UTC and by " +
			"carol@example.com at 2000-01-01 00:00:03 UTC. " +
			"The execution has gone on, so nobody can reject it any more. If you object, ask the requester what can still be done."},
	{name: "rejected", needed: 1, deciders: []string{bob}, decision: approval.Reject, clicked: approval.Approve,
		want: "This request was rejected before, by bob@example.com at 2000-01-01 00:00:01 UTC. " +
			"That decision is final. To ask again, the requester has to start a new execution."},
	{name: "own rejection after another approval", needed: 2, deciders: []string{bob, ann}, decision: approval.Reject, clicked: approval.Reject,
		want: "This request was rejected before, by you at 2000-01-01 00:00:02 UTC. " +
			"That decision is final. To ask again, the requester has to start a new execution."},
}

var reasonOf = map[string]string{ann: "Your reason", bob: "The reason of " + bob, carol: "The reason of " + carol}

// TestLaterClick checks what a click after the decision is told: as JSON and on the page, with a reason and without, in both
// modes.
func TestLaterClick(t *testing.T) {
	for _, test := range later {
		t.Run(test.name, func(t *testing.T) {
			for _, reason := range []string{"", "Not <b>on</b>\na Friday."} {
				synctest.Test(t, func(t *testing.T) {
					c := newClientOf(t, approval.Config{Confirm: reason == ""}, payload("{}", test.needed))
					want := test.want
					for i, approver := range test.deciders {
						time.Sleep(time.Second)
						decision := approval.Approve
						if i == len(test.deciders)-1 {
							decision = test.decision
						}
						c.post(decision.Path+"?"+c.query(approver), reasonForm(reason))
						if reason != "" {
							want += " " + reasonOf[approver] + `: "` + reason + `"`
						}
					}
					time.Sleep(time.Second)
					target := test.clicked.Path + "?" + c.query(ann)
					response := c.get(target)
					if got := decode(t, response).Message; response.Code != http.StatusConflict || got != want {
						t.Errorf("answer = %d %q, want 409 %q", response.Code, got, want)
					}
					c.checkLaterPage(target, test.want, test.deciders, reason)
				})
			}
		})
	}
}

// checkLaterPage checks that the page says the same, and that each reason is a quotation in its list.
func (c *client) checkLaterPage(target, message string, deciders []string, reason string) {
	c.t.Helper()
	page := c.browse(http.MethodGet, target)
	if got := elements(c.t, page, "p"); len(got) != 1 || got[0].text != message {
		c.t.Errorf("the page says %v, want %q", got, message)
	}
	list := details(c.t, page)
	for _, approver := range deciders {
		name := slices.Index(list, "Reason of "+approver)
		if (name >= 0) != (reason != "") || name >= 0 && list[name+1] != reason {
			c.t.Errorf("details = %q, want the reason %q of %s", list, reason, approver)
		}
	}
	if got := strings.Count(page, `<dd class="quote" dir="auto">Not &lt;b&gt;on&lt;/b&gt;`); reason != "" && got != len(deciders) {
		c.t.Errorf("%d reasons are quotations, want %d", got, len(deciders))
	}
}

// TestEndWithoutRecords checks the answer if the execution does not say who decided.
func TestEndWithoutRecords(t *testing.T) {
	c := newClient(t)
	c.aws.End("release-42", approval.StatusFailed, "Rejected")
	c.check(c.get(c.approve()), expected{status: http.StatusConflict, outcome: "AlreadyRejected",
		message: "This request was rejected before. That decision is final."})
}
