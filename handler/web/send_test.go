package web_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/web"
)

var payload = fmt.Sprintf(`{"taskToken":%q,"input":[],"schedule":{"intervalSeconds":60,"pauseSeconds":1,"reminders":1},"retryCount":0,
	"execution":{"name":"release-42","startedAt":"2016-11-22T09:30:05Z",
	"id":"arn:aws:states:eu-west-1:123456789012:execution:approval-workflow:release-42"}}`, token)

// send sends a payload as the state machine's task. It prefers a page, which a task never gets.
func (c *client) send(body string) *httptest.ResponseRecorder {
	c.t.Helper()
	request := httptest.NewRequest("POST", web.SendRequest, strings.NewReader(body))
	request.Header.Set("Accept", "text/html")
	return c.do(request.WithContext(web.WithTask(c.t.Context())))
}

func TestSendRequest(t *testing.T) {
	for name, test := range map[string]struct{ payload, outcome string }{
		"first e-mail": {payload, "requested"},
		"reminder":     {strings.Replace(payload, `"retryCount":0`, `"retryCount":1`, 1), "reminded"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClient(t)
			response := c.send(test.payload)
			if got, want := decode(t, response), (body{Message: "Approval requested"}); response.Code != http.StatusOK || got != want {
				t.Errorf("answer = %d %+v, want %d %+v", response.Code, got, http.StatusOK, want)
			}
			c.checkTaskLog("INFO", test.outcome, "release-42")
			if got := len(c.aws.Emails()); got != 1 {
				t.Errorf("%d e-mails were sent, want 1", got)
			}
		})
	}
}

func TestSendRequestFails(t *testing.T) {
	refused := errors.New("publish: " + token + " is refused")
	late := fmt.Errorf("%w: %w", refused, context.DeadlineExceeded)
	tests := []struct {
		name, payload string
		subscribers   approval.Subscribers
		notifyErr     error
		status        int
		code, message string
		execution     string
	}{
		{name: "malformed payload", payload: payload[:40], status: 400, code: "InvalidRequestError", message: "not JSON"},
		{name: "incomplete payload", payload: `{"taskToken":"` + token + `"}`, status: 400, code: "InvalidRequestError", message: "missing"},
		{name: "no input", payload: strings.Replace(payload, `"input"`, `"other"`, 1),
			status: 400, code: "InvalidRequestError", message: "input is missing", execution: "release-42"},
		{name: "no subscriber", payload: payload, subscribers: approval.Subscribers{Pending: 1},
			status: 412, code: "NoConfirmedApproverError", message: "pending: 1", execution: "release-42"},
		{name: "refused", payload: payload, notifyErr: refused,
			status: 502, code: "NotificationRefusedError", message: "publish: [task token] is refused", execution: "release-42"},
		{name: "unavailable", payload: payload, notifyErr: late,
			status: 503, code: "NotificationUnavailableError", message: "publish: [task token] is refused", execution: "release-42"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := newClient(t)
			if test.subscribers != (approval.Subscribers{}) {
				c.aws.Subscriptions = test.subscribers
			}
			c.aws.NotifyErr = test.notifyErr
			response := c.send(test.payload)
			got := decode(t, response)
			if response.Code != test.status || got.Error != test.code || !strings.Contains(got.Message, test.message) {
				t.Errorf("answer = %d %+v, want %d %s with %q", response.Code, got, test.status, test.code, test.message)
			}
			c.checkTaskLog("ERROR", test.code, test.execution)
		})
	}
}

func TestSendRequestThatCannotBeRead(t *testing.T) {
	c := newClient(t)
	request := httptest.NewRequest("POST", web.SendRequest, iotest.ErrReader(errors.New("reset")))
	response := c.do(request.WithContext(web.WithTask(t.Context())))
	if got := decode(t, response).Error; response.Code != http.StatusInternalServerError || got != "Internal" {
		t.Errorf("answer = %d %s, want %d Internal", response.Code, got, http.StatusInternalServerError)
	}
	c.checkTaskLog("ERROR", "Internal", "")
}

func (c *client) checkTaskLog(level, outcome, execution string) {
	c.t.Helper()
	line := c.lastLog()
	if line["level"] != level || line["outcome"] != outcome || line["execution"] != execution {
		c.t.Errorf("log = %v, want level %s, outcome %s, execution %q", line, level, outcome, execution)
	}
}
