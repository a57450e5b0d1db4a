package approval_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"approval-workflow/handler/approval"
)

// settling are clicks on an execution that carries out an accepted decision within a time. It ends otherwise after half of
// it, if end is not empty.
var settling = []struct {
	name      string
	needed    int
	decision  approval.Decision
	settling  time.Duration
	end       approval.Status
	endError  string
	want      approval.Code
	took      time.Duration
	wantCalls int
}{
	{name: "approved at once", needed: 1, decision: approval.Approve, wantCalls: 1},
	{name: "approved", needed: 1, decision: approval.Approve, settling: 100 * time.Millisecond, took: 250 * time.Millisecond, wantCalls: 2},
	{name: "rejected", needed: 2, decision: approval.Reject, settling: 100 * time.Millisecond, took: 250 * time.Millisecond, wantCalls: 2},
	{name: "slow", needed: 1, decision: approval.Approve, settling: 5 * time.Second, took: time.Second, wantCalls: 3},
	{name: "first of two", needed: 2, decision: approval.Approve, settling: 100 * time.Millisecond, wantCalls: 1},
	{name: "approved, then stopped", needed: 1, decision: approval.Approve, settling: 400 * time.Millisecond,
		end: approval.StatusAborted, want: approval.CodeStopped, took: 250 * time.Millisecond, wantCalls: 2},
	{name: "rejected, then stopped", needed: 1, decision: approval.Reject, settling: 400 * time.Millisecond,
		end: approval.StatusAborted, endError: "Rejected", want: approval.CodeStopped, took: 250 * time.Millisecond, wantCalls: 2},
	{name: "approved, then out of time", needed: 1, decision: approval.Approve, settling: 400 * time.Millisecond,
		end: approval.StatusTimedOut, want: approval.CodeExpired, took: 250 * time.Millisecond, wantCalls: 2},
	{name: "approved, then failed", needed: 1, decision: approval.Approve, settling: 400 * time.Millisecond,
		end: approval.StatusFailed, endError: "States.Runtime", want: approval.CodeClosed, took: 250 * time.Millisecond, wantCalls: 2},
	{name: "stopped too late to be seen", needed: 1, decision: approval.Approve, settling: 5 * time.Second,
		end: approval.StatusAborted, took: time.Second, wantCalls: 3},
}

// TestSettle checks what a click is told if the execution accepts its decision and needs a time to carry it out, how long
// the click takes, and how often it asks.
func TestSettle(t *testing.T) {
	for _, test := range settling {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newGate(t, test.needed)
				g.fake.Settling = test.settling
				if test.end != "" {
					time.AfterFunc(test.settling/2, func() { g.fake.End(g.request.Execution.Name, test.end, test.endError) })
				}
				start := time.Now()
				outcome := g.decide(jo, test.decision, test.want)
				if got := time.Since(start); got != test.took || g.fake.CallsOfEnded() != test.wantCalls {
					t.Errorf("the click took %s and asked %d times, want %s and %d", got, g.fake.CallsOfEnded(), test.took, test.wantCalls)
				}
				if lost := test.want != ""; lost && (len(outcome.Approvals) > 0 || !outcome.Expires.IsZero()) {
					t.Errorf("the view has the approvals %v and is open until %s", outcome.Approvals, outcome.Expires)
				}
			})
		})
	}
}

// TestSettleWithoutAnswer checks that an accepted decision counts if the execution cannot be read after it.
func TestSettleWithoutAnswer(t *testing.T) {
	for _, err := range []error{
		&approval.Error{Code: approval.CodeUnavailable, Err: errors.New("throttled")}, errors.New("not authorized"),
	} {
		g := newGate(t, 1)
		g.fake.EndedErr = err
		if outcome := g.decide(jo, approval.Approve, ""); outcome.Missing() != 0 {
			t.Errorf("%d approvals are missing, want none", outcome.Missing())
		}
		g.checkEnd(approval.StatusSucceeded, "", jo)
	}
}

// TestSettleHangs checks that an accepted decision counts after a second without an answer.
func TestSettleHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t, 1)
		g.fake.AfterAnswer = func() { g.fake.Hang = true }
		start := time.Now()
		g.decide(jo, approval.Approve, "")
		if got := time.Since(start); got != time.Second {
			t.Errorf("the click took %s, want 1s", got)
		}
	})
}

// TestSettleStoppedBehindAnError checks that a click is told of the stop even if the details cannot be read any more.
func TestSettleStoppedBehindAnError(t *testing.T) {
	g := newGate(t, 2)
	g.fake.AfterAnswer = func() {
		g.fake.End(g.request.Execution.Name, approval.StatusAborted, "")
		g.fake.ReadErr = errors.New("throttled")
	}
	if outcome := g.decide(jo, approval.Approve, approval.CodeStopped); len(outcome.Approvals) > 0 || !outcome.Expires.IsZero() {
		t.Errorf("the view has the approvals %v and is open until %s", outcome.Approvals, outcome.Expires)
	}
}

// TestRejectedAfterAnApproval has another approver reject right after the first of two approvals was accepted.
func TestRejectedAfterAnApproval(t *testing.T) {
	g := newGate(t, 2)
	g.fake.AfterAnswer = func() {
		g.fake.AfterAnswer = nil
		g.decide(ed, approval.Reject, "")
	}
	outcome := g.decide(jo, approval.Approve, approval.CodeAlreadyRejected)
	if outcome.Rejection == nil || outcome.Rejection.Approver != ed {
		t.Errorf("the view has the rejection %+v, want that of %s", outcome.Rejection, ed)
	}
}

// TestApprovedAfterAnApproval has another approver complete the request right after the first of two approvals was accepted.
func TestApprovedAfterAnApproval(t *testing.T) {
	g := newGate(t, 2)
	g.fake.AfterAnswer = func() {
		g.fake.AfterAnswer = nil
		g.decide(ed, approval.Approve, "")
	}
	g.decide(jo, approval.Approve, "")
	g.checkEnd(approval.StatusSucceeded, "", jo, ed)
}
