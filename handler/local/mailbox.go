package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/local/stepfunctions"
)

// SNS's limits. https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
const (
	maxSubject = 99      // characters; an emoji may count as two
	maxMessage = 262_144 // bytes
)

// mailbox is an [approval.Notifier] that keeps the e-mails in memory, and shows them with the state of each link.
type mailbox struct {
	approvers  []string
	executions approval.Executions

	mu     sync.Mutex
	emails []mail // the oldest first
}

// mail is an e-mail as GET /emails shows it.
type mail struct {
	To      string `json:"to"`
	Subject string `json:"subject"`
	Body    string `json:"body"`
	// ReceivedAt is when it came, in UTC.
	ReceivedAt time.Time `json:"receivedAt"`
	// ExecutionARN identifies the execution that the e-mail is about.
	ExecutionARN string   `json:"executionArn"`
	Approve      mailLink `json:"approve"`
	Reject       mailLink `json:"reject"`

	link approval.Link
}

// mailLink is a link of an e-mail.
type mailLink struct {
	URL string `json:"url"`
	// Closed says why the link no longer decides. It is empty for a link that works.
	Closed string `json:"closed,omitempty"`
}

// Confirmed implements [approval.Notifier]. All approvers have confirmed.
func (m *mailbox) Confirmed(context.Context) ([]string, error) { return m.approvers, nil }

// Notify implements [approval.Notifier]. It refuses the e-mails that SNS would refuse.
func (m *mailbox) Notify(_ context.Context, email approval.Email) error {
	if err := checkEmail(email); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.emails = append(m.emails, mail{
		To: email.To, Subject: email.Subject, Body: email.Body, ReceivedAt: time.Now().UTC(),
		ExecutionARN: stepfunctions.ExecutionARN(email.Link.Execution),
		Approve:      mailLink{URL: email.ApproveURL}, Reject: mailLink{URL: email.RejectURL}, link: email.Link,
	})
	return nil
}

func checkEmail(email approval.Email) error {
	refused := func(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp) }
	length := len(utf16.Encode([]rune(email.Subject)))
	switch {
	case length == 0 || length > maxSubject || !utf8.ValidString(email.Subject) || strings.ContainsFunc(email.Subject, refused),
		strings.HasPrefix(email.Subject, " "):
		return errors.New("InvalidParameter: Invalid parameter: Subject")
	case email.Body == "":
		return errors.New("InvalidParameter: Invalid parameter: Empty message")
	case len(email.Body) > maxMessage:
		return errors.New("InvalidParameter: Invalid parameter: Message too long")
	}
	return nil
}

// serveList serves GET /emails: all e-mails as JSON, the oldest first.
func (m *mailbox) serveList(w http.ResponseWriter, r *http.Request) {
	writeJSON(w, m.list(r.Context()))
}

// serveLatest serves GET /emails/latest: the newest e-mail that can still approve, as text.
func (m *mailbox) serveLatest(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	for _, email := range slices.Backward(m.list(r.Context())) {
		if email.Approve.Closed == "" {
			fmt.Fprintf(w, "To:         %s\nSubject:    %s\nReceived:   %s\n\n%s\n",
				email.To, email.Subject, email.ReceivedAt.Format(time.DateTime+" MST"), email.Body)
			return
		}
	}
	w.WriteHeader(http.StatusNotFound)
	fmt.Fprintln(w, "No e-mail waits for a decision. Start an execution, then look again. /state shows how the others ended.")
}

// list returns the e-mails with the state of their links.
func (m *mailbox) list(ctx context.Context) []mail {
	m.mu.Lock()
	emails := append([]mail{}, m.emails...) // an empty list is [], not null
	m.mu.Unlock()
	for i := range emails {
		m.look(ctx, &emails[i])
	}
	return emails
}

// look says why the links of an e-mail no longer decide.
func (m *mailbox) look(ctx context.Context, email *mail) {
	execution, err := m.executions.Read(ctx, email.link.Execution)
	if err != nil { // the e-mail shows the links as they are
		return
	}
	if execution.Status == approval.StatusMoving {
		execution.Status = approval.StatusWaiting // because a click waits for the next task
	}
	email.Approve.Closed = closed(execution.Refusal(email.link, approval.Approve))
	email.Reject.Closed = closed(execution.Refusal(email.link, approval.Reject))
}

func closed(refusal error) string {
	switch approval.CodeOf(refusal) {
	case "":
		return ""
	case approval.CodeAlreadyCounted:
		return "this approver has approved"
	}
	return "the execution has ended"
}
