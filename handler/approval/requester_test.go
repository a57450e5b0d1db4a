package approval_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"approval-workflow/handler/approval"
)

// TestSendNotToTheRequester checks that the requester is not asked and does not count as an approver.
func TestSendNotToTheRequester(t *testing.T) {
	tests := []struct {
		name, requester string
		needed          int
		confirmed       []string
		want            []string
		message         string
	}{
		{"enough others", jo, 2, []string{jo, ed, al}, []string{ed, al}, ""},
		{"another case and a name", "Jo <JO@example.com>", 1, []string{jo, ed, al}, []string{ed, al}, ""},
		{"a form of address books", "Doe, Jo <jo@example.com>", 1, []string{jo, ed, al}, []string{ed, al}, ""},
		{"a name in brackets", "Jo [bot]: jo@example.com.", 1, []string{jo, ed, al}, []string{ed, al}, ""},
		{"a link", "mailto:JO@example.com", 1, []string{jo, ed, al}, []string{ed, al}, ""},
		{"a list", "ann@example.com, jo@example.com", 1, []string{jo, ed, al}, []string{ed, al}, ""},
		{"a longer address", "xjo@example.com jo@example.com.au", 1, []string{jo, ed, al}, []string{jo, ed, al}, ""},
		{"no approver", "ann@example.com", 3, []string{jo, ed, al}, []string{jo, ed, al}, ""},
		{"one of the others is enough", jo, 1, []string{jo, al}, []string{al}, ""},
		{"too few others", " Jo@example.com ", 3, []string{jo, ed, al}, nil,
			"Approvals still needed: 3. Approvers who would get the e-mail: 2. jo@example.com is the requester and does not count as an " +
				"approver. The configuration names too few approvers for this execution: add some, run pulumi up, and start a new execution."},
		{"too few others have confirmed", jo, 1, []string{jo}, nil,
			"would get the e-mail: 0. jo@example.com is the requester and does not count as an approver. Not confirmed: ed@example.com, al@"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := newGate(t, test.needed)
			g.fake.ConfirmedAddresses = test.confirmed
			g.request.Input = []byte(`{"requester":"` + test.requester + `"}`)
			_, err := g.service.Send(t.Context(), g.request)
			var want approval.Code
			if test.message != "" {
				want = approval.CodeTooFewApprovers
			}
			if approval.CodeOf(err) != want || !strings.Contains(approval.MessageOf(err), test.message) {
				t.Errorf("error = %s: %s, want %s: %s", approval.CodeOf(err), approval.MessageOf(err), want, test.message)
			}
			g.checkRecipients(test.want...)
		})
	}
}

// TestSendRefusesDetails checks that nobody is asked about a new request whose input has a wrong key.
func TestSendRefusesDetails(t *testing.T) {
	g := newGate(t, 1)
	g.request.Input = []byte(`{"requester":null}`)
	_, err := g.service.Send(t.Context(), g.request)
	if want := "requester must be a string"; approval.CodeOf(err) != approval.CodeInvalidRequest || !strings.Contains(approval.MessageOf(err), want) {
		t.Errorf("error = %s: %s, want %q", approval.CodeOf(err), approval.MessageOf(err), want)
	}
	g.checkRecipients()
}

// oddInput is an input that only earlier versions accepted.
const oddInput = `{"subject":5,"message":null,"review":"#7","requester":["jo@example.com"]}`

// TestOddInputOfAnEarlierVersion checks that an execution that an earlier version asked about can be decided in this one, and
// sends its reminders.
func TestOddInputOfAnEarlierVersion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newReminded(t, 2)
		g.request.Input = []byte(oddInput)
		g.fake.Start(g.request)
		g.decide(ed, approval.Approve, "")
		g.checkSent(g.execution().Request, approval.Sent{})
		time.Sleep(time.Hour + time.Second)
		g.checkSent(g.fake.Retry(g.request.Execution.Name), approval.Sent{Emails: 2, Reminder: 1})
		g.decide(jo, approval.Approve, "")
		g.checkEnd(approval.StatusSucceeded, "", ed, jo)
	})
}
