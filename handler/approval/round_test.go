package approval_test

import (
	"testing"
	"testing/synctest"
	"time"

	"approval-workflow/handler/approval"
)

// step is a click with the answer that is wanted.
type step struct {
	approver string
	decision approval.Decision
	want     approval.Code
	missing  int // approvals after the click
}

var rounds = []struct {
	name      string
	needed    int
	steps     []step
	status    approval.Status
	errorName string
	records   []string
}{
	{
		name: "1 of 3", needed: 1, status: approval.StatusSucceeded, records: []string{jo},
		steps: []step{
			{jo, approval.Approve, "", 0},
			{jo, approval.Approve, approval.CodeAlreadyApproved, 0},
			{ed, approval.Reject, approval.CodeAlreadyApproved, 0},
		},
	},
	{
		name: "2 of 3", needed: 2, status: approval.StatusSucceeded, records: []string{al, jo},
		steps: []step{
			{al, approval.Approve, "", 1},
			{jo, approval.Approve, "", 0},
			{al, approval.Approve, approval.CodeAlreadyApproved, 0},
			{ed, approval.Reject, approval.CodeAlreadyApproved, 0},
		},
	},
	{
		name: "3 of 3", needed: 3, status: approval.StatusSucceeded, records: []string{jo, ed, al},
		steps: []step{{jo, approval.Approve, "", 2}, {ed, approval.Approve, "", 1}, {al, approval.Approve, "", 0}},
	},
	{
		name: "rejection at once", needed: 2, status: approval.StatusFailed, errorName: "Rejected", records: []string{jo},
		steps: []step{
			{jo, approval.Reject, "", 2},
			{jo, approval.Reject, approval.CodeAlreadyRejected, 2},
			{ed, approval.Approve, approval.CodeAlreadyRejected, 2},
		},
	},
	{
		name: "rejection after one approval", needed: 2, status: approval.StatusFailed, errorName: "Rejected", records: []string{ed},
		steps: []step{
			{jo, approval.Approve, "", 1},
			{ed, approval.Reject, "", 1},
			{al, approval.Approve, approval.CodeAlreadyRejected, 1},
			{jo, approval.Approve, approval.CodeAlreadyRejected, 1},
		},
	},
	{
		name: "own approval twice", needed: 2, status: approval.StatusSucceeded, records: []string{jo, ed},
		steps: []step{
			{jo, approval.Approve, "", 1},
			{jo, approval.Approve, approval.CodeAlreadyCounted, 1},
			{"JO@Example.com", approval.Approve, approval.CodeAlreadyCounted, 1},
			{ed, approval.Approve, "", 0},
		},
	},
	{
		name: "own approval twice in a later round", needed: 3, status: approval.StatusSucceeded, records: []string{jo, ed, al},
		steps: []step{
			{jo, approval.Approve, "", 2},
			{ed, approval.Approve, "", 1},
			{jo, approval.Approve, approval.CodeAlreadyCounted, 1},
			{ed, approval.Approve, approval.CodeAlreadyCounted, 1},
			{al, approval.Approve, "", 0},
		},
	},
	{
		name: "rejection after the own approval", needed: 2, status: approval.StatusFailed, errorName: "Rejected", records: []string{jo},
		steps: []step{
			{jo, approval.Approve, "", 1},
			{jo, approval.Reject, "", 1},
			{ed, approval.Approve, approval.CodeAlreadyRejected, 1},
		},
	},
}

func TestRounds(t *testing.T) {
	for _, test := range rounds {
		t.Run(test.name, func(t *testing.T) {
			g := newGate(t, test.needed)
			for _, step := range test.steps {
				outcome := g.decide(step.approver, step.decision, step.want)
				if outcome.Missing() != step.missing {
					t.Errorf("%s by %s: %d approvals are missing, want %d",
						step.decision.Status, step.approver, outcome.Missing(), step.missing)
				}
				open := g.execution().Status == approval.StatusWaiting
				if outcome.Expires.IsZero() == open {
					t.Errorf("%s by %s: the request is open until %s, want a time: %t",
						step.decision.Status, step.approver, outcome.Expires, open)
				}
			}
			g.checkEnd(test.status, test.errorName, test.records...)
		})
	}
}

// TestOneOfOne needs everybody of one.
func TestOneOfOne(t *testing.T) {
	g := newGate(t, 1)
	g.service = approval.NewService(approval.Config{Approvers: []string{jo}}, g.fake.Ports())
	g.decide(ed, approval.Approve, approval.CodeNotApprover)
	if outcome := g.decide(jo, approval.Approve, ""); outcome.Missing() != 0 {
		t.Errorf("%d approvals are missing", outcome.Missing())
	}
	g.checkEnd(approval.StatusSucceeded, "", jo)
}

// TestRoundsBeginAgain checks that each approval is told the end of the next round, which is as long as the first one.
func TestRoundsBeginAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t, 2)
		time.Sleep(time.Hour)
		outcome := g.decide(jo, approval.Approve, "")
		if want := time.Now().Add(g.request.Schedule.Duration()); outcome.Expires != want {
			t.Errorf("the request is open until %s, want %s", outcome.Expires, want)
		}
		view, err := g.service.Look(t.Context(), g.link(ed))
		if err != nil || !view.Expires.Equal(outcome.Expires) {
			t.Errorf("the next approver sees %s, code = %q, want %s", view.Expires, approval.CodeOf(err), outcome.Expires)
		}
	})
}
