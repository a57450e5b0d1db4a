package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/approval/approvaltest"
	"approval-workflow/handler/web"
)

// event is the event about the end of the execution in payload, which was stopped.
const event = `{"source": "aws.states", "detail-type": "Step Functions Execution Status Change", "detail": {
	"executionArn": "arn:aws:states:eu-west-1:123456789012:execution:approval-workflow:release-42", "name": "release-42",
	"status": "ABORTED", "startDate": 1795339805123, "stopDate": 1795339905123, "input": "{}", "cause": "` + token + `"}}`

func untouched(*approvaltest.Fake) {}

func announce(err error) func(*approvaltest.Fake) {
	return func(f *approvaltest.Fake) { f.AnnounceErr = func(approval.Notice) error { return err } }
}

// TestExecutionEnded checks the answers to events, and what the log says about them. Only an error makes Lambda try the event again.
func TestExecutionEnded(t *testing.T) {
	for name, test := range map[string]struct {
		event            string
		prepare          func(*approvaltest.Fake)
		status           int
		level, outcome   string
		message, logged  string
		notices          int
		unknownExecution bool
	}{
		"reported": {event, untouched, 200, "INFO", "reported", "Outcome reported", "", 1, false},
		"history refused": {event, func(f *approvaltest.Fake) { f.ReadErr = errRefused }, 200, "INFO", "reported", "Outcome reported",
			"publish: [task token] is refused", 1, false},
		"history throttled": {event, func(f *approvaltest.Fake) { f.ReadErr = errThrottled }, 503, "ERROR", "NotificationUnavailableError",
			"A retry may help. throttled", "throttled", 0, false},
		"not sent": {event, announce(errRefused), 502, "ERROR", "NotificationRefusedError", "refused. A retry does not help",
			"[task token] is refused", 0, false},
		"throttled": {event, announce(fmt.Errorf("%w: %w", errRefused, context.DeadlineExceeded)), 503, "ERROR",
			"NotificationUnavailableError", "A retry may help", "[task token] is refused", 0, false},
		"another event": {strings.Replace(event, "aws.states", "x", 1), untouched, 400, "ERROR", "InvalidEvent",
			"not from Step Functions", "", 0, true},
		"no event": {token, untouched, 400, "ERROR", "InvalidEvent", "not JSON", "", 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClient(t)
			c.aws.End("release-42", approval.StatusAborted, "")
			test.prepare(c.aws)
			response := c.sendEvent(web.ExecutionEnded, test.event)
			var got struct{ Error, Message string }
			if err := json.Unmarshal(response.Body.Bytes(), &got); err != nil || response.Code != test.status ||
				!strings.Contains(got.Message, test.message) {
				t.Errorf("answer = %d %+v, error %v, want %d and %q", response.Code, got, err, test.status, test.message)
			}
			logs := c.logs.String()
			line, execution := c.lastLog(), "release-42"
			if test.unknownExecution {
				execution = ""
			}
			if line["level"] != test.level || line["outcome"] != test.outcome || line["execution"] != execution ||
				!strings.Contains(logs[strings.LastIndex(strings.TrimSpace(logs), "\n")+1:], test.logged) {
				t.Errorf("log = %v, want level %s, outcome %s, execution %q, error %q", line, test.level, test.outcome, execution, test.logged)
			}
			if got := len(c.aws.Notices()); got != test.notices {
				t.Errorf("%d notices, want %d", got, test.notices)
			}
		})
	}
}

// TestExecutionEndedFromTheGateway checks that nobody but AWS can report an end.
func TestExecutionEndedFromTheGateway(t *testing.T) {
	c := newClient(t)
	request := newRequest("POST", web.ExecutionEnded, nil)
	request.Body = io.NopCloser(strings.NewReader(event))
	if got := c.do(request).Code; got != http.StatusNotFound || len(c.aws.Notices()) > 0 {
		t.Errorf("status = %d with %d notices, want 404 and none", got, len(c.aws.Notices()))
	}
}

// TestWithdrawalOnThePage checks that a later click learns why the request was withdrawn.
func TestWithdrawalOnThePage(t *testing.T) {
	c := newClient(t)
	c.aws.Stop("release-42", "Typo in \"orders\" <b>\nNext: orders_2020")
	want := stopped.with(stopped.message + ` They wrote: "Typo in "orders" <b>` + "\nNext: orders_2020\"")
	c.check(c.post(c.approve(), nil), want)
	page := c.getPage(c.approve()).Body.String()
	if want := "Typo in &#34;orders&#34; &lt;b&gt;\nNext: orders_2020"; !strings.Contains(page, want) {
		t.Errorf("the page does not contain %q:\n%s", want, page)
	}
}
