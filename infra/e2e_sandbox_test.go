//go:build e2e

package infra_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"sync"
	"testing"
	"time"
)

type call struct{ Service, Operation, Caller, Resource string }

func deniedCalls(t *testing.T) (denied []call) {
	t.Helper()
	if err := sandbox(http.MethodGet, "calls?denied=true", nil, &denied); err != nil {
		t.Fatal(err)
	}
	return denied
}

// sandbox calls the sandbox's own interface: it sends a JSON object, unless it is nil, and decodes the answer.
func sandbox(method, path string, object, into any) error {
	var body bytes.Buffer
	if object != nil {
		if err := json.NewEncoder(&body).Encode(object); err != nil {
			return err
		}
	}
	request, err := http.NewRequest(method, os.Getenv("AWS_ENDPOINT_URL")+"/_sandbox/"+path, &body)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("sandbox: %s %s: %s", method, path, response.Status)
	}
	return json.NewDecoder(response.Body).Decode(into)
}

// clearFaults takes back the faults that are still to be met.
func clearFaults(t *testing.T) {
	t.Helper()
	if err := sandbox(http.MethodDelete, "faults", nil, new(any)); err != nil {
		t.Error(err)
	}
}

var executionPattern = regexp.MustCompile(`arn:\S+:execution:\S+`)

// outbox holds the e-mails as they were when last asked for.
type outbox struct {
	mu     sync.Mutex
	asked  time.Time
	emails map[string][]email // by the execution's ARN, newest last
}

// of returns the e-mails about an execution that were sent before now.
func (o *outbox) of(execution string) ([]email, error) {
	now := time.Now()
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.asked.Before(now) {
		o.asked = time.Now()
		var sent []struct{ Message string }
		if err := sandbox(http.MethodGet, "outbox", nil, &sent); err != nil {
			return nil, err
		}
		o.emails = map[string][]email{}
		for _, s := range sent {
			execution := executionPattern.FindString(s.Message)
			o.emails[execution] = append(o.emails[execution], email(s.Message))
		}
	}
	emails := o.emails[execution]
	if len(emails) == 0 {
		return nil, errors.New("no e-mail was sent")
	}
	return emails, nil
}
