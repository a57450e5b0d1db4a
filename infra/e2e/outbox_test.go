//go:build e2e

package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// outbox reads the e-mails from the sandbox. Calls that wait at the same time share one answer.
type outbox struct {
	mu     sync.Mutex
	asked  time.Time
	emails map[address][]email // the newest last
}

// about returns the e-mails about an execution that were sent before now, by their approvers. Each approver must have one.
func (o *outbox) about(execution string, approvers []string) (map[string][]email, error) {
	now := time.Now()
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.asked.Before(now) {
		if err := o.refresh(); err != nil {
			return nil, err
		}
	}
	emails := map[string][]email{}
	for _, approver := range approvers {
		emails[approver] = o.emails[address{execution, approver}]
		if len(emails[approver]) == 0 {
			return nil, fmt.Errorf("no e-mail was sent to %s", approver)
		}
	}
	return emails, nil
}

// refresh reads all e-mails to approvers. It returns an error if one of them was delivered to somebody whom it does not name.
func (o *outbox) refresh() error {
	o.asked = time.Now()
	mails, err := sentMails()
	if err != nil {
		return err
	}
	o.emails = map[address][]email{}
	for _, m := range mails {
		if m.toOperators() {
			continue
		}
		if approver := m.Message.approver(); approver != m.To {
			return fmt.Errorf("an e-mail for %q went to %q", approver, m.To)
		}
		key := address{m.Message.execution(), m.To}
		o.emails[key] = append(o.emails[key], m.Message)
	}
	return nil
}

// mail is an e-mail that the sandbox delivered.
type mail struct {
	To      string
	Topic   string `json:"topic_arn"`
	Message email
}

// toOperators reports whether the e-mail is about an execution that failed. It asks nobody.
func (m mail) toOperators() bool { return strings.Contains(m.Topic, "-alarms-") }

// sentMails returns the e-mails of all topics, the newest last.
func sentMails() (mails []mail, err error) {
	err = sandbox(http.MethodGet, "outbox", nil, &mails)
	return mails, err
}
