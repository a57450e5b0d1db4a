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

// SNS's own limits: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
const (
	maxSubject = 99      // characters; fewer than 100
	maxMessage = 262_144 // bytes
)

// mailbox keeps the e-mails that SNS would send. It is an approval.Notifier, and as an http.Handler it shows them as
// JSON, newest last.
type mailbox struct {
	mu     sync.Mutex
	emails []mail
}

type mail struct {
	To      string `json:"to"`
	Subject string `json:"subject"`
	Body    string `json:"body"`
}

// Audience is the one approver.
func (m *mailbox) Audience(context.Context) (approval.Audience, error) {
	return approval.Audience{Confirmed: 1}, nil
}

// Notify takes what SNS would take.
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
	foreign := func(r rune) bool { return r > unicode.MaxASCII || unicode.IsControl(r) }
	switch {
	case email.Subject == "" || len(email.Subject) > maxSubject || strings.ContainsFunc(email.Subject, foreign),
		strings.HasPrefix(email.Subject, " "):
		return errors.New("InvalidParameter: Invalid parameter: Subject")
	case email.Body == "":
		return errors.New("InvalidParameter: Invalid parameter: Empty message")
	case len(email.Body) > maxMessage:
		return errors.New("InvalidParameter: Invalid parameter: Message too long")
	}
	return nil
}

func (m *mailbox) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	m.mu.Lock()
	emails := append([]mail{}, m.emails...) // never null
	m.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false) // a link can be read as it is
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(emails) // a client that is gone changes nothing
}
