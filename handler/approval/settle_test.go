package approval_test

import (
	"errors"
	"testing"
	"time"

	"approval-workflow/handler/approval"
)

var settleTests = []struct {
	name      string
	needed    int
	decision  approval.Decision
	settling  int // milliseconds
	end       approval.Status
	endError  string
	want      approval.Code
	took      int // milliseconds
	wantCalls int
}{
	{"approved at once", 1, approval.Approve, 0, "", "", "", 0, 1},
	{"approved", 1, approval.Approve, 100, "", "", "", 250, 2},
	{"rejected", 2, approval.Reject, 100, "", "", "", 250, 2},
	{"slow", 1, approval.Approve, 5000, "", "", "", 1000, 3},
	{"first of two", 2, approval.Approve, 100, "", "", "", 0, 1},
	{"approved, stopped", 1, approval.Approve, 400, approval.StatusAborted, "", approval.CodeStopped, 250, 2},
	{"rejected, stopped", 1, approval.Reject, 400, approval.StatusAborted, "Rejected", approval.CodeStopped, 250, 2},
	{"approved, out of time", 1, approval.Approve, 400, approval.StatusTimedOut, "", approval.CodeExpired, 250, 2},
	{"approved, failed", 1, approval.Approve, 400, approval.StatusFailed, "States.Runtime", approval.CodeClosed, 250, 2},
	{"stopped too late to be seen", 1, approval.Approve, 5000, approval.StatusAborted, "", "", 1000, 3},
}

// TestSettle checks what a click is told if the execution accepts its decision and needs a time to carry it out, how long
// the click takes, and how often it asks. The execution ends otherwise after half of that time, if end is not empty.
func TestSettle(t *testing.T) {
	for _, test := range settleTests {
		runAtGate(t, test.name, test.needed, func(g *gate) {
			g.fake.Settling = time.Duration(test.settling) * time.Millisecond
			if test.end != "" {
				time.AfterFunc(g.fake.Settling/2, func() { g.fake.End(release, test.end, test.endError) })
			}
			begin := time.Now()
			outcome := g.decide(jo, test.decision, test.want)
			if got := time.Since(begin).Milliseconds(); got != int64(test.took) || g.fake.CallsOfEnded() != test.wantCalls {
				g.t.Errorf("the click took %d ms and asked %d times, want %d and %d", got, g.fake.CallsOfEnded(), test.took, test.wantCalls)
			}
			if test.want != "" {
				g.checkWithdrawn(outcome)
			}
		})
	}
}

// checkWithdrawn checks that the view after a decision that the execution did not carry out does not show it.
func (g *gate) checkWithdrawn(outcome approval.Outcome) {
	g.t.Helper()
	if len(outcome.Approvals) > 0 || outcome.Rejection != nil || !outcome.Expires.IsZero() {
		g.t.Errorf("the view has the approvals %v, the rejection %v, and is open until %s",
			outcome.Approvals, outcome.Rejection, outcome.Expires)
	}
}

// TestSettleHangs checks that an accepted decision counts after a second without an answer.
func TestSettleHangs(t *testing.T) {
	atGate(t, 1, func(g *gate) {
		g.fake.AfterAnswer = func() { g.fake.Hang = true }
		begin := time.Now()
		g.decide(jo, approval.Approve, "")
		if got := time.Since(begin); got != time.Second {
			t.Errorf("the click took %s, want 1s", got)
		}
		g.checkEnd(approval.StatusSucceeded, "", jo)
	})
}

// TestSettleStoppedBehindAnError checks that a click is told of the stop even if the details cannot be read any more.
func TestSettleStoppedBehindAnError(t *testing.T) {
	atGate(t, 2, func(g *gate) {
		g.fake.AfterAnswer = func() {
			g.fake.End(release, approval.StatusAborted, "")
			g.fake.ReadErr = errors.New("throttled")
		}
		g.checkWithdrawn(g.decide(jo, approval.Approve, approval.CodeStopped))
	})
}

// TestDecidedAfterAnApproval has another approver decide right after the first of two approvals was accepted.
func TestDecidedAfterAnApproval(t *testing.T) {
	then := func(g *gate, decision approval.Decision) {
		g.fake.AfterAnswer = func() {
			g.fake.AfterAnswer = nil
			g.decide(ed, decision, "")
		}
	}
	atGate(t, 2, func(g *gate) {
		then(g, approval.Reject)
		outcome := g.decide(jo, approval.Approve, approval.CodeAlreadyRejected)
		if outcome.Rejection == nil || outcome.Rejection.Approver != ed {
			t.Errorf("the view has the rejection %+v, want that of %s", outcome.Rejection, ed)
		}
	})
	atGate(t, 2, func(g *gate) {
		then(g, approval.Approve)
		g.decide(jo, approval.Approve, "")
		g.checkEnd(approval.StatusSucceeded, "", jo, ed)
	})
}
