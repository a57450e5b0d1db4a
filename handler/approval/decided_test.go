package approval_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
)

// decideWith decides with a reason.
func (g *gate) decideWith(approver string, decision approval.Decision, reason string) approval.Outcome {
	g.t.Helper()
	click := g.click(approver, decision)
	click.Reason = reason
	outcome, err := g.service.Decide(g.t.Context(), click)
	if err != nil {
		g.t.Errorf("%s by %s: code = %q", decision.Status, approver, approval.CodeOf(err))
	}
	return outcome
}

// TestViewOfDecisions checks that whoever looks later sees who decided and why, and that whoever decided sees the same. The
// texts show control characters.
func TestViewOfDecisions(t *testing.T) {
	const reason, shown = "No.\r\n\u202eoN\a", "No.\n\\u202eoN\\u0007"
	g := newGate(t, 2)
	outcome := g.decideWith(ed, approval.Approve, reason)
	checkReason(t, "after an approval", outcome.Approvals, ed, shown)
	outcome = g.decideWith(al, approval.Reject, reason)
	checkReason(t, "after the rejection", []approval.Record{*outcome.Rejection}, al, shown)
	view, _ := g.service.Look(t.Context(), g.link(jo)) // TestClosed checks the error
	if diff := cmp.Diff(outcome.View, view, cmp.FilterPath(func(p cmp.Path) bool { return p.String() == "Approver" }, cmp.Ignore())); diff != "" {
		t.Errorf("view after the decision (-of the click +later):\n%s", diff)
	}
	var cause approval.Record
	g.unmarshal(g.execution().Cause, &cause)
	checkReason(t, "the record", []approval.Record{cause}, al, "No.\n\u202eoN\a")
}

func checkReason(t *testing.T, when string, records []approval.Record, approver, reason string) {
	t.Helper()
	if len(records) != 1 || records[0].Approver != approver || records[0].Reason != reason || records[0].DecidedAt.IsZero() {
		t.Errorf("%s: records = %+v, want one of %s with the reason %q", when, records, approver, reason)
	}
}

// TestViewWithoutARejection checks that nobody counts as having rejected a request that ended otherwise.
func TestViewWithoutARejection(t *testing.T) {
	for _, end := range []struct {
		status approval.Status
		name   string
	}{{approval.StatusFailed, "Rejected"}, {approval.StatusFailed, "Expired"}, {approval.StatusAborted, "Rejected"}} {
		g := newGate(t, 1)
		g.fake.End(g.request.Execution.Name, end.status, end.name)
		if view, _ := g.service.Look(t.Context(), g.link(jo)); view.Rejection != nil {
			t.Errorf("%s %s: the view has the rejection %+v", end.status, end.name, view.Rejection)
		}
	}
}
