package infra

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/web"
)

const (
	functionGroup  = "/aws/lambda/approval-1234567"
	executionGroup = "/aws/vendedlogs/states/approval-1234567"
)

// counted are the metrics that a line in a log group counts in.
func counted(t *testing.T, c *cloud, group, line string) []string {
	t.Helper()
	var names []string
	for _, filter := range c.of("aws:cloudwatch/logMetricFilter:LogMetricFilter") {
		if filter["logGroupName"] == group && matches(t, filter["pattern"].(string), line) {
			names = append(names, filter["metricTransformation"].(map[string]any)["name"].(string))
		}
	}
	slices.Sort(names)
	return names
}

// aws stands in for SNS and Step Functions: fault is its answer to everything.
type aws struct{ fault error }

func (a aws) Audience(context.Context) (approval.Audience, error) {
	return approval.Audience{Confirmed: 1}, nil
}

func (a aws) Notify(context.Context, approval.Email) error { return a.fault }

func (a aws) Succeed(context.Context, approval.Token, []byte) error { return a.fault }

func (a aws) Describe(context.Context, approval.Reference) (approval.State, error) {
	return approval.State{}, a.fault
}

// functionLine is the line that the function logs about a request.
func functionLine(t *testing.T, fault error, request *http.Request) string {
	t.Helper()
	var log bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{ReplaceAttr: lambdacontext.ReplaceAttr}))
	service := approval.NewService(approval.Config{APIURL: "https://api.example"}, aws{fault}, aws{fault}, aws{fault})
	web.NewHandler(service, logger).ServeHTTP(httptest.NewRecorder(), request)
	return log.String()
}

func send(payload io.Reader) *http.Request {
	request := httptest.NewRequest(http.MethodPost, web.SendRequest, payload)
	return request.WithContext(web.WithTask(request.Context()))
}

// clicked is a click on a link of an e-mail of that age.
func clicked(method, path string, age time.Duration) *http.Request {
	target := fmt.Sprintf("%s?token=t&execution=release-42&sent=%d", path, time.Now().Add(-age).Unix())
	return httptest.NewRequest(method, target, nil)
}

func TestMetricsOfTheFunction(t *testing.T) {
	c := &cloud{partition: "aws"}
	deploy(t, c, "approval")
	payload := taskPayload(t, c)
	second := strings.NewReplacer(`"retryCount":0`, `"retryCount":1`, `"startedAt":"2026`, `"startedAt":"2016`)
	ahead := clicked("GET", "/approve", time.Hour)
	ahead.Header.Set("Sec-Purpose", "prefetch")
	tests := []struct {
		name    string
		request *http.Request
		want    []string
	}{
		{"request", send(strings.NewReader(payload)), []string{"Requested"}},
		{"reminder", send(strings.NewReader(second.Replace(payload))), []string{"Reminded"}},
		{"bad request", send(strings.NewReader("{}")), nil},
		{"request that cannot be read", send(iotest.ErrReader(io.ErrUnexpectedEOF)), nil}, // its outcome is Internal
		{"approval", clicked("GET", "/approve", time.Hour), []string{"Approved"}},
		{"rejection", clicked("POST", "/reject", time.Hour), []string{"Rejected"}},
		{"fast approval", clicked("GET", "/approve", 20*time.Second), []string{"Approved", "FastDecisions"}},
		{"fast rejection", clicked("GET", "/reject", 0), []string{"FastDecisions", "Rejected"}},
		{"approval after a while", clicked("GET", "/approve", 40*time.Second), []string{"Approved"}},
		{"approval without a time", httptest.NewRequest("GET", "/approve?token=t", nil), []string{"Approved"}},
		{"look ahead", ahead, nil},
		{"HEAD", clicked("HEAD", "/approve", time.Hour), nil},
		{"another page", clicked("GET", "/", time.Hour), nil},
		{"send-request from outside", httptest.NewRequest("POST", web.SendRequest, nil), nil},
	}
	for _, test := range tests {
		line := functionLine(t, nil, test.request)
		if diff := cmp.Diff(test.want, counted(t, c, functionGroup, line)); diff != "" {
			t.Errorf("%s (-want +counted):\n%s%s", test.name, diff, line)
		}
	}
}

// TestMetricsOfFailures takes every code of failure that the handler has.
func TestMetricsOfFailures(t *testing.T) {
	c := &cloud{partition: "aws"}
	deploy(t, c, "approval")
	stale, fault := []string{"StaleClicks"}, []string{"DecisionFaults"}
	clicks := map[approval.Code][]string{
		approval.CodeInvalidToken: nil, approval.CodeInvalidReason: nil,
		approval.CodeAlreadyApproved: stale, approval.CodeAlreadyRejected: stale, approval.CodeExpired: stale,
		approval.CodeStopped: stale, approval.CodeReplaced: stale, approval.CodeClosed: stale,
		approval.CodeUnavailable: fault, approval.CodeInternal: fault,
	}
	source, err := os.ReadFile("../handler/approval/errors.go")
	if err != nil {
		t.Fatal(err)
	}
	codes := regexp.MustCompile(`Code = "(\w+)"`).FindAllSubmatch(source, -1)
	if len(codes) < len(clicks) {
		t.Errorf("only %d codes are found", len(codes))
	}
	for _, match := range codes {
		code := approval.Code(match[1])
		want, listed := clicks[code]
		request := clicked("GET", "/approve", time.Hour)
		if strings.HasSuffix(string(code), "Error") { // a failure to send ends or retries the task, which is counted there
			request = send(strings.NewReader(taskPayload(t, c)))
		} else if !listed {
			t.Errorf("%s is not listed here", code)
		}
		line := functionLine(t, &approval.Error{Code: code, Err: errors.New("fault")}, request)
		if diff := cmp.Diff(want, counted(t, c, functionGroup, line)); diff != "" {
			t.Errorf("%s (-want +counted):\n%s%s", code, diff, line)
		}
		if !strings.Contains(line, `"outcome":"`+string(code)+`"`) {
			t.Errorf("%s does not show in %s", code, line)
		}
	}
}

// TestMetricsOfExecutions writes what Step Functions logs at level ERROR, without execution data, for each Fail state.
// https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
func TestMetricsOfExecutions(t *testing.T) {
	c := &cloud{partition: "aws"}
	deploy(t, c, "approval")
	line := func(event, details string) string {
		return fmt.Sprintf(`{"id":"7","type":%q,"details":%s,"previous_event_id":"6","event_timestamp":"1795339805123",`+
			`"execution_arn":"arn:aws:states:eu-west-1:123456789012:execution:approval-1234567:release-42"}`, event, details)
	}
	got := map[string][]string{}
	definition := c.one(t, "aws:sfn/stateMachine:StateMachine")["definition"].(map[string]any)
	for name, state := range definition["States"].(map[string]any) {
		if state.(map[string]any)["Type"] == "Fail" {
			got[name] = counted(t, c, executionGroup, line("FailStateEntered", fmt.Sprintf(`{"name":%q}`, name)))
		}
	}
	want := map[string][]string{
		"Rejected": nil, "Expired": {"Expired"}, "NotSent": {"RequestFaults"}, "Undecided": {"RequestFaults"},
		"NoConfirmedApprover": {"RequestFaults"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Fail states (-want +counted):\n%s", diff)
	}
	tooLarge := line("ExecutionFailed", `{"error":"States.DataLimitExceeded"}`)
	if diff := cmp.Diff([]string{"RequestFaults"}, counted(t, c, executionGroup, tooLarge)); diff != "" {
		t.Errorf("an end by Step Functions itself (-want +counted):\n%s", diff)
	}
	for event, details := range map[string]string{
		"TaskTimedOut":    `{"resourceType":"lambda","resource":"invoke.waitForTaskToken","error":"States.Timeout"}`,
		"TaskFailed":      `{"resourceType":"lambda","resource":"invoke.waitForTaskToken","error":"NotificationRefusedError"}`,
		"ExecutionFailed": `{"error":"Expired"}`, "ExecutionAborted": `{}`,
	} {
		if got := counted(t, c, executionGroup, line(event, details)); got != nil {
			t.Errorf("%s counts in %v, beside the Fail state", event, got)
		}
	}
}

func TestMetricsAreOfOneWorkflow(t *testing.T) {
	c := &cloud{partition: "aws"}
	deploy(t, c, "first", "second")
	namespaces := map[string]int{}
	for _, filter := range c.of("aws:cloudwatch/logMetricFilter:LogMetricFilter") {
		namespaces[filter["metricTransformation"].(map[string]any)["namespace"].(string)]++
	}
	want := map[string]int{"ApprovalWorkflow/first-1234567": len(metrics), "ApprovalWorkflow/second-1234567": len(metrics)}
	if !maps.Equal(want, namespaces) {
		t.Errorf("metrics by namespace: %v, want %v", namespaces, want)
	}
}
