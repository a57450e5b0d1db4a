//go:build e2e

package e2e

import (
	"errors"
	"net/http"
	"regexp"
	"sync"
	"time"
)

var executionPattern = regexp.MustCompile(`arn:\S+:execution:\S+`)

// outbox reads the e-mails from the sandbox. Calls that wait at the same time share one answer.
type outbox struct {
	mu     sync.Mutex
	asked  time.Time
	emails map[string][]email // by the ARN of the execution, the newest last
}

// about returns the e-mails about an execution that were sent before now.
func (o *outbox) about(execution string) ([]email, error) {
	now := time.Now()
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.asked.Before(now) {
		if err := o.refresh(); err != nil {
			return nil, err
		}
	}
	emails := o.emails[execution]
	if len(emails) == 0 {
		return nil, errors.New("no e-mail was sent")
	}
	return emails, nil
}

func (o *outbox) refresh() error {
	o.asked = time.Now()
	var sent []struct{ Message string }
	if err := sandbox(http.MethodGet, "outbox", nil, &sent); err != nil {
		return err
	}
	o.emails = map[string][]email{}
	for _, s := range sent {
		execution := executionPattern.FindString(s.Message)
		o.emails[execution] = append(o.emails[execution], email(s.Message))
	}
	return nil
}
