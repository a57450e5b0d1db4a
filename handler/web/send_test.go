package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/approval/approvaltest"
)

var (
	// further and reminder make the payloads of later tasks.
	further = strings.NewReplacer(`"approvals": []`,
		`"approvals": [{"approver": "`+ann+`", "decidedAt": "2000-01-01T00:00:00Z", "ageSeconds": 1}]`)
	reminder = strings.NewReplacer(`"retryCount": 0`, `"retryCount": 1`)

	errThrottled = fmt.Errorf("throttled: %w", approval.ErrUnavailable)
	errRefused   = errors.New("publish: " + token + " is refused")
)

// sendTests are the answers to the task. The outcome of a failure is the code in its JSON.
var sendTests = []struct {
	name, payload    string
	fail             func(*approvaltest.Fake)
	status, emails   int
	outcome, message string
	unknown          bool // the name of the execution
	unusedKeys       any  // in the log
	unreachable      any  // in the log
}{
	{name: "first e-mail", payload: payload("[]", 2), status: 200, outcome: "requested", emails: 3},
	{name: "webhook", payload: payload(`{"review": {"id": 1}, "subject": ["x"], "message": "y"}`, 1), status: 200, outcome: "requested",
		emails: 3, unusedKeys: "subject (only a string is read), review (only a string is read)"},
	{name: "one not confirmed", payload: two, fail: confirmed(ann, carol), status: 200, outcome: "requested", emails: 2, unreachable: bob},
	{name: "reminder", payload: reminder.Replace(two), status: 200, outcome: "reminded", emails: 3},
	{name: "further round", payload: further.Replace(two), status: 200, outcome: "continued"},
	{name: "reminder in a further round", payload: reminder.Replace(further.Replace(two)), status: 200, outcome: "reminded", emails: 2},

	{name: "malformed payload", payload: one[:40], status: 400, outcome: "InvalidRequestError", message: "not JSON", unknown: true},
	{name: "incomplete payload", payload: `{"taskToken":"` + token + `"}`,
		status: 400, outcome: "InvalidRequestError", message: "missing", unknown: true},
	{name: "no input", payload: strings.Replace(one, `"input"`, `"other"`, 1),
		status: 400, outcome: "InvalidRequestError", message: "input is missing"},
	{name: "too few approvers", payload: two, fail: confirmed(ann), status: 412, outcome: "TooFewApproversError",
		message: "Not confirmed: " + bob + ", " + carol, unreachable: bob + ", " + carol},
	{name: "refused", payload: one, fail: notify(errRefused),
		status: 502, outcome: "NotificationRefusedError", message: "permissions. publish: [task token] is refused"},
	{name: "slow", payload: one, fail: notify(fmt.Errorf("%w: %w", errRefused, context.DeadlineExceeded)),
		status: 503, outcome: "NotificationUnavailableError", message: "A retry may help. publish: [task token] is refused"},
	{name: "throttled", payload: one, fail: notify(errThrottled),
		status: 503, outcome: "NotificationUnavailableError", message: "throttled: unavailable"},
	{name: "no list", payload: one, fail: func(f *approvaltest.Fake) { f.ConfirmedErr = errors.New("list: denied") },
		status: 502, outcome: "NotificationRefusedError", message: "list: denied"},
	{name: "no key for now", payload: one, fail: func(f *approvaltest.Fake) { f.KeyErr = errThrottled },
		status: 503, outcome: "NotificationUnavailableError", message: "throttled: unavailable"},
	{name: "no key", payload: one, fail: func(f *approvaltest.Fake) { f.KeyErr = errors.New("key: denied") },
		status: 502, outcome: "NotificationRefusedError", message: "key: denied"},
}

func confirmed(addresses ...string) func(*approvaltest.Fake) {
	return func(f *approvaltest.Fake) { f.ConfirmedAddresses = addresses }
}

func notify(err error) func(*approvaltest.Fake) {
	return func(f *approvaltest.Fake) { f.NotifyErr = func(string) error { return err } }
}

func TestSendRequest(t *testing.T) {
	for _, test := range sendTests {
		t.Run(test.name, func(t *testing.T) {
			c := newClient(t)
			if test.fail != nil {
				test.fail(c.aws)
			}
			before := len(c.aws.Emails())
			response := c.send(strings.NewReader(test.payload))
			level, message, code, execution := "ERROR", test.message, test.outcome, "release-42"
			if test.unknown {
				execution = ""
			}
			if test.status == http.StatusOK {
				level, message, code = "INFO", "Approval requested", ""
			}
			var got struct{ Error, Message string }
			if err := json.Unmarshal(response.Body.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			if response.Code != test.status || got.Error != code || !strings.Contains(got.Message, message) {
				t.Errorf("answer = %d %+v, want %d %s with %q", response.Code, got, test.status, code, message)
			}
			line := c.lastLog()
			if line["level"] != level || line["outcome"] != test.outcome || line["execution"] != execution || line["approver"] != nil ||
				line["unusedKeys"] != test.unusedKeys || line["unreachable"] != test.unreachable {
				t.Errorf("log = %v, want level %s, outcome %s, execution %q, keys %v, unreachable %v",
					line, level, test.outcome, execution, test.unusedKeys, test.unreachable)
			}
			if got := len(c.aws.Emails()) - before; got != test.emails {
				t.Errorf("%d e-mails were sent, want %d", got, test.emails)
			}
		})
	}
}

func TestSendRequestThatCannotBeRead(t *testing.T) {
	c := newClient(t)
	c.check(c.send(iotest.ErrReader(errors.New("reset"))), notRecorded.with(notRecorded.message+" reset").unverified())
}
