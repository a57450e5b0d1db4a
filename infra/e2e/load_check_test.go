//go:build e2e

package e2e

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
)

// check compares the end of an execution with the clicks on its links and with their answers.
func check(end string, kept []decision, clicks []clicked) error {
	problems := []error{checkAgreement(end, kept)}
	for _, d := range kept {
		count := 0
		for _, c := range clicks {
			if d.madeBy(c) {
				count++
			}
		}
		if count != 1 {
			problems = append(problems, fmt.Errorf("%d clicks match %+v", count, d))
		}
	}
	for _, c := range clicks {
		if err := c.check(end, kept); err != nil {
			problems = append(problems, fmt.Errorf("%w, although the end is %s by %+v: %s", err, end, kept, c))
		}
	}
	return errors.Join(problems...)
}

// checkAgreement checks that an execution ended by what the approvers decided.
func checkAgreement(end string, kept []decision) error {
	var approvers []string
	for _, d := range kept {
		if d.path == "/approve" {
			approvers = append(approvers, d.record.Approver)
		}
	}
	slices.Sort(approvers)
	if different := slices.Compact(slices.Clone(approvers)); len(different) != len(approvers) {
		return fmt.Errorf("one approver counts twice: %v", approvers)
	}
	if (end == "SUCCEEDED") != (len(approvers) == needed) || len(approvers) > needed {
		return fmt.Errorf("%d approvals, although the end is %s", len(approvers), end)
	}
	return nil
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
	case c.status != outcomes[end].status || c.body.Error != outcomes[end].code:
		return errors.New("wrong answer")
	}
	return nil
}

// checkMessage checks the message to a click whose decision has an index among those that the execution keeps. If the
// answer of AWS to an approval got lost, its click may learn that the last approval has come in since.
func (c clicked) checkMessage(end string, index int) error {
	want := []string{rejectedMessage}
	if c.path == "/approve" && index == needed-1 {
		want = []string{approvedMessage}
	} else if c.path == "/approve" {
		want = []string{countedMessage}
		if end == "SUCCEEDED" {
			want = append(want, approvedMessage)
		}
	}
	if !slices.Contains(want, c.body.Message) {
		return fmt.Errorf("message = %q, want one of %q", c.body.Message, want)
	}
	return nil
}

// checkTokens checks that each decision answered one task token of the execution, and that nothing else answered one.
func checkTokens(execution string, decisions int) error {
	var tokens []struct {
		Execution string `json:"execution_arn"`
		Open      bool   `json:"open"`
		ClosedBy  string `json:"closed_by"`
	}
	if err := sandbox(http.MethodGet, "tokens", nil, &tokens); err != nil {
		return err
	}
	answered := 0
	for _, token := range tokens {
		if token.Execution != execution {
			continue
		}
		if token.Open {
			return errors.New("a task token is still open after the end")
		}
		if token.ClosedBy == "CallbackOutcomeSuccess" {
			answered++
		}
	}
	if answered != decisions {
		return fmt.Errorf("%d task tokens were answered, and the execution keeps %d decisions", answered, decisions)
	}
	return nil
}
