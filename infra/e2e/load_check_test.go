//go:build e2e

package e2e

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
)

// decision is a decision that an execution keeps.
type decision struct {
	path   string // of the link that was clicked
	record record
}

// madeBy reports whether the decision is the result of that click.
func (d decision) madeBy(c clicked) bool {
	return d.path == c.path && d.record.Approver == c.approver && d.record.SourceIP == c.address
}

// endOf returns the error of an execution that failed, and the status of any other.
func endOf(end ended) string { return cmp.Or(end.Error, end.Status) }

// decisions returns the decisions that an execution keeps after its end, the oldest first. A rejection is the last one.
func (g *gate) decisions(t *testing.T, execution string, end ended) (kept []decision) {
	t.Helper()
	approvals, _, err := end.approvals()
	if end.Status != "SUCCEEDED" {
		approvals = g.newestTask(t, execution).Approvals
	} else if err != nil {
		t.Error(err)
	}
	for _, r := range approvals {
		kept = append(kept, decision{"/approve", r})
	}
	if endOf(end) == "Rejected" {
		rejection, err := end.rejection()
		if err != nil {
			t.Error(err)
		}
		kept = append(kept, decision{"/reject", rejection})
	}
	return kept
}

// check compares the end of an execution with the clicks on its links and with their answers.
func check(t *testing.T, end string, kept []decision, clicks []clicked) {
	t.Helper()
	approvals := map[string]int{}
	for _, d := range kept {
		if d.path == "/approve" {
			approvals[d.record.Approver]++
		}
		count := 0
		for _, c := range clicks {
			if d.madeBy(c) {
				count++
			}
		}
		if count != 1 || approvals[d.record.Approver] > 1 {
			t.Errorf("%d clicks match %+v, and the approvals by approver are %v", count, d, approvals)
		}
	}
	if (end == "SUCCEEDED") != (len(approvals) == needed) || len(approvals) > needed {
		t.Errorf("%d approvals, although the end is %s", len(approvals), end)
	}
	for _, c := range clicks {
		if err := c.check(end, kept); err != nil {
			t.Errorf("%v, although the end is %s by %+v: %s", err, end, kept, c)
		}
	}
}

// lateAnswers contains the answer to a click after the end by each result of endOf.
var lateAnswers = map[string]struct {
	status int
	code   string
}{
	"SUCCEEDED": {http.StatusConflict, "AlreadyApproved"},
	"Rejected":  {http.StatusConflict, "AlreadyRejected"},
	"Expired":   {http.StatusGone, "Expired"},
}

// check checks that the answer to a click is true. A click that counts is told so, unless it was repeated after an answer
// 503. An approval that counts may also be told how the execution failed since, if the answer of AWS to it got lost. Every
// other click is told why it does not count.
func (c clicked) check(end string, kept []decision) error {
	index := slices.IndexFunc(kept, func(d decision) bool { return d.madeBy(c) })
	sameApprover := slices.ContainsFunc(kept, func(d decision) bool {
		return d.path == "/approve" && d.record.Approver == c.approver
	})
	switch {
	case c.status == http.StatusOK && index < 0:
		return errors.New("a click that does not count got a success")
	case c.status == http.StatusOK:
		return c.checkMessage(end, index)
	case index >= 0 && c.unavailable == 0 && (c.path != "/approve" || end == "SUCCEEDED"):
		return errors.New("a click that counts got an error")
	case c.status == http.StatusConflict && c.body.Error == "AlreadyCounted":
		if c.path != "/approve" || !sameApprover || index >= 0 && c.unavailable == 0 {
			return errors.New("a click was told that its approver has approved before")
		}
	case c.status != lateAnswers[end].status || c.body.Error != lateAnswers[end].code:
		return errors.New("wrong answer")
	}
	return nil
}

// checkMessage checks the message to a click whose decision has an index among those that the execution keeps. If the
// answer of AWS to an approval got lost, its click may learn that the last approval has come in since.
func (c clicked) checkMessage(end string, index int) error {
	var want []string
	switch {
	case c.path != "/approve":
		want = []string{rejectedMessage}
	case index == needed-1:
		want = []string{approvedMessage}
	case end == "SUCCEEDED":
		want = []string{countedMessage, approvedMessage}
	default:
		want = []string{countedMessage}
	}
	if !slices.Contains(want, c.body.Message) {
		return fmt.Errorf("message = %q, want one of %q", c.body.Message, want)
	}
	return nil
}

// checkTokens checks that each decision answered one task token of the execution, and that nothing else answered one.
func checkTokens(t *testing.T, execution string, decisions int) {
	answered := 0
	for _, token := range sentTokens(t) {
		if token.Execution != execution {
			continue
		}
		if token.Open {
			t.Error("a task token is still open after the end")
		}
		if token.ClosedBy == "CallbackOutcomeSuccess" {
			answered++
		}
	}
	if answered != decisions {
		t.Errorf("%d task tokens were answered, and the execution keeps %d decisions", answered, decisions)
	}
}
