//go:build e2e

package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// scenario is a request with an input, and what happens to it.
type scenario struct {
	name, input string
	actions     []action
}

func (g *gate) play(t *testing.T, scenarios []scenario) {
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) { g.askAll(t, s.input).do(t, s.actions...) })
	}
}

var threeApprovals = []scenario{{"three of three", `{}`, []action{
	approve(ann, 200, "2 more approvals are needed."), approve(cy, 200, counted), approve(ann, 409, "AlreadyCounted"),
	approve(bob, 200, approved), approvedBy(ann, cy, bob),
}}}

// tooFewConfirmed asks while three approvers have to agree and at most one of them has confirmed.
func tooFewConfirmed(t *testing.T, g *gate) {
	if onSandbox() {
		confirmOnSandbox(t, g.approvers[ann], g.output("topicArn"))
	}
	got := g.wait(t, g.ask(t, `{}`).execution)
	got.checkFailed(t, "TooFewApproversError", strings.Join(g.approvers[bob:], ", "))
	if onSandbox() && strings.Contains(got.Cause, g.approvers[ann]) {
		t.Errorf("cause = %s, want nothing about %s, who has confirmed", got.Cause, g.approvers[ann])
	}
}

var twoOfThree = []scenario{
	{"two of three", `{}`, []action{
		approve(ann, 200, counted), approve(ann, 409, "AlreadyCounted"), approve(bob, 200, approved), approvedBy(ann, bob),
		reject(cy, 409, "approved before"), approve(ann, 409, "approved before"),
	}},
	{"rejection after an approval", `{}`, []action{
		approve(ann, 200, counted), reject(bob, 200, rejected), rejectedBy(bob), approve(cy, 409, "rejected before"),
	}},
	{"rejection after the same approver's approval", `{}`, []action{
		approve(ann, 200, counted), reject(ann, 200, rejected), rejectedBy(ann), approve(cy, 409, "rejected before"),
	}},
	{"stop after an approval", `{}`, []action{
		approve(ann, 200, counted), stop, approve(bob, 410, "stopped"), approve(ann, 410, "stopped"),
	}},
}

// twoApprovals deploys a workflow in which two of three approvers have to agree.
func twoApprovals(t *testing.T, g *gate, foreign email) {
	g.set(t, "approvals=2")
	g.up(t, "--refresh")
	t.Run("outputs", func(t *testing.T) { outputsAfterConfirmation(t, g) })
	g.play(t, twoOfThree)
	t.Run("everybody learns how it ended", func(t *testing.T) { tellAll(t, g) })
	t.Run("an approver cannot be reached for now", func(t *testing.T) { reachLater(t, g) })
	t.Run("attacks", func(t *testing.T) { attack(t, g, foreign) })
}

// reachLater lets SNS fail until at least one approver cannot be reached. The retry asks all again, and the links of both
// e-mails to the same approver work.
func reachLater(t *testing.T, g *gate) {
	onlyOnSandbox(t)
	g.settle(t)
	inject(t, publishFails(7, 503, "")) // three tries for each of three e-mails
	g.askAll(t, `{}`).do(t, approve(ann, 200, counted), approve(bob, 200, approved), approvedBy(ann, bob))
}

// reminded are the scenarios of the reminder and the expiry. They run side by side: all requests are sent, then Ann
// approves some of them, and then the others wait.
var reminded = []struct {
	approves bool // Ann, before the reminder
	scenario
}{
	{false, scenario{"the first e-mail's link works after the reminder", `null`, []action{
		reminder(bob, 200, counted), approve(ann, 200, approved), approvedBy(bob, ann),
	}}},
	{true, scenario{"only those who have not decided are reminded", `null`, []action{
		reminder(cy, 200, approved), approvedBy(ann, cy), reminder(bob, 409, "approved before"), noEmail(ann),
	}}},
	{false, scenario{"expiry", `null`, []action{
		failed("Expired", "within 1m21s (reminders: 1)"), approve(ann, 410, "in time"), reminder(ann, 410, "in time"),
	}}},
	{true, scenario{"expiry after an approval", `null`, []action{
		failed("Expired", "(reminders: 1)"), approve(ann, 410, "in time"), approve(bob, 410, "in time"),
	}}},
}

// remind deploys a workflow with a short timeout and a reminder, and with other members of groups.
func remind(t *testing.T, g *gate, changing memberChange) {
	g.set(t, "timeout=81s", "reminders=1")
	g.up(t)
	t.Run("members change", changing.applied)
	requests := make([]*request, len(reminded))
	for i, s := range reminded {
		requests[i] = g.ask(t, s.input)
	}
	for i, s := range reminded {
		requests[i].receive(t)
		if s.approves {
			requests[i].do(t, approve(ann, 200, counted))
		}
	}
	for i, s := range reminded {
		t.Run(s.name, func(t *testing.T) { requests[i].do(t, s.actions...) })
	}
}

var confirmed = []scenario{
	// A mail scanner opens the link, and then a person presses a button.
	{"approve", `{"subject":"Release 1.4.2","message":"<b>May it go?</b>"}`, []action{
		visit(http.MethodHead, ann, "/approve", browser, "", 404, ""), // the API has no route for HEAD
		asks, approve(ann, 405, "asks to confirm"),
		visit(http.MethodPost, ann, "/approve", browser, "reason=", 200, "<h1>Approved</h1>"), approvedBy(ann),
		visit(http.MethodGet, bob, "/approve", browser, "", 409, "<h1>Already approved</h1>"), approve(bob, 409, "approved before"),
	}},
	{"reject", `{}`, []action{
		visit(http.MethodPost, bob, "/reject", nil, url.Values{"reason": {"Not on a Friday"}}.Encode(), 200, rejected),
		rejectedBy(bob), failed("Rejected", `"reason":"Not on a Friday"`), approve(cy, 409, "rejected before"),
	}},
	{"stop", `{}`, []action{stop, reject(cy, 410, "stopped")}},
}

// confirm deploys links that ask, in a workflow in which one of three approvers decides.
func confirm(t *testing.T, g *gate) {
	g.set(t, "timeout=24h", "reminders=0", "approvals=1", "confirm=true")
	g.setOutcomes(t, "none", g.approvers...)
	g.up(t)
	g.play(t, confirmed)
}

// asks checks the page that asks Ann: it shows the request, and has a button for each decision.
func asks(t *testing.T, r *request) {
	for _, want := range []string{
		`<form method="post"`, `formaction="/approve?`, `formaction="/reject?`, ">Release 1.4.2<",
		">&lt;b&gt;May it go?&lt;/b&gt;<", ">" + r.approvers[ann] + "<", ">Open until<",
	} {
		r.do(t, visit(http.MethodGet, ann, "/approve", browser, "", 200, want))
	}
}

// removed are clicks while Bob, who has approved, and Cy are not approvers any more. Bob's approval still counts.
var removed = []action{
	approve(bob, 403, "NotAnApprover"), approve(cy, 403, "NotAnApprover"), reject(cy, 403, "NotAnApprover"),
	approve(ann, 200, approved), approvedBy(bob, ann), approve(cy, 403, "NotAnApprover"),
}

// promised are clicks on links that promised to ask, in a workflow whose links decide at once.
var promised = []action{
	approve(ann, 405, "asks to confirm"), visit(http.MethodPost, ann, "/approve", nil, "", 200, approved), approvedBy(ann),
}

var (
	approvedByOne = []action{approve(ann, 200, approved), approvedBy(ann), reject(ann, 409, "approved before")}

	oneOfOne = []scenario{
		{"approve", `{"key":"value"}`, approvedByOne},
		{"approve the largest input", `"` + strings.Repeat("x", 253_950) + `"`, approvedByOne},
		{"approve an input that fills the e-mail", `[1` + strings.Repeat(",1", 75_000) + `]`, approvedByOne},
		{"reject", `[]`, []action{reject(ann, 200, rejected), rejectedBy(ann), approve(ann, 409, "rejected before")}},
		{"stop", `{}`, []action{stop, approve(ann, 410, "stopped")}},
		// A client that is neither a person's browser nor a tool that a person types gets a page that asks.
		{"a scanner decides nothing", `{}`, []action{
			scan("Accept-Language", ""), scan("User-Agent", "Mozilla/5.0 HeadlessChrome"), scan("Sec-Purpose", "prefetch"),
			scan("Sec-Fetch-Dest", "iframe"), scan("X-Firefox-Ai", "1"), scan("User-Agent", "Mattermost-Bot/1.1"),
			visit(http.MethodGet, ann, "/approve", http.Header{"User-Agent": {"Go-http-client/1.1"}}, "", 405, `<form method="post"`),
			visit(http.MethodGet, ann, "/approve", browser, "", 200, "<h1>Approved</h1>"), approvedBy(ann),
		}},
	}
)

func scan(field, value string) action {
	header := browser.Clone()
	header.Set(field, value)
	return visit(http.MethodGet, ann, "/approve", header, "", 200, `<form method="post"`)
}

// oneApprover removes Bob and Cy, and deploys links that decide at once. It ends two requests from before: Bob has
// approved one, and the links of the other one promised to ask.
func oneApprover(t *testing.T, g *gate, open, asking *request) {
	g.set(t, "email="+g.approvers[ann], "confirm=false")
	g.pulumi(t, "config", "rm", "groups")
	g.setOutcomes(t, "deciders", g.approvers[ann])
	g.up(t)
	t.Run("removed approvers", func(t *testing.T) { open.do(t, removed...) })
	t.Run("a link that promised to ask still asks", func(t *testing.T) { asking.do(t, promised...) })
	g.approvers = g.approvers[:1]
	g.play(t, oneOfOne)
	t.Run("click errors", func(t *testing.T) { provokeClickErrors(t, g) })
	t.Run("errors", func(t *testing.T) { provokeErrors(t, g) })
	t.Run("nobody can be told", func(t *testing.T) { failToTell(t, g) })
	t.Run("changed code updates the function in place", func(t *testing.T) { changeCode(t, g) })
}
