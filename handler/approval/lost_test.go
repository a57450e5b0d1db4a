package approval_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"approval-workflow/handler/approval"
)

// TestLostAnswer has Step Functions accept decisions and lose the answers. The SDK's retry then finds the task closed. The
// click that decided must succeed, and no other click.
func TestLostAnswer(t *testing.T) {
	tests := []struct {
		name      string
		needed    int
		decision  approval.Decision
		status    approval.Status
		errorName string
		missing   int
	}{
		{"last approval", 1, approval.Approve, approval.StatusSucceeded, "", 0},
		{"first approval", 2, approval.Approve, approval.StatusWaiting, "", 1},
		{"rejection", 2, approval.Reject, approval.StatusFailed, "Rejected", 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newGate(t, test.needed)
				g.fake.LoseAnswers = 1
				outcome := g.decide(jo, test.decision, "")
				if outcome.Missing() != test.missing || outcome.Record.Approver != jo {
					t.Errorf("outcome = %+v, want %d missing", outcome, test.missing)
				}
				if got := g.execution(); got.Status != test.status || got.Error != test.errorName {
					t.Errorf("the execution is %s with the error %q", got.Status, got.Error)
				}
				if got := len(g.fake.Answers()); got != 1 {
					t.Errorf("%d answers were accepted, want 1", got)
				}
			})
		})
	}
}

// TestLostAnswerThenAnotherClick has another approver decide before the first click can read what became of its own.
func TestLostAnswerThenAnotherClick(t *testing.T) {
	tests := []struct {
		name    string
		needed  int
		first   approval.Decision
		second  approval.Decision
		want    approval.Code // of the first click
		missing int
	}{
		{"a further round has begun", 3, approval.Approve, approval.Approve, "", 1},
		{"the last approval", 2, approval.Approve, approval.Approve, "", 0},
		{"rejected by another", 2, approval.Approve, approval.Reject, approval.CodeAlreadyRejected, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newGate(t, test.needed)
				g.fake.LoseAnswers = 1
				var other sync.WaitGroup
				other.Go(func() {
					time.Sleep(100 * time.Millisecond)
					g.decide(ed, test.second, "")
				})
				if outcome := g.decide(jo, test.first, test.want); outcome.Missing() != test.missing {
					t.Errorf("%d approvals are missing, want %d", outcome.Missing(), test.missing)
				}
				other.Wait()
			})
		})
	}
}
