//go:build e2e

package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// oneApprover removes Bob and Cy, and deploys links that decide at once. It ends two requests from before.
func oneApprover(t *testing.T, g *gate, open, promised asked) {
	ann := g.approvers[0]
	g.set(t, "email", ann, "confirm", "false")
	g.up(t)
	t.Run("removed approvers", func(t *testing.T) { removedApprovers(t, open) })
	t.Run("a link that promised to ask still asks", func(t *testing.T) { keepPromise(t, promised) })
	g.approvers = g.approvers[:1]
	t.Run("approve", func(t *testing.T) { approveOne(t, g, `{"key":"value"}`) })
	t.Run("approve the largest input", func(t *testing.T) { approveOne(t, g, `"`+strings.Repeat("x", 253_950)+`"`) })
	t.Run("approve an input that fills the e-mail", func(t *testing.T) { approveOne(t, g, `[1`+strings.Repeat(",1", 75_000)+`]`) })
	t.Run("reject", func(t *testing.T) { rejectOne(t, g) })
	t.Run("stop", func(t *testing.T) { stopOne(t, g) })
	t.Run("a scanner decides nothing", func(t *testing.T) { scan(t, g) })
	t.Run("click errors", func(t *testing.T) { provokeClickErrors(t, g) })
	t.Run("errors", func(t *testing.T) { provokeErrors(t, g) })
	t.Run("changed code updates the function in place", func(t *testing.T) { changeCode(t, g) })
}

// removedApprovers opens the links of approvers who were removed since they were asked. The approval of Bob from before
// still counts.
func removedApprovers(t *testing.T, open asked) {
	open.approve(t, open.emails[1], http.StatusForbidden, "NotAnApprover")
	open.approve(t, open.emails[2], http.StatusForbidden, "NotAnApprover")
	open.reject(t, open.emails[2], http.StatusForbidden, "NotAnApprover")
	open.approve(t, open.emails[0], http.StatusOK, approved)
	open.checkApproved(t, open.emails[1].approver(), open.emails[0].approver())
	open.approve(t, open.emails[2], http.StatusForbidden, "NotAnApprover")
}

func keepPromise(t *testing.T, promised asked) {
	promised.approve(t, promised.emails[0], http.StatusMethodNotAllowed, "asks to confirm")
	link := promised.emails[0].link(t, "/approve")
	send(t, http.MethodPost, link, nil, "").check(t, http.StatusOK, approved)
	promised.checkApproved(t, promised.emails[0].approver())
}

// approveOne approves a request with an input, which the output contains.
func approveOne(t *testing.T, g *gate, input string) {
	a := g.askAll(t, input)
	a.approve(t, a.emails[0], http.StatusOK, approved)
	a.checkApproved(t, g.approvers...)
	if _, got, _ := a.wait(t).approvals(); string(got) != input {
		t.Errorf("input in the output = %.80s (%d bytes), want %.80s (%d bytes)", got, len(got), input, len(input))
	}
	a.reject(t, a.emails[0], http.StatusConflict, "approved before")
}

func rejectOne(t *testing.T, g *gate) {
	a := g.askAll(t, `[]`)
	a.reject(t, a.emails[0], http.StatusOK, rejected)
	a.checkRejected(t, g.approvers[0], a.emails[0])
}

func stopOne(t *testing.T, g *gate) {
	a := g.askAll(t, `{}`)
	a.stop(t)
	a.approve(t, a.emails[0], http.StatusGone, "stopped")
}

// scan opens a link as clients do that are not a person's browser although they say so.
func scan(t *testing.T, g *gate) {
	a := g.askAll(t, `{}`)
	for name, value := range map[string]string{"Accept-Language": "", "User-Agent": "Mozilla/5.0 HeadlessChrome", "Sec-Purpose": "prefetch"} {
		header := browser.Clone()
		header.Set(name, value)
		send(t, http.MethodGet, a.emails[0].link(t, "/approve"), header, "").check(t, http.StatusOK, `<form method="post">`)
	}
	send(t, http.MethodGet, a.emails[0].link(t, "/approve"), browser, "").check(t, http.StatusOK, "<h1>Approved</h1>")
	a.checkApproved(t, g.approvers...)
}

// changeCode deploys a function with another message.
func changeCode(t *testing.T, g *gate) {
	const changed = "Approved by other code"
	g.replace(t, "handler/approval/decision.go", "Workflow approved successfully", changed)
	if diff := cmp.Diff([]string{"update aws:lambda/function:Function"}, g.changes(t)); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	g.up(t)
	a := g.askAll(t, `"text"`)
	a.approve(t, a.emails[0], http.StatusOK, changed)
	a.checkApproved(t, g.approvers...)
}
