package approval_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
)

// TestClosed checks that a request that has ended, or belongs to others, says so to whoever looks or clicks.
func TestClosed(t *testing.T) {
	end := func(status approval.Status, errorName string) func(*gate) {
		return func(g *gate) { g.fake.End(g.request.Execution.Name, status, errorName) }
	}
	tests := []struct {
		name string
		edit func(*gate)
		want approval.Code
	}{
		{"approved", end(approval.StatusSucceeded, ""), approval.CodeAlreadyApproved},
		{"rejected", end(approval.StatusFailed, "Rejected"), approval.CodeAlreadyRejected},
		{"expired", end(approval.StatusFailed, "Expired"), approval.CodeExpired},
		{"timed out", end(approval.StatusTimedOut, ""), approval.CodeExpired},
		{"stopped", end(approval.StatusAborted, ""), approval.CodeStopped},
		{"stopped with an error of our own", end(approval.StatusAborted, "Rejected"), approval.CodeStopped},
		{"failed with another error", end(approval.StatusFailed, "NotSent"), approval.CodeClosed},
		{"pending redrive", end("PENDING_REDRIVE", "Expired"), approval.CodeClosed},
		{"name used again", func(g *gate) { g.startAgain(time.Millisecond) }, approval.CodeClosed},
		{"name used before", func(g *gate) { g.startAgain(-90 * 24 * time.Hour) }, approval.CodeClosed},
		{"no such execution", func(g *gate) { g.request.Execution.Name = "other" }, approval.CodeClosed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := newGate(t, 1)
			test.edit(g)
			g.checkClosed(test.want)
		})
	}
}

// checkClosed looks and clicks, and checks that each call read the execution of the link and nothing was decided.
func (g *gate) checkClosed(want approval.Code) {
	g.t.Helper()
	if _, err := g.service.Look(g.t.Context(), g.link(jo)); approval.CodeOf(err) != want {
		g.t.Errorf("Look: code = %q, want %q", approval.CodeOf(err), want)
	}
	g.decide(jo, approval.Approve, want)
	g.decide(ed, approval.Reject, want)
	if got := len(g.fake.Answers()); got != 0 {
		g.t.Errorf("%d answers, want none", got)
	}
	if diff := cmp.Diff(slices.Repeat([]approval.ExecutionRef{g.link(jo).Execution}, 3), g.fake.CallsOfRead()); diff != "" {
		g.t.Errorf("executions that were read (-want +got):\n%s", diff)
	}
}

// startAgain starts another execution with the same name. The gate's links stay those of the first one.
func (g *gate) startAgain(later time.Duration) {
	request := g.request
	request.Execution.StartedAt = request.Execution.StartedAt.Add(later)
	g.fake.Start(request)
}

// TestClosedShowsNoOther checks that the link of an earlier execution shows nothing of another one with the same name, even
// after its end.
func TestClosedShowsNoOther(t *testing.T) {
	for _, status := range []approval.Status{approval.StatusWaiting, approval.StatusSucceeded, approval.StatusAborted} {
		g := newGate(t, 2)
		g.startAgain(time.Second)
		g.fake.End(g.request.Execution.Name, status, "")
		view, err := g.service.Look(t.Context(), g.link(jo))
		outcome := g.decide(jo, approval.Approve, approval.CodeClosed)
		for _, got := range []approval.View{view, outcome.View} {
			if diff := cmp.Diff(approval.View{Approver: jo}, got); diff != "" || approval.CodeOf(err) != approval.CodeClosed {
				t.Errorf("%s: code = %q, view (-want +got):\n%s", status, approval.CodeOf(err), diff)
			}
		}
	}
}

// TestRemovedApprover checks that whoever was removed from the configuration can do nothing and learns nothing, whatever the
// state of the execution. Step Functions is not even asked.
func TestRemovedApprover(t *testing.T) {
	for _, status := range []approval.Status{approval.StatusWaiting, approval.StatusSucceeded} {
		g := newGate(t, 2)
		g.decide(al, approval.Approve, "")
		g.fake.End(g.request.Execution.Name, status, "")
		reads, answers := len(g.fake.CallsOfRead()), len(g.fake.Answers())
		g.service = approval.NewService(approval.Config{Approvers: []string{jo, ed}}, g.fake.Ports())
		view, err := g.service.Look(t.Context(), g.link(al))
		if diff := cmp.Diff(approval.View{Approver: al}, view); approval.CodeOf(err) != approval.CodeNotApprover || diff != "" {
			t.Errorf("Look: code = %q, view (-want +got):\n%s", approval.CodeOf(err), diff)
		}
		g.decide(al, approval.Approve, approval.CodeNotApprover)
		g.decide(al, approval.Reject, approval.CodeNotApprover)
		if len(g.fake.CallsOfRead()) != reads || len(g.fake.Answers()) != answers {
			t.Errorf("%s: AWS was asked", status)
		}
	}
}

// TestRemovedApproverCounts checks that an approval counts that was given before its approver was removed.
func TestRemovedApproverCounts(t *testing.T) {
	g := newGate(t, 2)
	g.decide(al, approval.Approve, "")
	g.service = approval.NewService(approval.Config{Approvers: []string{jo, ed}}, g.fake.Ports())
	g.decide(ed, approval.Approve, "")
	g.checkEnd(approval.StatusSucceeded, "", al, ed)
}
