package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
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

// Whom the topics of notices reach, as the settings of the deployment name them.
const (
	toTeam      = "everybody in notify"
	toOperators = "everybody in alarmEmail"
)

// kind is what an e-mail is.
type kind string

// The kinds. Only a request and a reminder ask for a decision.
const (
	kindRequest  kind = "request"
	kindReminder kind = "reminder"
	kindReceipt  kind = "receipt" // for somebody's own decision
	kindOutcome  kind = "outcome"
	kindFailure  kind = "failure" // for the operators
)

// mailbox is an [approval.Notifier] that keeps the e-mails in memory, and shows them with the state of each link.
type mailbox struct {
	config     approval.Config
	executions approval.Executions

	mu     sync.Mutex
	emails []mail // the oldest first
}

// mail is an e-mail as GET /emails shows it.
type mail struct {
	// Kind says what it is.
	Kind kind `json:"kind"`
	// To is the address, or whom a topic reaches.
	To string `json:"to"`
	// Group is the group that the execution asks, or "" if its input names none.
	Group   string `json:"group,omitempty"`
	Subject string `json:"subject"`
	Body    string `json:"body"`
	// ReceivedAt is when it came, in UTC.
	ReceivedAt time.Time `json:"receivedAt"`
	// ExecutionARN identifies the execution that the e-mail is about.
	ExecutionARN string `json:"executionArn"`
	// Approve and Reject are the links of an e-mail that asks for a decision.
	Approve mailLink `json:"approve,omitzero"`
	Reject  mailLink `json:"reject,omitzero"`

	link approval.Link // names at least the execution
}

// asks reports whether an e-mail asks for a decision.
func (m mail) asks() bool { return m.Kind == kindRequest || m.Kind == kindReminder }

// mailLink is a link of an e-mail.
type mailLink struct {
	URL string `json:"url"`
	// Closed says why the link no longer decides. It is empty for a link that works.
	Closed string `json:"closed,omitempty"`
}

// Confirmed implements [approval.Notifier]. All approvers and all members of groups have confirmed.
func (m *mailbox) Confirmed(context.Context) ([]string, error) {
	members := slices.Collect(maps.Values(m.config.Groups))
	return slices.Concat(append(members, m.config.Approvers)...), nil
}

// Notify implements [approval.Notifier]. It refuses the e-mails that SNS would refuse.
func (m *mailbox) Notify(_ context.Context, email approval.Email) error {
	received := mail{
		Kind: kindRequest, To: email.To, Subject: email.Subject, Body: email.Body,
		Approve: mailLink{URL: email.ApproveURL}, Reject: mailLink{URL: email.RejectURL}, link: email.Link,
	}
	if email.Reminder > 0 {
		received.Kind = kindReminder
	}
	return m.receive(received)
}

// Announce implements [approval.Notifier]. It refuses the notices that SNS would refuse.
func (m *mailbox) Announce(_ context.Context, notice approval.Notice) error {
	received := mail{
		Kind: kindOutcome, To: notice.To, Subject: notice.Subject, Body: notice.Body, link: approval.Link{Execution: notice.Execution},
	}
	switch {
	case notice.Receipt:
		received.Kind = kindReceipt
	case notice.Audience == approval.AudienceTeam:
		received.To = toTeam
	case notice.Audience == approval.AudienceOperators:
		received.Kind, received.To = kindFailure, toOperators
	}
	return m.receive(received)
}

// receive adds an e-mail, unless SNS would refuse it.
func (m *mailbox) receive(email mail) error {
	if err := checkPublish(email.Subject, email.Body); err != nil {
		return err
	}
	email.ExecutionARN = stepfunctions.ExecutionARN(email.link.Execution)
	m.mu.Lock()
	defer m.mu.Unlock()
	email.ReceivedAt = time.Now().UTC()
	m.emails = append(m.emails, email)
	return nil
}

// checkPublish returns the error of SNS for a subject and a message that it refuses.
func checkPublish(subject, message string) error {
	refused := func(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp) }
	length := len(utf16.Encode([]rune(subject)))
	switch {
	case length == 0 || length > maxSubject || !utf8.ValidString(subject) || strings.ContainsFunc(subject, refused),
		strings.HasPrefix(subject, " "):
		return errors.New("InvalidParameter: Invalid parameter: Subject")
	case message == "":
		return errors.New("InvalidParameter: Invalid parameter: Empty message")
	case len(message) > maxMessage:
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
		if email.asks() && email.Approve.Closed == "" {
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

// look says which group the execution of an e-mail asks, and why its links no longer decide.
func (m *mailbox) look(ctx context.Context, email *mail) {
	execution, err := m.executions.Read(ctx, email.link.Execution)
	if err != nil { // the e-mail shows the links as they are
		return
	}
	if execution.Status == approval.StatusMoving {
		execution.Status = approval.StatusWaiting // because a click waits for the next task
	}
	email.Group = m.config.Progress(execution).Group
	if !email.asks() {
		return
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
