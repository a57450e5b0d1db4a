//go:build e2e

package e2e

import (
	"cmp"
	"net/http"
	"os"
	"strings"
	"testing"
)

// errorCase provokes an error of the README's table of errors.
type errorCase struct {
	name     string
	fault    fault    // the zero value injects nothing
	input    string   // of the execution. The default is {}.
	function []string // arguments of the AWS CLI that break the function until the next deployment

	clicks []int  // the expected answers to a click on each e-mail, the oldest first
	error  string // the expected error of the execution, or "" if a click approves it
	cause  string // a part of the expected cause
}

var decides = []int{http.StatusOK}

// publishFails returns a fault of SNS for the next calls. The SDK tries a call three times before the state machine
// retries.
func publishFails(times, status int, code string) fault {
	return fault{Service: "sns", Operation: "Publish", Times: times, Status: status, Code: code}
}

func invokeFails(status int, code string) fault {
	return fault{Service: "lambda", Operation: "Invoke", Times: 1, Status: status, Code: code}
}

// refusals are errors that the state machine does not retry. Their faults still fail three times, because the SDK
// retries if the connection breaks.
var refusals = []errorCase{
	{
		name: "InvalidRequestError", input: `"` + strings.Repeat("x", 254_000) + `"`,
		error: "NotSent", cause: "no room for the decision",
	},
	{
		name: "NotificationRefusedError of Publish", fault: publishFails(3, http.StatusForbidden, "AuthorizationError"),
		error: "NotSent", cause: "Check the topic and the function's permissions",
	},
	{
		name:  "NotificationRefusedError of GetTopicAttributes",
		fault: fault{Service: "sns", Operation: "GetTopicAttributes", Times: 3, Status: http.StatusNotFound, Code: "NotFound"},
		error: "NotSent", cause: "count the topic's subscriptions",
	},
	{name: "Runtime.ExitError", function: []string{"--environment", "Variables={}"}, error: "NotSent", cause: "Runtime.ExitError"},
}

// outages are errors that the state machine retries.
var outages = []errorCase{
	{name: "NotificationUnavailableError: throttled", fault: publishFails(3, 429, "Throttled"), clicks: decides},
	{name: "NotificationUnavailableError: outage", fault: publishFails(3, 500, "InternalError"), clicks: decides},
	{name: "NotificationUnavailableError: no answer in time", fault: publishFails(1, 500, "").late(12_000), clicks: decides},
	{name: "Lambda.TooManyRequestsException", fault: invokeFails(429, "TooManyRequestsException"), clicks: decides},
	{name: "Lambda.ServiceException", fault: invokeFails(500, "ServiceException"), clicks: decides},
	{name: "Lambda.AWSLambdaException", fault: invokeFails(503, "ServiceUnavailable"), clicks: decides},
	{
		name: "Sandbox.Timedout", function: []string{"--timeout", "2"},
		fault: publishFails(1, 500, "InternalError").late(5_000), clicks: decides,
	},
}

// lostAnswers are errors after the e-mail was sent. The function cannot know that it was, so there is a second e-mail.
var lostAnswers = []errorCase{
	{
		name: "lost answer of SNS", fault: publishFails(1, 500, "InternalError").afterCall(),
		clicks: []int{http.StatusOK, http.StatusConflict},
	},
	{
		name: "lost answer of Lambda", fault: invokeFails(500, "ServiceException").afterCall(),
		clicks: []int{http.StatusGone, http.StatusOK},
	},
}

// provokeErrors provokes each error. The state machine retries a transient error until it is gone. A permanent error ends
// the execution. No e-mail is sent twice if that can be known.
func provokeErrors(t *testing.T, s *stack, box mailbox) {
	if os.Getenv("SANDBOX_GATEWAY") == "" {
		t.Skip("only the sandbox can make AWS fail")
	}
	for _, cases := range [][]errorCase{refusals, outages, lostAnswers} {
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) { c.run(t, s, box) })
		}
	}
}

func (c errorCase) run(t *testing.T, s *stack, box mailbox) {
	if c.function != nil {
		update := []string{"lambda", "update-function-configuration", "--function-name", s.output(t, "functionName")}
		aws(t, nil, append(update, c.function...)...)
		defer s.pulumi(t, "up", "--yes", "--skip-preview", "--refresh")
	}
	if c.fault != (fault{}) {
		inject(t, c.fault)
	}
	execution := s.start(t, cmp.Or(c.input, `{}`))
	var emails []email
	for range c.clicks {
		emails = append(emails, box.take(t, execution))
	}
	for i, status := range c.clicks {
		s.open(t, emails[i].link(t, "/approve"), status, "")
	}
	if got := wait(t, execution); c.error == "" {
		got.checkSucceeded(t, "")
	} else {
		got.checkFailed(t, c.error, c.cause)
	}
	if !box.empty(t) {
		t.Errorf("more than %d e-mails were sent", len(emails))
	}
}
