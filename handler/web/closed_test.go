package web_test

import (
	"fmt"
	"html"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"approval-workflow/handler/approval"
)

var (
	expired = expected{status: 410, outcome: "Expired", kind: "failure", title: "This request has expired",
		message: "This request was not decided in time. Your click has no effect. " +
			"If the request is still needed, the requester can start it again."}
	stopped = expected{status: 410, outcome: "Stopped", kind: "failure", title: "This request was withdrawn",
		message: "Somebody stopped the execution, which withdraws the request. Your click has no effect."}
	closed = expected{status: 410, outcome: "Closed", kind: "failure", title: "This request is closed",
		message: "This request was already decided, it expired, or its execution has ended. Your click has no effect."}
	removed = expected{status: 403, outcome: "NotAnApprover", kind: "failure", title: "You are not an approver of this request",
		message: "This request asks other people, or the operators of this workflow changed who approves it. Nothing was decided."}
	isRequester = expected{status: 403, outcome: "RequesterCannotDecide", kind: "failure", title: "You are the requester",
		message: "The request names you as its requester, so somebody else has to decide. Nothing was decided. " +
			"To withdraw the request, stop its execution."}
	alreadyApproved = expected{status: 409, outcome: "AlreadyApproved", kind: "approved", title: "Already approved"}
	alreadyRejected = expected{status: 409, outcome: "AlreadyRejected", kind: "rejected", title: "Already rejected"}
)

// end ends the execution.
func end(status approval.Status, errorName string) func(*client) {
	return func(c *client) { c.aws.End("release-42", status, errorName) }
}

// start begins an execution with the same name, whose request was edited.
func start(edit func(*approval.Request)) func(*client) {
	return func(c *client) {
		request := c.aws.Execution("release-42").Request
		edit(&request)
		c.aws.Start(request)
	}
}

// The names of the details on the page of a request that has ended, and on the page for those who must see nothing of it.
var ended, hidden = []string{"Subject", "Workflow", "Execution", "Approver", "Input"}, []string{"Approver"}

// refusals are the reasons why a click cannot decide.
var refusals = []struct {
	name    string
	prepare func(*client)
	want    expected
	shows   []string // the names of the details
}{
	{"expired", end(approval.StatusFailed, "Expired"), expired, ended},
	{"timed out", end(approval.StatusTimedOut, ""), expired, ended},
	{"stopped", end(approval.StatusAborted, ""), stopped, ended},
	{"not sent", end(approval.StatusFailed, "NotSent"), closed, ended},
	{"another execution", start(func(r *approval.Request) { r.Execution.StartedAt = started.Add(time.Millisecond) }), closed, hidden},
	{"gone", func(c *client) { c.aws.ReadErr = fmt.Errorf("SDK: no such execution: %w", approval.ErrClosed) }, closed, hidden},
	{"rejected without a record", end(approval.StatusFailed, "Rejected"),
		alreadyRejected.with("This request was rejected before. That decision is final. " +
			"To ask again, the requester has to start a new execution."), ended},
	{"removed", func(c *client) { c.configure(c.confirm, bob, carol) }, removed, hidden},
	{"requester", start(func(r *approval.Request) { r.Input = []byte(`{"subject": "Deploy", "requester": "` + ann + `"}`) }),
		isRequester, []string{"Subject", "Requester", "Workflow", "Execution", "Approver", "Open until", "Input"}},
}

// TestRefusedClick checks that the answer to a click that cannot decide says why, and shows what it may of the request.
func TestRefusedClick(t *testing.T) {
	for _, test := range refusals {
		for _, confirm := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, confirm %t", test.name, confirm), func(t *testing.T) {
				c := newClientOf(t, confirm, payload(`{"subject": "Deploy"}`, 1))
				test.prepare(c)
				for _, decision := range approval.Decisions() {
					c.check(c.post(c.link(decision, ann), nil), test.want)
					page := c.checkOpened(c.link(decision, ann), test.want)
					var shown []string
					for _, e := range elements(t, page, "dt", "summary") {
						shown = append(shown, e.text)
					}
					if !slices.Equal(shown, test.shows) {
						t.Errorf("the page shows %v, want %v", shown, test.shows)
					}
				}
				if test.want.status == removed.status {
					c.decide(approval.Approve, bob) // who still can
				}
			})
		}
	}
}

const (
	byBob           = bob + " at 2000-01-01 00:00:01 UTC"
	tooLateToReject = ` The execution has gone on, so nobody can reject it any more. ` +
		`If you object, ask the requester what can still be done.`
	nothingLeft = " That decision is final. There is nothing left to do."
	startAgain  = ` That decision is final. To ask again, the requester has to start a new execution.`
)

// later are clicks of ann after the end of a request. The approvers decide in their order, a second after each other, from
// the year 2000 on.
var later = []struct {
	name     string
	needed   int
	deciders []string
	decision approval.Decision // of the last one. The others approve
	clicked  approval.Decision
	want     expected
}{
	{"approve link of an approved request", 1, []string{bob}, approval.Approve, approval.Approve,
		alreadyApproved.with("This request was approved before, by " + byBob + "." + nothingLeft)},
	{"reject link of an approved request", 1, []string{bob}, approval.Approve, approval.Reject,
		alreadyApproved.with("This request was approved before, by " + byBob + "." + tooLateToReject)},
	{"own approval", 1, []string{ann}, approval.Approve, approval.Approve,
		alreadyApproved.with("This request was approved before, by you at 2000-01-01 00:00:01 UTC." + nothingLeft)},
	{"approvals of three", 3, []string{bob, ann, carol}, approval.Approve, approval.Reject,
		alreadyApproved.with("This request was approved before, by " + byBob + ", by you at 2000-01-01 00:00:02 UTC " +
			"and by carol@example.com at 2000-01-01 00:00:03 UTC." + tooLateToReject)},
	{"rejected", 1, []string{bob}, approval.Reject, approval.Approve,
		alreadyRejected.with("This request was rejected before, by " + byBob + "." + startAgain)},
	{"own rejection after another approval", 2, []string{bob, ann}, approval.Reject, approval.Reject,
		alreadyRejected.with("This request was rejected before, by you at 2000-01-01 00:00:02 UTC." + startAgain)},
}

var reasonOf = map[string]string{ann: "Your reason", bob: "The reason of " + bob, carol: "The reason of " + carol}

// TestLaterClick checks what a click after the decision is told, with reasons and without.
func TestLaterClick(t *testing.T) {
	for _, test := range later {
		for _, reason := range []string{"", "Not <b>on</b>\na Friday."} {
			t.Run(test.name+" "+reason, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c := newClientOf(t, reason == "", payload(`{"requester": "octocat"}`, test.needed))
					want, quotes := test.want, ""
					for i, approver := range test.deciders {
						time.Sleep(time.Second)
						decision := approval.Approve
						if i == len(test.deciders)-1 {
							decision = test.decision
						}
						c.post(c.link(decision, approver), reasonForm(reason))
						if reason != "" {
							want.reasons += " " + reasonOf[approver] + `: "` + reason + `"`
							quotes += "<dt class=\"wide\">Reason of " + approver + "</dt>\n" +
								"<dd class=\"wide quote\" dir=\"auto\">" + html.EscapeString(reason) + "</dd>\n"
						}
					}
					time.Sleep(time.Second)
					c.check(c.post(c.link(test.clicked, ann), nil), want)
					page := c.checkOpened(c.link(test.clicked, ann), want)
					if !strings.Contains(page, quotes+"</dl>") || strings.Count(page, "Reason of") != strings.Count(quotes, "Reason of") {
						t.Errorf("details = %q, want the reasons as quotations at the end", details(t, page))
					}
				})
			})
		}
	}
}
