//go:build e2e

package e2e

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// errorCase provokes an error of the table of errors in handler/statemachine/README.md.
type errorCase struct {
	name     string
	fault    fault    // the zero value injects nothing
	input    string   // of the execution. The default is {}.
	function []string // arguments of the AWS CLI that change the function, which starts again

	emails []int  // the order in which the links of the e-mails are opened, the oldest e-mail being 0
	error  string // the expected error of the execution, or "" if a click approves it
	cause  string // a part of the expected cause
}

// coldStart makes the function start again.
var coldStart = []string{"--timeout", "19"}

// publishFails returns a fault of SNS for the next calls. The SDK tries a call three times before the state machine
// retries.
func publishFails(times, status int, code string) fault {
	return fault{Service: "sns", Operation: "Publish", Times: times, Status: status, Code: code}
}

func listFails(times, status int, code string) fault {
	return fault{Service: "sns", Operation: "ListSubscriptionsByTopic", Caller: "-function-", Times: times, Status: status, Code: code}
}

func invokeFails(status int, code string) fault {
	return fault{Service: "lambda", Operation: "Invoke", Times: 1, Status: status, Code: code}
}

// refusals are errors that the state machine does not retry. Their faults still fail three times, because the SDK
// retries if the connection breaks.
var refusals = []errorCase{
	{
		name: "InvalidRequestError", input: `"` + strings.Repeat("x", 254_000) + `"`,
		error: "NotSent", cause: "leave no room for the decisions",
	},
	{
		name: "NotificationRefusedError of Publish", fault: publishFails(3, http.StatusForbidden, "AuthorizationError"),
		error: "NotSent", cause: "Check the topic and the function's permissions",
	},
	{
		name: "NotificationRefusedError of ListSubscriptionsByTopic", fault: listFails(3, http.StatusNotFound, "NotFound"),
		error: "NotSent", cause: "list the topic's subscriptions",
	},
	{
		name: "NotificationRefusedError of GenerateMac", fault: kmsFails(6, 400, "AccessDeniedException"), function: coldStart,
		error: "NotSent", cause: "derive the key of the links",
	},
	{name: "Runtime.ExitError", function: []string{"--environment", "Variables={}"}, error: "NotSent", cause: "Runtime.ExitError"},
}

// outages are errors that the state machine retries.
var outages = []errorCase{
	{name: "NotificationUnavailableError: throttled", fault: publishFails(3, 429, "Throttled"), emails: []int{0}},
	{name: "NotificationUnavailableError: outage", fault: publishFails(3, 500, "InternalError"), emails: []int{0}},
	{name: "NotificationUnavailableError: no answer in time", fault: publishFails(1, 500, "").late(12_000), emails: []int{0}},
	{name: "NotificationUnavailableError of ListSubscriptionsByTopic", fault: listFails(3, 500, "InternalError"), emails: []int{0}},
	{
		name:  "NotificationUnavailableError of GenerateMac",
		fault: kmsFails(6, 400, "ThrottlingException"), function: coldStart, emails: []int{0},
	},
	{name: "Lambda.TooManyRequestsException", fault: invokeFails(429, "TooManyRequestsException"), emails: []int{0}},
	{name: "Lambda.ServiceException", fault: invokeFails(500, "ServiceException"), emails: []int{0}},
	{name: "Lambda.AWSLambdaException", fault: invokeFails(503, "ServiceUnavailable"), emails: []int{0}},
	{
		name: "Sandbox.Timedout", function: []string{"--timeout", "2"},
		fault: publishFails(1, 500, "InternalError").late(5_000), emails: []int{0},
	},
}

// lostAnswers are errors after the e-mail was sent. The function cannot know that it was, so there is a second e-mail.
// The links of both work.
var lostAnswers = []errorCase{
	{name: "lost answer of SNS", fault: publishFails(1, 500, "InternalError").afterCall(), emails: []int{0, 1}},
	{name: "lost answer of Lambda", fault: invokeFails(500, "ServiceException").afterCall(), emails: []int{0, 1}},
	{name: "lost answer of Lambda, second e-mail", fault: invokeFails(500, "ServiceException").afterCall(), emails: []int{1, 0}},
}

// provokeErrors provokes each error. The state machine retries a transient error until it is gone. A permanent error ends
// the execution. No e-mail is sent twice if that can be known.
func provokeErrors(t *testing.T, g *gate) {
	onlyOnSandbox(t)
	for _, c := range slices.Concat(refusals, outages, lostAnswers) {
		t.Run(c.name, func(t *testing.T) { c.run(t, g) })
	}
}

func (c errorCase) run(t *testing.T, g *gate) {
	if c.fault != (fault{}) {
		inject(t, c.fault)
	}
	if c.function != nil {
		g.configure(t, c.function...)
	}
	r := g.ask(t, cmp.Or(c.input, `{}`))
	var links []*url.URL
	for range c.emails {
		links = append(links, r.email(t, g.approvers[0]).link(t, "/approve"))
	}
	slices.SortFunc(links, func(a, b *url.URL) int { return cmp.Compare(sent(a), sent(b)) })
	for i, number := range c.emails {
		r.open(t, links[number], []int{http.StatusOK, http.StatusConflict}[i], "")
	}
	if c.error != "" {
		r.wait(t).checkFailed(t, c.error, c.cause)
	} else {
		r.checkApproved(t, g.approvers...)
	}
	if count := g.box.rest(t, r.execution, g.approvers[0]); count > 0 {
		t.Errorf("%d e-mails too many were sent", count)
	}
}

// sent returns when the e-mail with a link was sent.
func sent(link *url.URL) int {
	seconds, _ := strconv.Atoi(link.Query().Get("sent"))
	return seconds
}

// configure changes the configuration of the function until the end of the test. Each change also ends the processes of
// the function, so that it starts again.
func (s *stack) configure(t *testing.T, args ...string) {
	t.Helper()
	name := []string{"--function-name", s.output("functionName")}
	var before struct {
		Timeout     int
		Environment any
	}
	aws(t, &before, append([]string{"lambda", "get-function-configuration"}, name...)...)
	update := append([]string{"lambda", "update-function-configuration"}, name...)
	t.Cleanup(func() {
		environment := encode(t, before.Environment)
		aws(t, nil, append(update, "--timeout", strconv.Itoa(before.Timeout), "--environment", environment)...)
	})
	aws(t, nil, append(update, args...)...)
}
