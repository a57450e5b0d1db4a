package infra

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/approval/approvaltest"
	"approval-workflow/handler/web"
	"approval-workflow/infra/filterpattern"
)

const functionGroup = "/aws/lambda/approval-1234567"

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

// functionLine returns the line that the function logs about a request. If err is not nil, it is the result of every call
// to AWS except for the count of the subscribers.
func functionLine(err error, request *http.Request) string {
	aws := approvaltest.New("t")
	aws.NotifyErr, aws.SucceedErr, aws.DescribeErr = err, err, err
	service := approval.NewService(approval.Config{APIURL: "https://api.example"}, aws, aws, aws)
	var log bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{ReplaceAttr: lambdacontext.ReplaceAttr}))
	web.NewHandler(service, logger).ServeHTTP(httptest.NewRecorder(), request)
	return log.String()
}

// sent returns the request of the send-request invocation.
func sent(payload io.Reader) *http.Request {
	request := httptest.NewRequest(http.MethodPost, web.SendRequest, payload)
	return request.WithContext(web.WithTask(request.Context()))
}

// clicked returns a click on a link of an e-mail with that age.
func clicked(method, path string, age time.Duration) *http.Request {
	target := fmt.Sprintf("%s?token=t&execution=release-42&sent=%d", path, time.Now().Add(-age).Unix())
	return httptest.NewRequest(method, target, nil)
}

// ahead returns the request of a browser that only looks ahead.
func ahead() *http.Request {
	request := clicked("GET", "/approve", time.Hour)
	request.Header.Set("Sec-Purpose", "prefetch")
	return request
}

func TestFunctionMetrics(t *testing.T) {
	c := &cloud{partition: "aws"}
	deploy(t, c, "approval")
	payload := taskPayload(t, c)
	synctest.Test(t, func(t *testing.T) { // the time is 2000-01-01
		second := strings.NewReplacer(`"retryCount":0`, `"retryCount":1`, `"startedAt":"2026`, `"startedAt":"1999`).Replace(payload)
		for _, test := range []struct {
			name    string
			request *http.Request
			want    []string
		}{
			{"request", sent(strings.NewReader(payload)), []string{"Requested"}},
			{"reminder", sent(strings.NewReader(second)), []string{"Reminded"}},
			{"invalid request", sent(strings.NewReader("{}")), nil},
			{"unreadable request", sent(iotest.ErrReader(io.ErrUnexpectedEOF)), nil}, // the outcome is Internal
			{"approval", clicked("GET", "/approve", time.Hour), []string{"Approved"}},
			{"rejection", clicked("POST", "/reject", time.Hour), []string{"Rejected"}},
			{"approval within 30 seconds", clicked("GET", "/approve", 29*time.Second), []string{"Approved", "FastDecisions"}},
			{"rejection at once", clicked("GET", "/reject", 0), []string{"FastDecisions", "Rejected"}},
			{"approval after 30 seconds", clicked("GET", "/approve", 30*time.Second), []string{"Approved"}},
			{"approval without a time", httptest.NewRequest("GET", "/approve?token=t", nil), []string{"Approved"}},
			{"prefetch", ahead(), nil},
			{"HEAD", clicked("HEAD", "/approve", time.Hour), nil},
			{"another page", clicked("GET", "/", time.Hour), nil},
			{"send-request from outside", httptest.NewRequest("POST", web.SendRequest, nil), nil},
		} {
			line := functionLine(nil, test.request)
			if diff := cmp.Diff(test.want, counted(t, c, functionGroup, line)); diff != "" {
				t.Errorf("%s (-want +counted):\n%s%s", test.name, diff, line)
			}
		}
	})
}

// TestSendErrorMetrics checks that no metric of the function counts an e-mail that was not sent. RequestFaults counts the
// execution if no retry helps.
func TestSendErrorMetrics(t *testing.T) {
	c := &cloud{partition: "aws"}
	deploy(t, c, "approval")
	for _, code := range approval.SendCodes() {
		checkErrorMetrics(t, c, code, sent(strings.NewReader(taskPayload(t, c))), nil)
	}
}

func TestDecideErrorMetrics(t *testing.T) {
	c := &cloud{partition: "aws"}
	deploy(t, c, "approval")
	stale, fault := []string{"StaleClicks"}, []string{"DecisionFaults"}
	want := map[approval.Code][]string{
		approval.CodeInvalidToken: nil, approval.CodeInvalidReason: nil,
		approval.CodeAlreadyApproved: stale, approval.CodeAlreadyRejected: stale, approval.CodeExpired: stale,
		approval.CodeStopped: stale, approval.CodeReplaced: stale, approval.CodeClosed: stale,
		approval.CodeUnavailable: fault, approval.CodeInternal: fault,
	}
	for _, code := range approval.DecideCodes() {
		metrics, listed := want[code]
		if !listed {
			t.Errorf("this test does not list %s", code)
		}
		checkErrorMetrics(t, c, code, clicked("GET", "/approve", time.Hour), metrics)
	}
}

// checkErrorMetrics checks which metrics count a request that fails with a code.
func checkErrorMetrics(t *testing.T, c *cloud, code approval.Code, request *http.Request, want []string) {
	t.Helper()
	line := functionLine(&approval.Error{Code: code, Err: errors.New("refused")}, request)
	if diff := cmp.Diff(want, counted(t, c, functionGroup, line)); diff != "" {
		t.Errorf("%s (-want +counted):\n%s%s", code, diff, line)
	}
	if !strings.Contains(line, `"outcome":"`+string(code)+`"`) {
		t.Errorf("the outcome is not %s: %s", code, line)
	}
}
