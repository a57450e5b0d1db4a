package approval_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/approval/approvaltest"
)

// recipients returns who got an e-mail, in alphabetical order.
func (g *gate) recipients() []string {
	recipients := []string{}
	for _, email := range g.fake.Emails() {
		recipients = append(recipients, email.To)
	}
	slices.Sort(recipients)
	return recipients
}

// checkRecipients checks who got an e-mail since the fake was made.
func (g *gate) checkRecipients(want ...string) {
	g.t.Helper()
	if diff := cmp.Diff(slices.Sorted(slices.Values(want)), g.recipients()); diff != "" && len(want)+len(g.recipients()) > 0 {
		g.t.Errorf("recipients (-want +got):\n%s", diff)
	}
}

func TestSend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t, 1)
		config := approval.Config{APIURL: approval.TestAPI + "/", Approvers: []string{ed, jo, al}, Confirm: true}
		g.service = approval.NewService(config, g.fake.Ports())
		time.Sleep(time.Second)
		sent, err := g.service.Send(t.Context(), g.request)
		if want := (approval.Sent{Emails: 3}); err != nil || sent != want {
			t.Errorf("Send() = %+v, code = %q, want %+v", sent, approval.CodeOf(err), want)
		}
		g.checkRecipients(jo, ed, al)
		for _, email := range g.fake.Emails() {
			if email.To == jo {
				if diff := cmp.Diff(approval.Compose(g.request, true, time.Now()), email.Email); diff != "" {
					t.Errorf("e-mail (-want +got):\n%s", diff)
				}
			}
			if !strings.Contains(email.Body, "&approver="+email.To+"&") {
				t.Errorf("the e-mail to %s has the link of another approver", email.To)
			}
		}
		if !g.service.Confirm() {
			t.Error("Confirm() = false, want true")
		}
	})
}

// TestSendSideBySide checks that many approvers take no more time than one.
func TestSendSideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t, 1)
		g.fake.Latency = 4 * time.Second
		begin := time.Now()
		sent, err := g.service.Send(t.Context(), g.request)
		if err != nil || sent.Emails != 3 || time.Since(begin) != 2*g.fake.Latency {
			t.Errorf("%d e-mails took %s, code = %q, want 3 in %s", sent.Emails, time.Since(begin), approval.CodeOf(err), 2*g.fake.Latency)
		}
	})
}

// TestSendToMany checks that many approvers of a request with a large input do not fill the function's memory: only some
// e-mails are sent at the same time.
func TestSendToMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var approvers []string
		for i := range 50 {
			approvers = append(approvers, fmt.Sprintf("approver-%d@example.com", i))
		}
		fake := approvaltest.New(approvers...)
		fake.Latency = time.Second
		request := newGate(t, 1).request
		request.Input = []byte(`["` + strings.Repeat("x", 250_000) + `"]`)
		service := approval.NewService(approval.Config{APIURL: approval.TestAPI, Approvers: approvers}, fake.Ports())
		begin := time.Now()
		sent, err := service.Send(t.Context(), request)
		if err != nil || sent.Emails != 50 || time.Since(begin) != 6*time.Second {
			t.Errorf("%d e-mails took %s, code = %q, want 50 in 6s", sent.Emails, time.Since(begin), approval.CodeOf(err))
		}
	})
}

// TestSendToConfirmed checks that exactly those are asked who are approvers and have confirmed.
func TestSendToConfirmed(t *testing.T) {
	tests := []struct {
		name      string
		needed    int
		confirmed []string
		want      []string
		missing   string // in the error
	}{
		{name: "all", needed: 3, confirmed: []string{al, jo, ed}, want: []string{jo, ed, al}},
		{name: "just enough", needed: 2, confirmed: []string{jo, al}, want: []string{jo, al}},
		{name: "strangers", needed: 1, confirmed: []string{"x@example.com", jo, "jo@example.co"}, want: []string{jo}},
		{name: "too few", needed: 2, confirmed: []string{ed, "x@example.com"},
			missing: "Approvals still needed: 2. Approvers who would get the e-mail: 1. Not confirmed: jo@example.com, al@example.com. Have"},
		{name: "nobody", needed: 1,
			missing: "Approvals still needed: 1. Approvers who would get the e-mail: 0. Not confirmed: jo@example.com, ed@example.com, al@"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := newGate(t, test.needed)
			g.fake.ConfirmedAddresses = test.confirmed
			sent, err := g.service.Send(t.Context(), g.request)
			var want approval.Code
			if test.missing != "" {
				want = approval.CodeTooFewApprovers
			}
			if approval.CodeOf(err) != want || !strings.Contains(approval.MessageOf(err), test.missing) {
				t.Errorf("error = %s: %s, want %s: %s", approval.CodeOf(err), approval.MessageOf(err), want, test.missing)
			}
			if sent.Emails != len(test.want) {
				t.Errorf("%d e-mails, want %d", sent.Emails, len(test.want))
			}
			g.checkRecipients(test.want...)
		})
	}
}

// TestSendToAnyCase checks that SNS may write a confirmed address in another case than the configuration.
func TestSendToAnyCase(t *testing.T) {
	g := newGate(t, 3)
	g.fake.ConfirmedAddresses = []string{"Jo@Example.com", "ED@EXAMPLE.COM", al}
	if sent, err := g.service.Send(t.Context(), g.request); err != nil || sent.Emails != 3 {
		t.Errorf("%d e-mails, code = %q, want 3", sent.Emails, approval.CodeOf(err))
	}
}

// TestSendWithTooFewConfigured has the configuration change to fewer approvers than an execution needs.
func TestSendWithTooFewConfigured(t *testing.T) {
	g := newGate(t, 2)
	g.service = approval.NewService(approval.Config{Approvers: []string{jo}}, g.fake.Ports())
	_, err := g.service.Send(t.Context(), g.request)
	want := "The configuration names too few approvers for this execution: add some, run pulumi up, and start a new execution."
	if approval.CodeOf(err) != approval.CodeTooFewApprovers || !strings.HasSuffix(approval.MessageOf(err), want) {
		t.Errorf("error = %s: %s, want it to end in %q", approval.CodeOf(err), approval.MessageOf(err), want)
	}
}
