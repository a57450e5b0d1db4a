package web_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/approval/approvaltest"
)

// sendErrors are the answers to the task if nothing is sent.
var sendErrors = []struct {
	name, payload string
	fail          func(*approvaltest.Fake)
	status        int
	code, message string
	execution     string
}{
	{name: "malformed payload", payload: payload("{}", 1)[:40], status: 400, code: "InvalidRequestError", message: "not JSON"},
	{name: "incomplete payload", payload: `{"taskToken":"` + token + `"}`, status: 400, code: "InvalidRequestError", message: "missing"},
	{name: "no input", payload: strings.Replace(payload("{}", 1), `"input"`, `"other"`, 1),
		status: 400, code: "InvalidRequestError", message: "input is missing", execution: "release-42"},
	{name: "too few approvers", payload: payload("{}", 2), fail: func(f *approvaltest.Fake) { f.ConfirmedAddresses = []string{ann} },
		status: 412, code: "TooFewApproversError", message: "Not confirmed: " + bob + ", " + carol, execution: "release-42"},
	{name: "refused", payload: payload("{}", 1), fail: notify(errRefused),
		status: 502, code: "NotificationRefusedError", message: "publish: [task token] is refused", execution: "release-42"},
	{name: "unavailable", payload: payload("{}", 1), fail: notify(fmt.Errorf("%w: %w", errRefused, context.DeadlineExceeded)),
		status: 503, code: "NotificationUnavailableError", message: "publish: [task token] is refused", execution: "release-42"},
	{name: "no list", payload: payload("{}", 1), fail: func(f *approvaltest.Fake) { f.ConfirmedErr = errors.New("list: denied") },
		status: 502, code: "NotificationRefusedError", message: "list: denied", execution: "release-42"},
	{name: "no key for now", payload: payload("{}", 1), fail: func(f *approvaltest.Fake) { f.KeyErr = errThrottled },
		status: 503, code: "NotificationUnavailableError", message: "key: throttled", execution: "release-42"},
	{name: "no key", payload: payload("{}", 1), fail: func(f *approvaltest.Fake) { f.KeyErr = errors.New("key: denied") },
		status: 502, code: "NotificationRefusedError", message: "key: denied", execution: "release-42"},
}

var (
	errRefused   = errors.New("publish: " + token + " is refused")
	errThrottled = &approval.Error{Code: approval.CodeUnavailable, Err: errors.New("key: throttled")}
)

func notify(err error) func(*approvaltest.Fake) {
	return func(f *approvaltest.Fake) { f.NotifyErr = func(string) error { return err } }
}

func TestSendRequestFails(t *testing.T) {
	for _, test := range sendErrors {
		t.Run(test.name, func(t *testing.T) {
			c := newClient(t)
			if test.fail != nil {
				test.fail(c.aws)
			}
			before := len(c.aws.Emails())
			response := c.send(test.payload)
			got := decode(t, response)
			if response.Code != test.status || got.Error != test.code || !strings.Contains(got.Message, test.message) {
				t.Errorf("answer = %d %+v, want %d %s with %q", response.Code, got, test.status, test.code, test.message)
			}
			c.checkTaskLog("ERROR", test.code, test.execution)
			if sent := len(c.aws.Emails()) - before; sent != 0 {
				t.Errorf("%d e-mails were sent, want none", sent)
			}
		})
	}
}
