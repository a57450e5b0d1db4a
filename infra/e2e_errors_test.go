//go:build e2e

package infra_test

import (
	"cmp"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
)

// failure is a row of the README's table of errors, as the sandbox can bring it about.
type failure struct {
	name  string
	fault string // of the sandbox, as JSON
	input string // {} if empty

	function []string // arguments of the AWS CLI that break the function until it is deployed again

	clicks []int  // the answers to a click on each e-mail that is sent, the oldest first
	error  string // ends the execution, unless a click approves it
	cause  string // a part of it
}

var decides = []int{http.StatusOK}

var failures = []failure{
	{name: "InvalidRequestError", input: `"` + strings.Repeat("x", 254_000) + `"`, error: "NotSent", cause: "no room for the decision"},
	// Met once, unless the connection breaks: then the SDK tries again.
	{name: "NotificationRefusedError", fault: `{"service": "sns", "operation": "Publish", "times": 3, "status": 403, "code": "AuthorizationError"}`,
		error: "NotSent", cause: "check the topic and the function's permissions"},
	{name: "NotificationRefusedError", fault: `{"service": "sns", "operation": "GetTopicAttributes", "times": 3, "status": 404, "code": "NotFound"}`,
		error: "NotSent", cause: "count the topic's subscriptions"},
	// The SDK tries three times before the state machine does.
	{name: "NotificationUnavailableError", fault: `{"service": "sns", "operation": "Publish", "times": 3, "status": 429, "code": "Throttled"}`, clicks: decides},
	{name: "NotificationUnavailableError", fault: `{"service": "sns", "operation": "Publish", "times": 3, "status": 500, "code": "InternalError"}`, clicks: decides},
	{name: "NotificationUnavailableError", fault: `{"service": "sns", "operation": "Publish", "times": 1, "status": 500, "latency_ms": 12000}`, clicks: decides},
	{name: "Lambda.TooManyRequestsException", clicks: decides,
		fault: `{"service": "lambda", "operation": "Invoke", "times": 1, "status": 429, "code": "TooManyRequestsException"}`},
	{name: "Lambda.ServiceException", clicks: decides,
		fault: `{"service": "lambda", "operation": "Invoke", "times": 1, "status": 500, "code": "ServiceException"}`},
	{name: "Lambda.AWSLambdaException", clicks: decides,
		fault: `{"service": "lambda", "operation": "Invoke", "times": 1, "status": 503, "code": "ServiceUnavailable"}`},
	// Whether the e-mail was sent cannot be known.
	{name: "lost answer of SNS", clicks: []int{http.StatusOK, http.StatusConflict},
		fault: `{"service": "sns", "operation": "Publish", "times": 1, "status": 500, "code": "InternalError", "after": true}`},
	{name: "lost answer of Lambda", clicks: []int{http.StatusGone, http.StatusOK},
		fault: `{"service": "lambda", "operation": "Invoke", "times": 1, "status": 500, "code": "ServiceException", "after": true}`},
	{name: "Sandbox.Timedout", function: []string{"--timeout", "2"}, clicks: decides,
		fault: `{"service": "sns", "operation": "Publish", "times": 1, "status": 500, "code": "InternalError", "latency_ms": 5000}`},
	{name: "Runtime.ExitError", function: []string{"--environment", "Variables={}"}, error: "NotSent", cause: "Runtime.ExitError"},
}

// sortErrors brings each error about. A transient one is retried until it is gone, a permanent one ends the execution,
// and no e-mail is sent twice where that can be known.
func sortErrors(t *testing.T, s *stack, box mailbox) {
	if os.Getenv("SANDBOX_GATEWAY") == "" {
		t.Skip("only the sandbox can make AWS fail")
	}
	for _, f := range failures {
		t.Run(f.name, func(t *testing.T) {
			if f.function != nil {
				aws(t, nil, append([]string{"lambda", "update-function-configuration", "--function-name",
					s.output(t, "functionName")}, f.function...)...)
				defer s.pulumi(t, "up", "--yes", "--skip-preview", "--refresh")
			}
			inject(t, f.fault)
			execution := s.start(t, cmp.Or(f.input, `{}`))
			emails := make([]email, len(f.clicks))
			for i := range emails {
				emails[i] = box.take(t, execution)
			}
			for i, status := range f.clicks {
				s.click(t, emails[i].link(t, "/approve"), status, "")
			}
			got := s.wait(t, execution)
			if want := f.error == ""; want != (got.Status == "SUCCEEDED") || got.Error != f.error || !strings.Contains(got.Cause, f.cause) {
				t.Errorf("ended %+v", got)
			}
			if !box.empty(t) {
				t.Errorf("more than %d e-mails were sent", len(emails))
			}
		})
	}
}

// inject has the sandbox fail the next calls of the test.
func inject(t *testing.T, fault string) {
	t.Helper()
	if fault == "" {
		return
	}
	if err := sandbox(http.MethodPost, "faults", json.RawMessage(fault), new(any)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { clearFaults(t) })
}
