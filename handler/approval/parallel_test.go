package approval_test

import (
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
)

// atOnce makes all clicks at the same moment and returns the codes of their answers.
func (g *gate) atOnce(clicks []approval.Click) []approval.Code {
	codes := make([]approval.Code, len(clicks))
	var group sync.WaitGroup
	for i, click := range clicks {
		group.Go(func() {
			_, err := g.service.Decide(g.t.Context(), click)
			codes[i] = approval.CodeOf(err)
		})
	}
	group.Wait()
	return codes
}

// TestManyClicks has two approvers click 50 times each at the same moment. Exactly one click of each counts.
func TestManyClicks(t *testing.T) {
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			g := newGate(t, 2)
			var clicks []approval.Click
			for range 50 {
				clicks = append(clicks, g.click(jo, approval.Approve), g.click(ed, approval.Approve))
			}
			counted := map[string]int{}
			for i, code := range g.atOnce(clicks) {
				switch code {
				case "":
					counted[clicks[i].Link.Approver]++
				case approval.CodeAlreadyCounted, approval.CodeAlreadyApproved:
				default:
					t.Errorf("code = %q", code)
				}
			}
			if counted[jo] != 1 || counted[ed] != 1 || len(g.fake.Answers()) != 2 {
				t.Errorf("counted = %v with %d answers, want one of each", counted, len(g.fake.Answers()))
			}
			order := []string{jo, ed}
			if output := g.execution().Output; strings.Index(output, jo) > strings.Index(output, ed) {
				order = []string{ed, jo}
			}
			g.checkEnd(approval.StatusSucceeded, "", order...)
		})
	}
}

// TestApproveAndRejectAtOnce has one approver approve and another one reject at the same moment. Everybody is told what the
// execution did.
func TestApproveAndRejectAtOnce(t *testing.T) {
	for round := range 40 {
		synctest.Test(t, func(t *testing.T) {
			g := newGate(t, 1)
			clicks := []approval.Click{g.click(jo, approval.Approve), g.click(ed, approval.Reject)}
			codes := g.atOnce(clicks)
			switch execution := g.execution(); execution.Status {
			case approval.StatusSucceeded:
				g.checkEnd(approval.StatusSucceeded, "", jo)
				checkCodes(t, codes, "", approval.CodeAlreadyApproved)
			default:
				g.checkEnd(approval.StatusFailed, "Rejected", ed)
				checkCodes(t, codes, approval.CodeAlreadyRejected, "")
			}
			if got := len(g.fake.Answers()); got != 1 {
				t.Errorf("round %d: %d answers, want 1", round, got)
			}
		})
	}
}

// TestApproveAndRejectAtOnceOfTwo is the same for two approvals: the rejection always wins, and the approval counts before
// it or is told of it. If it counts, it may still be told of the rejection that came right after it.
func TestApproveAndRejectAtOnceOfTwo(t *testing.T) {
	for range 40 {
		synctest.Test(t, func(t *testing.T) {
			g := newGate(t, 2)
			codes := g.atOnce([]approval.Click{g.click(jo, approval.Approve), g.click(ed, approval.Reject)})
			g.checkEnd(approval.StatusFailed, "Rejected", ed)
			approved := approval.CodeAlreadyRejected
			if len(g.execution().Request.Approvals) == 1 && codes[0] == "" {
				approved = ""
			}
			checkCodes(t, codes, approved, "")
		})
	}
}

// TestSameApproverAtOnce has one approver approve and reject at the same moment, from the same address. The records differ
// in nothing, so that only the decision tells the clicks apart.
func TestSameApproverAtOnce(t *testing.T) {
	for range 40 {
		synctest.Test(t, func(t *testing.T) {
			g := newGate(t, 1)
			approve, reject := g.click(jo, approval.Approve), g.click(jo, approval.Reject)
			reject.SourceIP = approve.SourceIP
			codes := g.atOnce([]approval.Click{approve, reject})
			if g.execution().Status == approval.StatusSucceeded {
				checkCodes(t, codes, "", approval.CodeAlreadyApproved)
			} else {
				checkCodes(t, codes, approval.CodeAlreadyRejected, "")
			}
		})
	}
}

func checkCodes(t *testing.T, got []approval.Code, want ...approval.Code) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
}
