//go:build e2e

package e2e

import (
	"net/http"
	"strings"
	"testing"
)

// reminded are the tests of the reminder and the expiry. They run side by side: all of them ask first, then act, then wait.
var reminded = []struct {
	name  string
	act   bool // Ann approves before the reminder
	later func(t *testing.T, a asked)
}{
	{"the first e-mail's link works after the reminder", false, afterReminder},
	{"only those who have not decided are reminded", true, othersReminded},
	{"expiry", false, expired},
	{"expiry after an approval", true, expiredAfterApproval},
}

// reminders deploys a workflow with a short timeout and a reminder.
func reminders(t *testing.T, g *gate) {
	g.set(t, "timeout", "81s", "reminders", "1")
	g.up(t)
	asked := make([]asked, len(reminded))
	for i := range reminded {
		asked[i].request = g.ask(t, `null`)
	}
	for i, r := range reminded {
		asked[i].emails = asked[i].receive(t)
		if r.act {
			asked[i].approve(t, asked[i].emails[0], http.StatusOK, counted)
		}
	}
	for i, r := range reminded {
		t.Run(r.name, func(t *testing.T) { r.later(t, asked[i]) })
	}
}

func afterReminder(t *testing.T, a asked) {
	reminder := a.reminder(t, a.approvers[1])
	a.approve(t, a.emails[0], http.StatusOK, counted)
	a.approve(t, reminder, http.StatusOK, approved)
	a.checkApproved(t, a.approvers[:2]...)
}

func othersReminded(t *testing.T, a asked) {
	a.approve(t, a.reminder(t, a.approvers[2]), http.StatusOK, approved)
	a.checkApproved(t, a.approvers[0], a.approvers[2])
	a.reminder(t, a.approvers[1])
	if count := a.box.rest(t, a.execution, a.approvers[0]); count > 0 {
		t.Errorf("%d e-mails went to the approver who had approved", count)
	}
}

func expired(t *testing.T, a asked) {
	a.wait(t).checkFailed(t, "Expired", "within 1m21s (reminders: 1)")
	a.approve(t, a.emails[0], http.StatusGone, "in time")
	a.approve(t, a.reminder(t, a.approvers[0]), http.StatusGone, "in time")
}

func expiredAfterApproval(t *testing.T, a asked) {
	a.wait(t).checkFailed(t, "Expired", "(reminders: 1)")
	a.approve(t, a.emails[0], http.StatusGone, "in time")
	a.approve(t, a.emails[1], http.StatusGone, "in time")
}

// reminder returns the next e-mail to an approver, which must be a reminder.
func (r request) reminder(t *testing.T, approver string) email {
	t.Helper()
	e := r.email(t, approver)
	if !strings.HasPrefix(string(e), "Reminder 1 of 1: ") {
		t.Errorf("the e-mail to %s is not a reminder", approver)
	}
	return e
}
