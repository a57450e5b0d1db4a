package infra

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/web"
)

// TestAlarmsWatchMetricsThatExist checks that each alarm watches a metric and a dimension that AWS documents, or a
// metric of the workflow.
func TestAlarmsWatchMetricsThatExist(t *testing.T) {
	c := deployed(t)
	reported := map[string]map[string]any{
		"AWS/Lambda Errors":                   {"FunctionName": "approval-1234567"},
		"AWS/Lambda Throttles":                {"FunctionName": "approval-1234567"},
		"AWS/Lambda Duration":                 {"FunctionName": "approval-1234567"},
		"AWS/ApiGateway 5xx":                  {"ApiId": "approval-api"},
		"AWS/Lambda AsyncEventsDropped":       {"FunctionName": "approval-1234567"},
		"AWS/SNS NumberOfNotificationsFailed": {"TopicName": "approval-1234567"},
		"AWS/Events FailedInvocations":        {"RuleName": "approval--outcomes-1234567"},
	}
	for _, filter := range c.ofType(filterToken) {
		metric := filter["metricTransformation"].(map[string]any)
		reported[metric["namespace"].(string)+" "+metric["name"].(string)] = nil
	}
	for name, alarm := range c.ofType(alarmToken) {
		queries := alarm["metricQueries"].([]any)
		watched := queries[0].(map[string]any)["metric"].(map[string]any)
		metric := watched["namespace"].(string) + " " + watched["metricName"].(string)
		want, ok := reported[metric]
		dimensions, _ := watched["dimensions"].(map[string]any)
		if diff := cmp.Diff(want, dimensions); !ok || diff != "" {
			t.Errorf("%s watches %s, which does not exist (-reported +watched):\n%s", name, metric, diff)
		}
		evaluated := queries[1].(map[string]any)
		if evaluated["expression"] != "FILL(reported, 0)" || evaluated["returnData"] != true || len(queries) != 2 {
			t.Errorf("%s evaluates %v, want the metric with 0 for each period without data", name, evaluated)
		}
	}
}

// TestTimeouts checks that each timeout is longer than those within it: a slow call raises the alarm, then the handler
// gives up, then Lambda ends the function, and then API Gateway stops waiting.
func TestTimeouts(t *testing.T) {
	if slow >= web.CallTimeout || web.CallTimeout >= functionTimeout || functionTimeout >= 30*time.Second {
		t.Errorf("slow = %s, web.CallTimeout = %s, functionTimeout = %s", slow, web.CallTimeout, functionTimeout)
	}
}

func TestAlarmDescriptions(t *testing.T) {
	// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
	const maxDescription = 1024
	for _, a := range alarms {
		if len(a.description) > maxDescription {
			t.Errorf("%s: the description has %d bytes, more than CloudWatch accepts", a.name, len(a.description))
		}
	}
}

// TestAlarmActions checks that alarms notify the operators, also those whose names could be taken for approvers'.
func TestAlarmActions(t *testing.T) {
	for _, operators := range [][]string{{"ops@example.com", "ann@example.com"}, nil} {
		c := deploy(t, &cloud{partition: "aws"}, with(func(a *ApprovalWorkflowArgs) {
			a.Emails, a.AlarmEmails = append(a.Emails, "alarms-ops@example.com"), operators
		}), "approval")
		var subscribers []string
		for _, subscription := range c.ofType(subscriptionToken) {
			if subscription["topic"] == alarmTopicARN {
				subscribers = append(subscribers, subscription["endpoint"].(string))
			}
		}
		if diff := cmp.Diff(operators, subscribers, cmpopts.SortSlices(strings.Compare)); diff != "" {
			t.Errorf("subscribers of the alarms (-want +got):\n%s", diff)
		}
		var actions any
		if operators != nil {
			actions = []any{alarmTopicARN}
		}
		for name, alarm := range c.ofType(alarmToken) {
			if diff := cmp.Diff(actions, alarm["alarmActions"]); diff != "" {
				t.Errorf("%v: actions of %s (-want +got):\n%s", operators, name, diff)
			}
		}
	}
}

// TestThrottledClicks checks the metric of the requests that the API refuses, in the form of its access log.
func TestThrottledClicks(t *testing.T) {
	c := deployed(t)
	for status, want := range map[string][]string{"429": {"ThrottledClicks"}, "200": nil, "503": nil} {
		line := strings.NewReplacer("$context.status", status).Replace(accessLogFormat)
		if diff := cmp.Diff(want, counted(t, c, "/aws/vendedlogs/apis/approval-1234567", line)); diff != "" {
			t.Errorf("%s (-want +counted):\n%s", status, diff)
		}
	}
}

// counted returns the metrics that count a line of a log group, in the order of their names.
func counted(t *testing.T, c *cloud, group, line string) []string {
	t.Helper()
	var names []string
	for _, filter := range c.ofType(filterToken) {
		if filter["logGroupName"] == group && matches(t, filter["pattern"].(string), line) {
			names = append(names, filter["metricTransformation"].(map[string]any)["name"].(string))
		}
	}
	slices.Sort(names)
	return names
}

// logged is a request, the outcome in the line of the log about it, and the metrics that count the line.
type logged struct {
	name    string
	request func(*gate) *http.Request
	outcome string
	want    []string
}

// checkMetrics checks each request, and that their outcomes include all codes.
func checkMetrics(t *testing.T, tests []logged, codes []approval.Code) {
	t.Helper()
	c := deployed(t)
	payload := c.payload(t, "[]")
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // the time is 2000-01-01
				g := newGate(t, payload)
				line := g.line(test.request(g))
				if !strings.Contains(line, `"outcome":"`+test.outcome+`"`) {
					t.Errorf("the outcome is not %s: %s", test.outcome, line)
				}
				if diff := cmp.Diff(test.want, counted(t, c, "/aws/lambda/approval-1234567", line)); diff != "" {
					t.Errorf("metrics (-want +counted):\n%s%s", diff, line)
				}
			})
		})
	}
	for _, code := range codes {
		if !slices.ContainsFunc(tests, func(test logged) bool { return test.outcome == string(code) }) {
			t.Errorf("no test has the outcome %s", code)
		}
	}
}

// TestSendMetrics checks that the metrics count requests and reminders, and no e-mail that was not sent. An execution
// fails if no retry helps.
func TestSendMetrics(t *testing.T) {
	const first = `"approvals": [{"approver": "ann@example.com", "decidedAt": "1999-12-31T12:00:00Z"}]`
	retried := []string{`"retryCount": 0`, `"retryCount": 1`, `"enteredAt": "2026`, `"enteredAt": "1999`}
	later := slices.Concat(retried, []string{`"approvals": []`, first})
	reminded := []string{"Reminded"}
	checkMetrics(t, []logged{
		{"request", sending(nil), "requested", []string{"Requested"}},
		{"reminder", sending(nil, retried...), "reminded", reminded},
		{"not everybody", sending(confirmed(ann, "x@example.com"), `"approvalsNeeded": 2`, `"approvalsNeeded": 1`), "requested",
			[]string{"Requested", "UnreachableApprovers"}},
		{"further round", sending(nil, `"approvals": []`, first), "continued", nil},
		{"reminder in a further round", sending(nil, later...), "reminded", reminded},
		{"invalid request", sending(nil, `"enteredAt"`, `"entered"`), "InvalidRequestError", nil},
		{"unreadable request", func(*gate) *http.Request { return sent(iotest.ErrReader(io.ErrUnexpectedEOF)) }, "Internal", nil},
		{"from outside", func(*gate) *http.Request {
			return httptest.NewRequest(http.MethodPost, web.SendRequest, nil)
		}, "NotFound", nil},
		{"too few approvers", sending(confirmed()), "TooFewApproversError",
			[]string{"UnreachableApprovers"}},
		{"refused", sending(failing(errors.New("denied"))), "NotificationRefusedError", nil},
		{"unavailable", sending(failing(approval.ErrUnavailable)), "NotificationUnavailableError", nil},
		{"end", endedOf(nil), "reported", nil},
		{"end, unavailable", endedOf(failing(approval.ErrUnavailable)), "NotificationUnavailableError", nil},
		{"end, refused", endedOf(failing(errors.New("denied"))), "NotificationRefusedError", nil},
		{"another event", func(*gate) *http.Request { return posted(web.ExecutionEnded, strings.NewReader("{}")) }, "InvalidEvent", nil},
	}, append(approval.SendCodes(), approval.CodeInvalidEvent))
}

// confirmed makes nobody but the addresses reachable.
func confirmed(addresses ...string) func(*gate) {
	return func(g *gate) { g.aws.ConfirmedAddresses = addresses }
}

// TestKeyMetrics checks that only an error counts that does not pass, and not as a decision.
func TestKeyMetrics(t *testing.T) {
	checking := func(err error) func(*gate) *http.Request {
		return func(g *gate) *http.Request {
			g.aws.KeyErr = err
			return posted(web.CheckKey, strings.NewReader("{}"))
		}
	}
	checkMetrics(t, []logged{
		{"usable", checking(nil), "checked", nil},
		{"disabled", checking(errors.New("DisabledException")), "Internal", []string{"KeyFaults"}},
		{"unavailable", checking(approval.ErrUnavailable), "Unavailable", nil},
	}, nil)
}

// sending returns a request that sends the gate's payload with changes, after a preparation unless it is nil.
func sending(prepare func(*gate), oldnew ...string) func(*gate) *http.Request {
	return func(g *gate) *http.Request {
		if prepare != nil {
			prepare(g)
		}
		return sent(strings.NewReader(strings.NewReplacer(oldnew...).Replace(g.payload)))
	}
}

// sent returns the request of the send-request invocation.
func sent(payload io.Reader) *http.Request { return posted(web.SendRequest, payload) }

// posted returns the request for an event.
func posted(path string, event io.Reader) *http.Request {
	request := httptest.NewRequest(http.MethodPost, path, event)
	return request.WithContext(web.WithEvent(request.Context()))
}

// endedOf returns the request about the end of an execution that was stopped, after a preparation unless it is nil.
func endedOf(prepare func(*gate)) func(*gate) *http.Request {
	return func(g *gate) *http.Request {
		g.start()
		ending(approval.StatusAborted, "")(g)
		if prepare != nil {
			prepare(g)
		}
		return posted(web.ExecutionEnded, strings.NewReader(`{"source": "aws.states",
			"detail-type": "Step Functions Execution Status Change", "detail": {"status": "ABORTED", "startDate": 1, "stopDate": 2,
			"executionArn": "arn:aws:states:eu-west-1:123456789012:execution:approval-1234567:release-42", "name": "release-42"}}`))
	}
}

// failing makes every e-mail and every call of Step Functions fail.
func failing(err error) func(*gate) {
	return func(g *gate) {
		g.aws.ReadErr, g.aws.SucceedErr, g.aws.NotifyErr = err, err, func(string) error { return err }
		g.aws.AnnounceErr = func(approval.Notice) error { return err }
	}
}

const (
	ann = "ann@example.com"
	bob = "bob@example.com"
)

// TestClickMetrics has one approval needed, unless the name says something else.
func TestClickMetrics(t *testing.T) {
	stale, fault := []string{"StaleClicks"}, []string{"DecisionFaults"}
	decided := func(result string) []string { return []string{"AgeSeconds", result} }
	checkMetrics(t, []logged{
		{"approval", clicking(time.Hour, "/approve", nil), "approved", []string{"AgeSeconds", "Approved"}},
		{"rejection", clicking(time.Hour, "/reject", nil), "rejected", decided("Rejected")},
		{"in 29 s", clicking(29*time.Second, "/approve", nil), "approved", []string{"AgeSeconds", "Approved", "FastDecisions"}},
		{"rejection at once", clicking(0, "/reject", nil), "rejected", []string{"AgeSeconds", "FastDecisions", "Rejected"}},
		{"after 30 s", clicking(30*time.Second, "/approve", nil), "approved", decided("Approved")},
		{"first of two", approving(time.Hour, ann), "counted", nil},
		{"first of two at once", approving(0, ann), "counted", []string{"FastDecisions"}},
		{"second of two", approving(time.Hour, ann, bob), "approved", decided("Approved")},
		{"the same approver again", approving(time.Hour, ann, ann), "AlreadyCounted", stale},
		{"after the end", approving(time.Hour, ann, bob, ann), "AlreadyApproved", stale},
		{"HEAD", clicking(time.Hour, "/approve", nil, "Method", "HEAD"), "MethodNotAllowed", nil},
		{"prefetch", clicking(time.Hour, "/approve", nil, "Sec-Purpose", "prefetch"), "asked", nil},
		{"scanner", clicking(time.Hour, "/approve", nil, "User-Agent", "Mozilla/5.0"), "asked", nil},
		{"unsigned link", unsigned("/approve?execution=approval-1234567:release-42"), "InvalidLink", nil},
		{"another page", unsigned("/"), "NotFound", nil},
		{"look at the end", clicking(0, "/approve", approve(bob), "Sec-Purpose", "prefetch"), "AlreadyApproved", stale},
		{"removed approver", clicking(0, "/approve", func(g *gate) { g.configure(bob) }), "NotAnApprover", nil},
		{"requester", clicking(0, "/approve", func(g *gate) {
			g.start(`"approvalsNeeded": 2`, `"approvalsNeeded": 1`, `"key": "value"`, `"requester": "ann@example.com"`)
		}), "RequesterCannotDecide", nil},
		{"rejected", clicking(0, "/approve", func(g *gate) { g.line(g.clicked("/reject", bob)) }), "AlreadyRejected", stale},
		{"expired", clicking(0, "/approve", ending(approval.StatusFailed, approval.ErrorExpired)), "Expired", stale},
		{"stopped", clicking(0, "/approve", ending(approval.StatusAborted, "")), "Stopped", stale},
		{"ended otherwise", clicking(0, "/approve", ending(approval.StatusFailed, "NotSent")), "Closed", stale},
		{"long reason", clicking(0, "/reject", nil, "Reason", strings.Repeat("r", approval.MaxReason+1)), "InvalidReason", nil},
		{"AWS unavailable", clicking(0, "/approve", failing(approval.ErrUnavailable)), "Unavailable", fault},
		{"AWS denies", clicking(0, "/approve", failing(errors.New("denied"))), "Internal", fault},
		{"no key", clicking(0, "/approve", func(g *gate) { g.aws.KeyErr = approval.ErrUnavailable }), "Unavailable", fault},
		{"key denied", clicking(0, "/approve", func(g *gate) { g.aws.KeyErr = errors.New("denied") }), "Internal", fault},
	}, approval.DecideCodes())
}

// clicking asks for one approval, waits, prepares unless prepare is nil, and returns ann's click with a header. The header
// Method replaces GET, and Reason posts a reason.
func clicking(age time.Duration, path string, prepare func(*gate), header ...string) func(*gate) *http.Request {
	return func(g *gate) *http.Request {
		g.line(sent(strings.NewReader(g.start(`"approvalsNeeded": 2`, `"approvalsNeeded": 1`))))
		time.Sleep(age)
		if prepare != nil {
			prepare(g)
		}
		request := g.clicked(path, ann)
		if header == nil {
			return request
		}
		switch header[0] {
		case "Method":
			request.Method = header[1]
		case "Reason":
			form := strings.NewReader(url.Values{"reason": {header[1]}}.Encode())
			request = httptest.NewRequest(http.MethodPost, request.URL.String(), form)
			request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		default:
			request.Header.Set(header[0], header[1])
			request.Header.Set("Accept", "text/html")
		}
		return request
	}
}

// approving asks for two approvals, waits, and returns the click of the last approver. The others click one second apart.
func approving(age time.Duration, approvers ...string) func(*gate) *http.Request {
	return func(g *gate) *http.Request {
		g.line(sent(strings.NewReader(g.start())))
		time.Sleep(age)
		last := len(approvers) - 1
		for _, approver := range approvers[:last] {
			approve(approver)(g)
			time.Sleep(time.Second)
		}
		return g.clicked("/approve", approvers[last])
	}
}

// approve makes an approver approve.
func approve(approver string) func(*gate) {
	return func(g *gate) { g.line(g.clicked("/approve", approver)) }
}

// ending ends the execution from outside.
func ending(status approval.Status, errorName string) func(*gate) {
	return func(g *gate) { g.aws.End("release-42", status, errorName) }
}

func unsigned(target string) func(*gate) *http.Request {
	return func(*gate) *http.Request { return httptest.NewRequest(http.MethodGet, target, nil) }
}
