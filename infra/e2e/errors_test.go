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

// clickError provokes an error at a click.
type clickError struct {
	name   string
	fault  fault
	cold   bool // the function starts while the error lasts
	status int  // the answer to the click; 200 if the function recovers by itself
}

// until is the number of calls that fail if an error lasts until the test ends it.
const until = 1000

var clickErrors = []clickError{
	{"KMS is down when the function starts", kmsFails(until, 500, "KMSInternalException"), true, 503},
	{"KMS throttles when the function starts", kmsFails(until, 400, "ThrottlingException"), true, 503},
	{"KMS denies", kmsFails(until, 400, "AccessDeniedException"), true, 500},
	{"KMS is down only at the start", kmsFails(3, 500, ""), true, 200},
	{"the history is throttled", statesFail("GetExecutionHistory", until, 400, "ThrottlingException"), false, 503},
	{"the history is denied", statesFail("GetExecutionHistory", until, 400, "AccessDeniedException"), false, 500},
	{"the answer is throttled", statesFail("SendTaskSuccess", until, 400, "ThrottlingException"), false, 503},
	{"the answer is denied", statesFail("SendTaskSuccess", until, 400, "AccessDeniedException"), false, 500},
	{"the answer succeeds but gets lost", statesFail("SendTaskSuccess", 1, 500, "").afterCall(), false, 200},
}

// provokeClickErrors provokes each error. After it the same link decides.
func provokeClickErrors(t *testing.T, g *gate) {
	onlyOnSandbox(t)
	for _, c := range clickErrors {
		t.Run(c.name, func(t *testing.T) { c.run(t, g.askAll(t, `{}`)) })
	}
}

func (c clickError) run(t *testing.T, r *request) {
	r.settle(t)
	inject(t, c.fault)
	if c.cold {
		r.configure(t, coldStart...)
	}
	got := send(t, http.MethodGet, r.emails[ann].link(t, "/approve"), nil, "")
	got.check(t, c.status, "")
	if retry := got.header.Get("Retry-After") != ""; retry != (c.status == http.StatusServiceUnavailable) {
		t.Errorf("Retry-After is set: %t, and the status is %d", retry, got.status)
	}
	clearFaults(t)
	if c.status != http.StatusOK {
		r.do(t, approve(ann, 200, approved))
	}
	r.do(t, approvedBy(ann), approve(ann, 409, "approved before"))
}

// errorCase provokes an error of the table of errors in handler/statemachine/README.md.
type errorCase struct {
	name     string
	fault    fault    // the zero value injects nothing
	input    string   // of the execution. The default is {}.
	function []string // arguments of the AWS CLI that change the function, which starts again

	error, cause string // of the execution. Without them, a click approves it.
	links        []int  // the order in which the links of several e-mails are opened, the oldest e-mail being 0
}

// coldStart makes the function start again.
var coldStart = []string{"--timeout", "19"}

// refusals are errors that the state machine does not retry. Their faults still fail three times, because the SDK
// retries if the connection breaks.
var refusals = []errorCase{
	{ // an input of which the event about the end has nothing
		name: "InvalidRequestError", input: `"` + strings.Repeat("x", 254_000) + `"`,
		error: "NotSent", cause: "leave no room for the decisions",
	},
	{
		name: "NotificationRefusedError of Publish", fault: publishFails(3, 403, "AuthorizationError"),
		error: "NotSent", cause: "Check the topic and the function's permissions",
	},
	{
		name: "NotificationRefusedError of ListSubscriptionsByTopic", fault: listFails(3, 404, "NotFound"),
		error: "NotSent", cause: "list the topic's subscriptions",
	},
	{
		name:  "NotificationRefusedError of GenerateMac",
		fault: kmsFails(6, 400, "AccessDeniedException"), function: coldStart,
		error: "NotSent", cause: "derive the key of the links",
	},
}

// outages are errors that the state machine retries. The SDK tries a call three times before that.
var outages = []errorCase{
	{name: "NotificationUnavailableError: throttled", fault: publishFails(3, 429, "Throttled")},
	{name: "NotificationUnavailableError: outage", fault: publishFails(3, 500, "InternalError")},
	{name: "NotificationUnavailableError: no answer in time", fault: publishFails(1, 500, "").late(12_000)},
	{name: "NotificationUnavailableError of ListSubscriptionsByTopic", fault: listFails(3, 500, "InternalError")},
	{name: "NotificationUnavailableError of GenerateMac", fault: kmsFails(6, 400, "ThrottlingException"), function: coldStart},
	{name: "Lambda.TooManyRequestsException", fault: invokeFails(429, "TooManyRequestsException")},
	{name: "Lambda.ServiceException", fault: invokeFails(500, "ServiceException")},
	{name: "Lambda.AWSLambdaException", fault: invokeFails(503, "ServiceUnavailable")},
	{name: "Sandbox.Timedout", fault: publishFails(1, 500, "InternalError").late(5_000), function: []string{"--timeout", "2"}},
}

// lostAnswers are errors after the e-mail was sent. The function cannot know that it was, so there is a second e-mail.
// The links of both work.
var lostAnswers = []errorCase{
	{name: "lost answer of SNS", fault: publishFails(1, 500, "InternalError").afterCall(), links: []int{0, 1}},
	{name: "lost answer of Lambda", fault: invokeFails(500, "ServiceException").afterCall(), links: []int{0, 1}},
	{name: "lost answer of Lambda, second e-mail", fault: invokeFails(500, "ServiceException").afterCall(), links: []int{1, 0}},
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
		g.settle(t)
		inject(t, c.fault)
	}
	if c.function != nil {
		g.configure(t, c.function...)
	}
	r := g.ask(t, cmp.Or(c.input, `{}`))
	if c.error != "" {
		r.do(t, failed(c.error, c.cause), noEmail(ann))
		return
	}
	order := c.links
	if order == nil {
		order = []int{0}
	}
	var links []*url.URL
	for range order {
		links = append(links, r.next(t, ann).link(t, "/approve"))
	}
	slices.SortFunc(links, func(a, b *url.URL) int { return cmp.Compare(sent(a), sent(b)) })
	for i, number := range order {
		open(t, links[number], []int{http.StatusOK, http.StatusConflict}[i], "")
	}
	r.do(t, approvedBy(ann), noEmail(ann))
}

// sent returns when the e-mail with a link was sent.
func sent(link *url.URL) int {
	seconds, _ := strconv.Atoi(link.Query().Get("sent"))
	return seconds
}
