package approval_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"approval-workflow/handler/approval"
)

// reminded is a schedule with three intervals.
var reminded = approval.Schedule{IntervalSeconds: 3600, PauseSeconds: 1, Reminders: 2}

// newReminded is newGate with that schedule.
func newReminded(t *testing.T, needed int) *gate {
	g := newGate(t, needed)
	g.request.Schedule = reminded
	g.fake.Start(g.request)
	return g
}

// checkSent sends a request and checks what was sent.
func (g *gate) checkSent(request approval.Request, want approval.Sent) {
	g.t.Helper()
	if sent, err := g.service.Send(g.t.Context(), request); err != nil || sent != want {
		g.t.Errorf("Send() = %+v, code = %q, want %+v", sent, approval.CodeOf(err), want)
	}
}

// TestSendReminders sends each e-mail of a schedule with three intervals. RetryCount also counts e-mails that SNS did not
// accept at first.
func TestSendReminders(t *testing.T) {
	tests := []struct {
		name       string
		after      time.Duration // since the execution began to wait
		retryCount int
		want       int
		expires    time.Duration // since the execution began to wait
	}{
		{name: "first", expires: 3*time.Hour + 2*time.Second},
		{name: "first, second attempt", after: time.Minute, retryCount: 1, expires: 3*time.Hour + time.Minute + 2*time.Second},
		{name: "first reminder", after: time.Hour + time.Second, retryCount: 1, want: 1, expires: 3*time.Hour + 2*time.Second},
		{name: "first reminder, second attempt", after: time.Hour + time.Minute, retryCount: 2, want: 1,
			expires: 3*time.Hour + time.Minute + time.Second},
		{name: "last reminder", after: 2*time.Hour + 2*time.Second, retryCount: 2, want: 2, expires: 3*time.Hour + 2*time.Second},
		{name: "last reminder, fifth attempt", after: 2*time.Hour + time.Minute, retryCount: 6, want: 2,
			expires: 3*time.Hour + time.Minute},
		{name: "redriven long after", after: 1000 * time.Hour, expires: 1003*time.Hour + 2*time.Second},
		{name: "clock behind", after: -time.Minute, retryCount: 1, expires: 3*time.Hour - time.Minute + 2*time.Second},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newGate(t, 1)
				g.request.EnteredAt = time.Now().Add(-test.after)
				g.request.Schedule, g.request.RetryCount = reminded, test.retryCount
				g.checkSent(g.request, approval.Sent{Emails: 3, Reminder: test.want})
				expires := g.request.EnteredAt.Add(test.expires).UTC().Format(approval.TimeLayout)
				if !strings.Contains(g.fake.Emails()[0].Body, "\nExpires:    "+expires+"\n") {
					t.Errorf("the e-mail does not say that it expires at %s", expires)
				}
			})
		})
	}
}

// TestFurtherRoundSendsNothing checks that a round that an approval began sends no e-mail of its own, although the execution
// started long ago, and neither KMS nor SNS is asked.
func TestFurtherRoundSendsNothing(t *testing.T) {
	for _, failures := range []int{0, 3} { // of the invocation itself, which Step Functions retries
		synctest.Test(t, func(t *testing.T) {
			g := newReminded(t, 2)
			time.Sleep(50 * time.Minute)
			g.decide(jo, approval.Approve, "")
			g.fake.ConfirmedErr, g.fake.KeyErr = denied, denied
			request := g.execution().Request
			request.RetryCount = failures
			time.Sleep(20 * time.Minute)
			g.checkSent(request, approval.Sent{})
			g.checkRecipients()
		})
	}
}

// TestRemindersOfFurtherRound checks that the reminders of the second round go to those who have not decided.
func TestRemindersOfFurtherRound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newReminded(t, 2)
		time.Sleep(50 * time.Minute)
		g.decide(jo, approval.Approve, "")
		for reminder := 1; reminder <= 2; reminder++ {
			time.Sleep(time.Hour + time.Second)
			g.checkSent(g.fake.Retry(g.request.Execution.Name), approval.Sent{Emails: 2, Reminder: reminder})
		}
		g.checkRecipients(ed, al, ed, al)
		if body := g.fake.Emails()[0].Body; !strings.Contains(body, "\nApprovals:  2 needed, 1 so far: jo@example.com\n") {
			t.Error("the reminder does not say who has approved")
		}
	})
}

// TestReminderNeedsTheMissingOnly checks that those who have approved need not be reachable any more, but enough others.
func TestReminderNeedsTheMissingOnly(t *testing.T) {
	tests := []struct {
		name      string
		confirmed []string
		want      approval.Code
	}{
		{"one of the others", []string{al}, ""},
		{"only who has approved", []string{jo}, approval.CodeTooFewApprovers},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newReminded(t, 2)
				g.decide(jo, approval.Approve, "")
				time.Sleep(time.Hour + time.Second)
				g.fake.ConfirmedAddresses = test.confirmed
				_, err := g.service.Send(t.Context(), g.fake.Retry(g.request.Execution.Name))
				if got := approval.CodeOf(err); got != test.want {
					t.Errorf("code = %q, want %q", got, test.want)
				}
			})
		})
	}
}

// TestAddedApproverIsReminded checks that whoever is added to the configuration gets the next reminder and can decide.
func TestAddedApproverIsReminded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const sue = "sue@example.com"
		g := newReminded(t, 1)
		g.decide(sue, approval.Approve, approval.CodeNotApprover)
		g.service = approval.NewService(approval.Config{Approvers: []string{jo, sue}}, g.fake.Ports())
		g.fake.ConfirmedAddresses = []string{jo, sue}
		time.Sleep(time.Hour + time.Second)
		g.checkSent(g.fake.Retry(g.request.Execution.Name), approval.Sent{Emails: 2, Reminder: 1})
		g.checkRecipients(jo, sue)
		g.decide(sue, approval.Approve, "")
	})
}
