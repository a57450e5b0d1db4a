package approval_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
)

// TestDecide checks what a decision sends to Step Functions, to the letter.
func TestDecide(t *testing.T) {
	const record = `{"approver":"jo@example.com","decidedAt":"2000-01-01T00:00:42.234567Z","reason":"Looks <good>.\nGo!",` +
		`"sourceIp":"203.0.113.1","userAgent":"curl/8","ageSeconds":42}`
	tests := []struct {
		name     string
		decision approval.Decision
		needed   int
		want     string
	}{
		{"approval", approval.Approve, 1, `{"status":"approved","approvals":[` + record + `]}`},
		{"first approval", approval.Approve, 2, `{"status":"pending","approvals":[` + record + `]}`},
		{"rejection", approval.Reject, 2, `{"status":"rejected","rejection":` + record + `}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { newGate(t, test.needed).checkOutput(test.decision, test.want) })
		})
	}
}

func (g *gate) checkOutput(decision approval.Decision, want string) {
	click := g.click(jo, decision)
	click.Reason, click.UserAgent = " Looks <good>.\r\nGo! ", "curl/8"
	time.Sleep(42*time.Second + 234_567_890*time.Nanosecond)
	outcome, err := g.service.Decide(g.t.Context(), click)
	if err != nil || outcome.Record.AgeSeconds != 42 {
		g.t.Fatalf("code = %q, record = %+v", approval.CodeOf(err), outcome.Record)
	}
	answers := g.fake.Answers()
	if len(answers) != 1 || answers[0].Token != string(g.request.TaskToken) {
		g.t.Fatalf("%d answers, want one to the token that waits", len(answers))
	}
	if diff := cmp.Diff(want, answers[0].Output); diff != "" {
		g.t.Errorf("output (-want +got):\n%s", diff)
	}
}

func TestDecideLimitsReason(t *testing.T) {
	tests := []struct {
		characters int
		code       approval.Code
		message    string
		answers    int
	}{
		{approval.MaxReason, "", "", 1},
		{approval.MaxReason + 1, approval.CodeInvalidReason, "The reason has 1001 characters. The limit is 1000.", 0},
	}
	for _, test := range tests {
		g := newGate(t, 1)
		click := g.click(jo, approval.Reject)
		click.Reason = strings.Repeat("é", test.characters)
		_, err := g.service.Decide(t.Context(), click)
		if approval.CodeOf(err) != test.code || approval.MessageOf(err) != test.message {
			t.Errorf("%d characters: error = %s: %s, want %s: %s",
				test.characters, approval.CodeOf(err), approval.MessageOf(err), test.code, test.message)
		}
		if got := len(g.fake.Answers()); got != test.answers {
			t.Errorf("%d characters: %d answers, want %d", test.characters, got, test.answers)
		}
	}
}

// TestDecideFromEmail clicks on the link of an e-mail as an approver does.
func TestDecideFromEmail(t *testing.T) {
	g := newGate(t, 1)
	if _, err := g.service.Send(t.Context(), g.request); err != nil {
		t.Fatalf("code = %q", approval.CodeOf(err))
	}
	for _, email := range g.fake.Emails() {
		_, rest, _ := strings.Cut(email.Body, "\nAPPROVE:\n"+approval.TestAPI+approval.Approve.Path+"?")
		query, _, _ := strings.Cut(rest, "\n")
		link, err := g.service.VerifyLink(t.Context(), query)
		if err != nil || link.Approver != email.To {
			t.Fatalf("the link of the e-mail to %s is for %q, code = %q", email.To, link.Approver, approval.CodeOf(err))
		}
		want := g.link(email.To)
		want.SentAt = want.SentAt.Truncate(time.Second)
		if diff := cmp.Diff(want, link); diff != "" {
			t.Errorf("link (-want +got):\n%s", diff)
		}
	}
	g.decide(jo, approval.Approve, "")
	g.checkEnd(approval.StatusSucceeded, "", jo)
}
