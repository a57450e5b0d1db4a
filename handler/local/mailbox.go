package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"approval-workflow/handler/approval"
)

// SNS's limits. https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
const (
	maxSubject = 99      // characters; an emoji may count as two
	maxMessage = 262_144 // bytes
)

// mailbox is an approval.Notifier that keeps the e-mails in memory.
type mailbox struct {
	approvers []string

	mu     sync.Mutex
	emails []mail // the oldest first
}

// mail is an e-mail with the address that it is for.
type mail struct {
	To      string `json:"to"`
	Subject string `json:"subject"`
	Body    string `json:"body"`
	// ReceivedAt is when it came, in UTC.
	ReceivedAt time.Time `json:"receivedAt"`
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
	m.emails = append(m.emails, mail{email.To, email.Subject, email.Body, time.Now().UTC()})
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

// list returns the e-mails, the oldest first.
func (m *mailbox) list() []mail {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.emails)
}
