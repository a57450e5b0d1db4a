package approval_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
)

// TestSend checks that each e-mail carries the links of its approver and of no other, and that its text contains these links
// and no other, each on a line of its own.
func TestSend(t *testing.T) {
	atGate(t, 1, func(g *gate) {
		config := approval.Config{APIURL: approval.TestAPI + "/", Approvers: []string{ed, jo, al}, Confirm: true}
		g.service = approval.NewService(config, g.fake.Ports())
		time.Sleep(90 * time.Minute)
		g.send(g.request, approval.Sent{Emails: 3}, "")
		g.checkRecipients(jo, ed, al)
		for _, email := range g.fake.Emails() {
			var urls []string
			for line := range strings.Lines(email.Body) {
				if strings.Contains(line, "signature=") {
					urls = append(urls, strings.TrimSuffix(line, "\n"))
				}
			}
			if diff := cmp.Diff([]string{email.ApproveURL, email.RejectURL}, urls); diff != "" {
				t.Errorf("links in the text (-want +got):\n%s", diff)
			}
			g.checkURL(email, email.ApproveURL, approval.Approve)
			g.checkURL(email, email.RejectURL, approval.Reject)
			if want := approval.Compose(g.request, true, time.Now()); email.To == jo && email != want {
				t.Errorf("e-mail (-want +got):\n%s", cmp.Diff(want, email))
			}
		}
		if !g.service.Confirm() {
			t.Error("Confirm() = false, want true")
		}
	})
}

// checkURL checks that a URL of an e-mail leads to a decision, and that it means what the e-mail says.
func (g *gate) checkURL(email approval.Email, address string, decision approval.Decision) {
	g.t.Helper()
	parsed, err := url.Parse(address)
	if err != nil || !strings.HasPrefix(address, approval.TestAPI+decision.Path+"?") {
		g.t.Fatalf("the link to %s is %q", decision.Path, address)
	}
	got, err := g.service.VerifyLink(g.limited(), parsed.RawQuery)
	want := g.link(email.To)
	want.SentAt, want.Confirm = time.Now(), true
	if got != want || email.Link != want || err != nil {
		g.t.Errorf("the link of the e-mail to %s is for %+v, the e-mail for %+v, code = %q", email.To, got, email.Link, approval.CodeOf(err))
	}
}

// TestSendTakes checks that many approvers take little more time than one, but that not all e-mails are sent at the same time:
// those of a request with a large input would fill the function's memory.
func TestSendTakes(t *testing.T) {
	for approvers, want := range map[int]time.Duration{1: 2 * time.Second, 10: 2 * time.Second, 50: 6 * time.Second} {
		atGate(t, 1, func(g *gate) {
			addresses := make([]string, approvers)
			for i := range addresses {
				addresses[i] = fmt.Sprintf("approver-%d@example.com", i)
			}
			g.fake.ConfirmedAddresses, g.fake.Latency = addresses, time.Second
			g.configure(addresses...)
			begin := time.Now()
			g.send(g.request, approval.Sent{Emails: approvers}, "")
			if got := time.Since(begin); got != want {
				t.Errorf("%d e-mails took %s, want %s", approvers, got, want)
			}
		})
	}
}

var all = []string{jo, ed, al}

const tooFew = "too few approvers for this execution: add some, run pulumi up, and start a new execution."

var recipientTests = []struct {
	name, requester      string
	needed               int
	approvers, confirmed []string
	want                 []string
	message              string // that nobody is asked
	unreachable          string
}{
	{"all", "", 3, all, []string{al, jo, ed}, all, "", ""},
	{"just enough", "", 2, all, []string{jo, al}, []string{jo, al}, "", ed},
	{"strangers", "", 1, all, []string{"x@example.com", jo, "jo@example.co"}, []string{jo}, "", ed + ", " + al},
	{"another case", "", 3, all, []string{"Jo@Example.com", "ED@EXAMPLE.COM", al}, all, "", ""},
	{"too few", "", 2, all, []string{ed, "x@example.com"}, nil, "Approvals still needed: 2. Approvers who would get the e-mail: 1. " +
		"Not confirmed: jo@example.com, al@example.com. Have them confirm", jo + ", " + al},
	{"nobody", "", 1, all, nil, nil, "would get the e-mail: 0. Not confirmed: jo@example.com, ed@example.com, al@example.com.", jo + ", " + ed + ", " + al},
	{"too few configured", "", 2, []string{jo}, all, nil, "would get the e-mail: 1. The configuration names " + tooFew, ""},
	{"enough beside the requester", jo, 2, all, all, []string{ed, al}, "", ""},
	{"the requester's name", "Doe, Jo <JO@example.com>", 1, all, all, []string{ed, al}, "", ""},
	{"the requester has not confirmed", jo, 1, all, []string{al}, []string{al}, "", ed},
	{"the requester is not an approver", "ann@example.com", 3, all, all, all, "", ""},
	{"one beside the requester", jo, 1, all, []string{jo, al}, []string{al}, "", ed},
	{"too few beside the requester", " Jo@example.com ", 3, all, all, nil, "would get the e-mail: 2. jo@example.com is the " +
		"requester and does not count as an approver. The configuration names " + tooFew, ""},
	{"too few confirmed beside the requester", jo, 1, all, []string{jo}, nil, "would get the e-mail: 0. jo@example.com is the " +
		"requester and does not count as an approver. Not confirmed: ed@example.com, al@example.com. Have", ed + ", " + al},
}

// TestSendTo checks that exactly those are asked who are approvers, have confirmed, and do not request the execution.
func TestSendTo(t *testing.T) {
	for _, test := range recipientTests {
		runAtGate(t, test.name, test.needed, func(g *gate) {
			if test.requester != "" {
				g.request.Input = []byte(`{"requester":"` + test.requester + `"}`)
			}
			g.fake.ConfirmedAddresses = test.confirmed
			g.configure(test.approvers...)
			var want approval.Code
			if test.message != "" {
				want = approval.CodeTooFewApprovers
			}
			err := g.send(g.request, approval.Sent{Emails: len(test.want), Unreachable: test.unreachable}, want)
			if got := approval.MessageOf(err); !strings.Contains(got, test.message) {
				g.t.Errorf("message = %q, want %q", got, test.message)
			}
			g.checkRecipients(test.want...)
			for _, email := range g.fake.Emails() {
				if told := strings.Contains(email.Body, "\nNot asked:  "+strings.ReplaceAll(test.unreachable, " ", "\n            ")+"\n"); told != (test.unreachable != "") {
					g.t.Errorf("the e-mail says who was not asked: %t, want %q", told, test.unreachable)
				}
			}
		})
	}
}

// TestSendRefusesDetails checks that nobody is asked about a request whose input has a wrong key.
func TestSendRefusesDetails(t *testing.T) {
	atGate(t, 1, func(g *gate) {
		err := g.send(g.request, approval.Sent{}, approval.CodeInvalidRequest)
		if got, want := approval.MessageOf(err), "requester must be a string"; !strings.Contains(got, want) {
			g.t.Errorf("message = %q, want %q", got, want)
		}
		g.checkRecipients()
	}, withInput(`{"requester":null}`))
}

var (
	errThrottled = fmt.Errorf("publish: %w", approval.ErrUnavailable)
	errDenied    = errors.New("AuthorizationError")
)

// TestSendToUnreachable has SNS not accept the e-mails to some approvers. The others get theirs, and a retry asks everybody
// again as long as it may help.
func TestSendToUnreachable(t *testing.T) {
	late := fmt.Errorf("publish: %w", context.DeadlineExceeded)
	tests := []struct {
		name string
		errs map[string]error
		want approval.Code
		sent []string
	}{
		{"one throttled", map[string]error{ed: errThrottled}, approval.CodeNotificationUnavailable, []string{jo, al}},
		{"one out of time", map[string]error{ed: late}, approval.CodeNotificationUnavailable, []string{jo, al}},
		{"one refused", map[string]error{ed: errDenied}, approval.CodeNotificationRefused, []string{jo, al}},
		{"refused, then throttled", map[string]error{jo: errDenied, ed: errThrottled}, approval.CodeNotificationUnavailable, []string{al}},
		{"throttled, then refused", map[string]error{jo: errThrottled, ed: errDenied}, approval.CodeNotificationUnavailable, []string{al}},
		{"refused, then out of time", map[string]error{jo: errDenied, ed: late}, approval.CodeNotificationUnavailable, []string{al}},
		{"all refused", map[string]error{jo: errDenied, ed: errDenied, al: errDenied}, approval.CodeNotificationRefused, nil},
	}
	for _, test := range tests {
		runAtGate(t, test.name, 1, func(g *gate) {
			g.fake.NotifyErr = func(approver string) error { return test.errs[approver] }
			g.configure(jo, ed, al, "new@example.com")
			g.send(g.request, approval.Sent{Unreachable: "new@example.com"}, test.want)
			g.checkRecipients(test.sent...)
			g.fake.NotifyErr = nil
			g.configure(jo, ed, al)
			g.send(g.request, approval.Sent{Emails: 3}, "")
		})
	}
}

// TestSendReminders sends each e-mail of a schedule with three intervals. RetryCount also counts e-mails that SNS did not
// accept at first. The page names the same end as the e-mail.
func TestSendReminders(t *testing.T) {
	tests := []struct {
		name       string
		after      time.Duration // since the execution began to wait
		retryCount int
		want       int
		expires    time.Duration // since the execution began to wait
	}{
		{"first", 0, 0, 0, 3*time.Hour + 2*time.Second},
		{"first, second attempt", time.Minute, 1, 0, 3*time.Hour + time.Minute + 2*time.Second},
		{"first reminder", time.Hour + time.Second, 1, 1, 3*time.Hour + 2*time.Second},
		{"first reminder, second attempt", time.Hour + time.Minute, 2, 1, 3*time.Hour + time.Minute + time.Second},
		{"last reminder", 2*time.Hour + 2*time.Second, 2, 2, 3*time.Hour + 2*time.Second},
		{"last reminder, fifth attempt", 2*time.Hour + time.Minute, 6, 2, 3*time.Hour + time.Minute},
		{"redriven long after", 1000 * time.Hour, 0, 0, 1003*time.Hour + 2*time.Second},
		{"clock behind", -time.Minute, 1, 0, 3*time.Hour - time.Minute + 2*time.Second},
	}
	for _, test := range tests {
		runAtGate(t, test.name, 1, func(g *gate) {
			g.request.EnteredAt, g.request.RetryCount = time.Now().Add(-test.after), test.retryCount
			g.fake.Start(g.request)
			g.send(g.request, approval.Sent{Emails: 3, Reminder: test.want}, "")
			expires := g.request.EnteredAt.Add(test.expires)
			if line := "\nExpires:    " + expires.UTC().Format(approval.TimeLayout) + "\n"; !strings.Contains(g.fake.Emails()[0].Body, line) {
				g.t.Errorf("the e-mail does not contain %q", line)
			}
			if view := g.look(jo, approval.Approve, ""); !view.Expires.Equal(expires) {
				g.t.Errorf("the page says that it expires at %s, want %s", view.Expires, expires)
			}
		}, withReminders)
	}
}

// TestFurtherRoundSendsNothing checks that a round that an approval began sends no e-mail of its own, although the execution
// started long ago, and neither KMS nor SNS is asked.
func TestFurtherRoundSendsNothing(t *testing.T) {
	for _, failures := range []int{0, 3} { // of the invocation itself, which Step Functions retries
		atGate(t, 2, func(g *gate) {
			time.Sleep(50 * time.Minute)
			g.decide(jo, approval.Approve, "")
			g.fake.ConfirmedErr, g.fake.KeyErr = errDenied, errDenied
			request := g.execution().Request
			request.RetryCount = failures
			time.Sleep(20 * time.Minute)
			g.send(request, approval.Sent{}, "")
			g.checkRecipients()
		}, withReminders)
	}
}

// TestRemindersOfFurtherRound checks that the reminders of the second round go to those who have not decided. Those who have
// need not be reachable any more, but enough others.
func TestRemindersOfFurtherRound(t *testing.T) {
	atGate(t, 2, func(g *gate) {
		time.Sleep(50 * time.Minute)
		g.decide(jo, approval.Approve, "")
		time.Sleep(time.Hour + time.Second)
		g.send(g.fake.Retry(release), approval.Sent{Emails: 2, Reminder: 1}, "")
		if body := g.fake.Emails()[0].Body; !strings.Contains(body, "\nApprovals:  2 needed, 1 so far: jo@example.com\n") {
			t.Error("the reminder does not say who has approved")
		}
		time.Sleep(time.Hour + time.Second)
		g.fake.ConfirmedAddresses = []string{al}
		last := g.fake.Retry(release)
		g.send(last, approval.Sent{Emails: 1, Reminder: 2, Unreachable: ed}, "")
		g.checkRecipients(ed, al, al)
		g.fake.ConfirmedAddresses = []string{jo}
		g.send(last, approval.Sent{Unreachable: ed + ", " + al}, approval.CodeTooFewApprovers)
	}, withReminders)
}

// TestAddedApproverIsReminded checks that whoever is added to the configuration gets the next reminder and can decide.
func TestAddedApproverIsReminded(t *testing.T) {
	atGate(t, 1, func(g *gate) {
		const sue = "sue@example.com"
		g.decide(sue, approval.Approve, approval.CodeNotApprover)
		g.configure(jo, sue)
		g.fake.ConfirmedAddresses = []string{jo, sue}
		time.Sleep(time.Hour + time.Second)
		g.send(g.fake.Retry(release), approval.Sent{Emails: 2, Reminder: 1}, "")
		g.checkRecipients(jo, sue)
		g.decide(sue, approval.Approve, "")
	}, withReminders)
}
