package approval_test

import (
	"testing"

	"approval-workflow/handler/approval"
)

// newRequestOf starts an execution that jo requests.
func newRequestOf(t *testing.T, needed int) *gate {
	g := newGate(t, needed)
	g.request.Input = []byte(`{"requester":"Jo@example.com"}`)
	g.fake.Start(g.request)
	return g
}

// TestRequesterCannotDecide checks that a link in the requester's name neither approves nor rejects.
func TestRequesterCannotDecide(t *testing.T) {
	g := newRequestOf(t, 2)
	if _, err := g.service.Look(t.Context(), g.link(jo)); approval.CodeOf(err) != approval.CodeRequester {
		t.Errorf("Look: code = %q, want %s", approval.CodeOf(err), approval.CodeRequester)
	}
	g.decide(jo, approval.Approve, approval.CodeRequester)
	g.decide(jo, approval.Reject, approval.CodeRequester)
	if got := len(g.fake.Answers()); got != 0 {
		t.Errorf("%d answers, want none", got)
	}
	g.decide(ed, approval.Approve, "")
	g.decide(al, approval.Approve, "")
	g.checkEnd(approval.StatusSucceeded, "", ed, al)
}

// TestRequesterIsToldOfTheEnd checks that the requester learns how the request has ended, like everybody else.
func TestRequesterIsToldOfTheEnd(t *testing.T) {
	g := newRequestOf(t, 1)
	g.decide(ed, approval.Reject, "")
	g.decide(jo, approval.Approve, approval.CodeAlreadyRejected)
}
