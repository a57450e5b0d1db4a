//go:build e2e

package e2e

import (
	"net/http"
	"strings"
	"testing"
)

// tooFewConfirmed asks while three approvers have to agree and at most one of them has confirmed.
func tooFewConfirmed(t *testing.T, g *gate) {
	if onSandbox() {
		confirmOnSandbox(t, g.approvers[0], g.output("topicArn"))
	}
	got := g.ask(t, `{}`).wait(t)
	got.checkFailed(t, "TooFewApproversError", strings.Join(g.approvers[1:], ", "))
	if onSandbox() && strings.Contains(got.Cause, g.approvers[0]) {
		t.Errorf("cause = %s, want nothing about %s, who has confirmed", got.Cause, g.approvers[0])
	}
}

func threeOfThree(t *testing.T, g *gate) {
	a := g.askAll(t, `{}`)
	a.approve(t, a.emails[0], http.StatusOK, "2 more approvals are needed.")
	a.approve(t, a.emails[2], http.StatusOK, counted)
	a.approve(t, a.emails[0], http.StatusConflict, "AlreadyCounted")
	a.approve(t, a.emails[1], http.StatusOK, approved)
	a.checkApproved(t, g.approvers[0], g.approvers[2], g.approvers[1])
}

// twoApprovals deploys a workflow in which two of three approvers have to agree. It returns a request that is still open,
// with an approval of Bob.
func twoApprovals(t *testing.T, g *gate, foreign email) (open asked) {
	g.set(t, "approvals", "2")
	g.up(t, "--refresh")
	t.Run("outputs", func(t *testing.T) { outputsAfterConfirmation(t, g) })
	t.Run("two of three", func(t *testing.T) { twoOfThree(t, g) })
	t.Run("rejection after an approval", func(t *testing.T) { rejectAfterApproval(t, g, 1) })
	t.Run("rejection after the same approver's approval", func(t *testing.T) { rejectAfterApproval(t, g, 0) })
	t.Run("stop after an approval", func(t *testing.T) { stopAfterApproval(t, g) })
	t.Run("an approver cannot be reached for now", func(t *testing.T) { reachLater(t, g) })
	t.Run("attacks", func(t *testing.T) { attack(t, g, foreign) })
	open = g.askAll(t, `{}`)
	open.approve(t, open.emails[1], http.StatusOK, counted)
	return open
}

func twoOfThree(t *testing.T, g *gate) {
	a := g.askAll(t, `{}`)
	a.approve(t, a.emails[0], http.StatusOK, counted)
	a.approve(t, a.emails[0], http.StatusConflict, "AlreadyCounted")
	a.approve(t, a.emails[1], http.StatusOK, approved)
	a.checkApproved(t, g.approvers[:2]...)
	a.reject(t, a.emails[2], http.StatusConflict, "approved before")
	a.approve(t, a.emails[0], http.StatusConflict, "approved before")
}

// rejectAfterApproval lets Ann approve. Then an approver rejects.
func rejectAfterApproval(t *testing.T, g *gate, rejecter int) {
	a := g.askAll(t, `{}`)
	a.approve(t, a.emails[0], http.StatusOK, counted)
	a.reject(t, a.emails[rejecter], http.StatusOK, rejected)
	a.checkRejected(t, g.approvers[rejecter], a.emails[2])
}

func stopAfterApproval(t *testing.T, g *gate) {
	a := g.askAll(t, `{}`)
	a.approve(t, a.emails[0], http.StatusOK, counted)
	a.stop(t)
	a.approve(t, a.emails[1], http.StatusGone, "stopped")
	a.approve(t, a.emails[0], http.StatusGone, "stopped")
}

// reachLater lets SNS fail until at least one approver cannot be reached. The retry asks all again, and the links of both
// e-mails to the same approver work.
func reachLater(t *testing.T, g *gate) {
	onlyOnSandbox(t)
	inject(t, publishFails(7, http.StatusServiceUnavailable, "")) // three tries for each of three e-mails
	a := g.askAll(t, `{}`)
	a.approve(t, a.emails[0], http.StatusOK, counted)
	a.approve(t, a.emails[1], http.StatusOK, approved)
	a.checkApproved(t, g.approvers[:2]...)
}
