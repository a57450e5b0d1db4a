package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"unicode"

	"approval-workflow/handler/approval"
)

const approver = "approver@example.com"

// SNS's limits. https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
const (
	maxSubject = 99      // characters
	maxMessage = 262_144 // bytes
)

// mailbox is an approval.Notifier that keeps the e-mails in memory. As an http.Handler it returns them as JSON, the oldest
// first.
type mailbox struct {
	mu     sync.Mutex
	emails []mail
}

type mail struct {
	To      string `json:"to"`
	Subject string `json:"subject"`
	Body    string `json:"body"`
}

// Subscribers implements [approval.Notifier]. There is always one approver.
func (m *mailbox) Subscribers(context.Context) (approval.Subscribers, error) {
	return approval.Subscribers{Confirmed: 1}, nil
}

// Notify implements [approval.Notifier]. It refuses the e-mails that SNS would refuse.
func (m *mailbox) Notify(_ context.Context, email approval.Email) error {
	if err := checkEmail(email); err != nil {
		return &approval.Error{Code: approval.CodeNotificationRefused, Err: err}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.emails = append(m.emails, mail{approver, email.Subject, email.Body})
	return nil
}

func checkEmail(email approval.Email) error {
	unprintable := func(r rune) bool { return r > unicode.MaxASCII || unicode.IsControl(r) }
	switch {
	case email.Subject == "" || len(email.Subject) > maxSubject || strings.ContainsFunc(email.Subject, unprintable),
		strings.HasPrefix(email.Subject, " "):
		return errors.New("InvalidParameter: Invalid parameter: Subject")
	case email.Body == "":
		return errors.New("InvalidParameter: Invalid parameter: Empty message")
	case len(email.Body) > maxMessage:
		return errors.New("InvalidParameter: Invalid parameter: Message too long")
	}
	return nil
}

// ServeHTTP implements [http.Handler].
func (m *mailbox) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	m.mu.Lock()
	emails := append([]mail{}, m.emails...) // an empty list is [], not null
	m.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false) // keeps the & in the links readable
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(emails) // the client may be gone
}
