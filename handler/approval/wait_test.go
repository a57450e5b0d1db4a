package approval_test

import (
	"testing"
	"testing/synctest"
	"time"

	"approval-workflow/handler/approval"
)

// TestDecideWaits checks that a click that comes between two intervals, or reads an older state, waits for the token of the
// next task.
func TestDecideWaits(t *testing.T) {
	moving := approval.Execution{Status: approval.StatusMoving}
	tests := []struct {
		name  string
		reads func(stale approval.Execution) []approval.Execution
		want  time.Duration
	}{
		{"waits at once", func(approval.Execution) []approval.Execution { return nil }, 0},
		{"between two intervals", func(approval.Execution) []approval.Execution {
			return []approval.Execution{moving, moving, moving, moving}
		}, 3750 * time.Millisecond}, // 0.25 s, 0.5 s, 1 s and 2 s
		{"an older token", func(stale approval.Execution) []approval.Execution {
			return []approval.Execution{stale, stale, moving, stale}
		}, 3750 * time.Millisecond},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newGate(t, 1)
				stale := g.execution()
				token := g.fake.Retry(g.request.Execution.Name).TaskToken
				g.fake.Reads = test.reads(stale)
				begin := time.Now()
				g.decide(jo, approval.Approve, "")
				if got := time.Since(begin); got != test.want {
					t.Errorf("the answer took %s, want %s", got, test.want)
				}
				if answers := g.fake.Answers(); len(answers) != 1 || answers[0].Token != string(token) {
					t.Errorf("%d answers, want one to the new token", len(answers))
				}
			})
		})
	}
}

// TestLookWaits checks that the page that asks waits for the next task, because it says until when the request is open.
func TestLookWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t, 1)
		g.fake.Reads = []approval.Execution{{Status: approval.StatusMoving}}
		view, err := g.service.Look(t.Context(), g.link(jo))
		if err != nil || !view.Expires.Equal(g.request.Execution.StartedAt.Add(24*time.Hour)) {
			t.Errorf("code = %q, the request is open until %s", approval.CodeOf(err), view.Expires)
		}
	})
}

// TestDecideStaleAfterEnd checks that a click tells the truth although its first read is older than the end.
func TestDecideStaleAfterEnd(t *testing.T) {
	tests := []struct {
		decision approval.Decision
		want     approval.Code
	}{
		{approval.Approve, approval.CodeAlreadyApproved},
		{approval.Reject, approval.CodeAlreadyRejected},
	}
	for _, test := range tests {
		synctest.Test(t, func(t *testing.T) {
			g := newGate(t, 1)
			stale := g.execution()
			g.decide(jo, test.decision, "")
			g.fake.Reads = []approval.Execution{stale}
			g.decide(ed, approval.Approve, test.want)
			g.fake.Reads = []approval.Execution{stale}
			g.decide(jo, approval.Reject, test.want)
			if got := len(g.fake.Answers()); got != 1 {
				t.Errorf("%d answers, want 1", got)
			}
		})
	}
}

// TestStaleListOfApprovals checks that nobody counts twice because of a read that is older than the own approval.
func TestStaleListOfApprovals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t, 2)
		stale := g.execution()
		g.decide(jo, approval.Approve, "")
		g.fake.Reads = []approval.Execution{stale}
		g.decide(jo, approval.Approve, approval.CodeAlreadyCounted)
		g.fake.Reads = []approval.Execution{stale}
		g.decide(ed, approval.Approve, "")
		g.checkEnd(approval.StatusSucceeded, "", jo, ed)
	})
}
