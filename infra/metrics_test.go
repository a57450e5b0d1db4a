package infra

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/web"
	"approval-workflow/infra/filterpattern"
)

const (
	functionGroup = "/aws/lambda/approval-1234567"
	accessGroup   = "/aws/vendedlogs/apis/approval-1234567"
)

// counted returns the metrics that count a line of a log group, in the order of their names.
func counted(t *testing.T, c *cloud, group, line string) []string {
	t.Helper()
	var names []string
	for name, filter := range c.ofType("aws:cloudwatch/logMetricFilter:LogMetricFilter") {
		if filter["logGroupName"] != group {
			continue
		}
		matches, err := filterpattern.Match(filter["pattern"].(string), line)
		if err != nil {
			t.Fatalf("filter %s: %v", name, err)
		}
		if matches {
			names = append(names, filter["metricTransformation"].(map[string]any)["name"].(string))
		}
	}
	slices.Sort(names)
	return names
}

// checkCounted checks which metrics count the line that the function logs about a request, the last of a gate.
func checkCounted(t *testing.T, name string, request func(*gate) *http.Request, want []string) {
	t.Helper()
	c := &cloud{partition: "aws"}
	deploy(t, c, "approval")
	payload := taskPayload(t, c, "[]")
	synctest.Test(t, func(t *testing.T) { // the time is 2000-01-01
		g := newGate(t, payload)
		line := g.line(request(g))
		if diff := cmp.Diff(want, counted(t, c, functionGroup, line)); diff != "" {
			t.Errorf("%s (-want +counted):\n%s%s", name, diff, line)
		}
	})
}

// changed returns a request that sends the gate's payload with changes.
func changed(oldnew ...string) func(*gate) *http.Request {
	return func(g *gate) *http.Request {
		return sent(strings.NewReader(strings.NewReplacer(oldnew...).Replace(g.payload)))
	}
}

func TestSendMetrics(t *testing.T) {
	const record = `{"approver": "ann@example.com", "decidedAt": "1999-12-31T12:00:00Z"}`
	for _, test := range []struct {
		name    string
		request func(*gate) *http.Request
		want    []string
	}{
		{"request", changed(), []string{"Requested"}},
		{"reminder", changed(`"retryCount":0`, `"retryCount":1`, `"enteredAt":"2026`, `"enteredAt":"1999`),
			[]string{"Reminded"}},
		{"further round", changed(`"approvals":[]`, `"approvals":[`+record+`]`), nil},
		{"reminder in a further round", changed(`"approvals":[]`, `"approvals":[`+record+`]`,
			`"retryCount":0`, `"retryCount":1`, `"enteredAt":"2026`, `"enteredAt":"1999`), []string{"Reminded"}},
		{"invalid request", func(*gate) *http.Request { return sent(strings.NewReader("{}")) }, nil},
		{"unreadable request", func(*gate) *http.Request { // the outcome is Internal
			return sent(iotest.ErrReader(io.ErrUnexpectedEOF))
		}, nil},
		{"send-request from outside", func(*gate) *http.Request {
			return httptest.NewRequest(http.MethodPost, web.SendRequest, nil)
		}, nil},
	} {
		checkCounted(t, test.name, test.request, test.want)
	}
}

// TestSendErrorMetrics checks that no metric of the function counts an e-mail that was not sent. The execution fails if no
// retry helps.
func TestSendErrorMetrics(t *testing.T) {
	for _, code := range approval.SendCodes() {
		checkErrorMetrics(t, code, changed(), nil)
	}
}

func TestDecideErrorMetrics(t *testing.T) {
	stale, fault := []string{"StaleClicks"}, []string{"DecisionFaults"}
	want := map[approval.Code][]string{
		approval.CodeInvalidLink: nil, approval.CodeNotApprover: nil, approval.CodeRequester: nil, approval.CodeInvalidReason: nil,
		approval.CodeAlreadyCounted: stale, approval.CodeAlreadyApproved: stale, approval.CodeAlreadyRejected: stale,
		approval.CodeExpired: stale, approval.CodeStopped: stale, approval.CodeClosed: stale,
		approval.CodeUnavailable: fault, approval.CodeInternal: fault,
	}
	for _, code := range approval.DecideCodes() {
		metrics, listed := want[code]
		if !listed {
			t.Errorf("this test does not list %s", code)
		}
		checkErrorMetrics(t, code, afterAge(0, http.MethodGet, "/approve"), metrics)
	}
}

// checkErrorMetrics checks which metrics count a request that fails with a code.
func checkErrorMetrics(t *testing.T, code approval.Code, request func(*gate) *http.Request, want []string) {
	t.Helper()
	checkCounted(t, string(code), func(g *gate) *http.Request {
		r := request(g)
		g.breakAWS(code)
		if line := g.line(r.Clone(r.Context())); !strings.Contains(line, `"outcome":"`+string(code)+`"`) {
			t.Errorf("the outcome is not %s: %s", code, line)
		}
		return r
	}, want)
}

// TestThrottledClicks checks the metric of the requests that the API refuses, in the form of its access log.
func TestThrottledClicks(t *testing.T) {
	c := &cloud{partition: "aws"}
	deploy(t, c, "approval")
	for status, want := range map[string][]string{"429": {"ThrottledClicks"}, "200": nil, "503": nil} {
		line := strings.NewReplacer("$context.status", status).Replace(accessLogFormat)
		if diff := cmp.Diff(want, counted(t, c, accessGroup, line)); diff != "" {
			t.Errorf("%s (-want +counted):\n%s", status, diff)
		}
	}
}
