package approval_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
)

// atOnce makes all clicks at the same moment and returns the codes of their answers.
func (g *gate) atOnce(clicks ...approval.Click) []approval.Code {
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
		atGate(t, 2, func(g *gate) {
			var clicks []approval.Click
			for range 50 {
				clicks = append(clicks, g.click(jo, approval.Approve), g.click(ed, approval.Approve))
			}
			counted := map[string]int{}
			for i, code := range g.atOnce(clicks...) {
				switch code {
				case "":
					counted[clicks[i].Link.Approver]++
				case approval.CodeAlreadyCounted, approval.CodeAlreadyApproved:
				default:
					t.Errorf("code = %q", code)
				}
			}
			if counted[jo] != 1 || counted[ed] != 1 {
				t.Errorf("counted = %v, want one of each", counted)
			}
			g.checkAnswers(2)
			order := []string{jo, ed}
			if output := g.execution().Output; strings.Index(output, jo) > strings.Index(output, ed) {
				order = []string{ed, jo}
			}
			g.checkEnd(approval.StatusSucceeded, "", order...)
		})
	}
}

// TestApproveAndRejectAtOnce has an approver approve, and another or the same one reject at the same moment. Everybody is told
// what the execution did. The records of the same approver differ in nothing, so that only the decision tells the clicks apart.
func TestApproveAndRejectAtOnce(t *testing.T) {
	for _, other := range []string{ed, jo} {
		for range 40 {
			atGate(t, 1, func(g *gate) {
				approve, reject := g.click(jo, approval.Approve), g.click(other, approval.Reject)
				if other == jo {
					reject.SourceIP = approve.SourceIP
				}
				codes := g.atOnce(approve, reject)
				if g.execution().Status == approval.StatusSucceeded {
					g.checkEnd(approval.StatusSucceeded, "", jo)
					checkCodes(t, codes, "", approval.CodeAlreadyApproved)
				} else {
					g.checkEnd(approval.StatusFailed, "Rejected", other)
					checkCodes(t, codes, approval.CodeAlreadyRejected, "")
				}
				g.checkAnswers(1)
			})
		}
	}
}

// TestApproveAndRejectAtOnceOfTwo is the same for two approvals: the rejection always wins, and the approval counts before
// it or is told of it. If it counts, it may still be told of the rejection that came right after it.
func TestApproveAndRejectAtOnceOfTwo(t *testing.T) {
	for range 40 {
		atGate(t, 2, func(g *gate) {
			codes := g.atOnce(g.click(jo, approval.Approve), g.click(ed, approval.Reject))
			g.checkEnd(approval.StatusFailed, "Rejected", ed)
			approved := approval.CodeAlreadyRejected
			if len(g.execution().Request.Approvals) == 1 && codes[0] == "" {
				approved = ""
			}
			checkCodes(t, codes, approved, "")
		})
	}
}

func checkCodes(t *testing.T, got []approval.Code, want ...approval.Code) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
}
