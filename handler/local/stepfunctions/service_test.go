package stepfunctions

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/local/asl"
)

// newService returns a service whose executions wait for an hour and then fail.
func newService(t *testing.T) *Service {
	t.Helper()
	machine, err := asl.Parse(`{"StartAt": "Ask", "States": {"Ask": {
		"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "TimeoutSeconds": 3600,
		"Parameters": {"FunctionName": "ask", "Payload": {"token.$": "$$.Task.Token"}}, "End": true
	}}}`, map[string]asl.Function{"ask": func(context.Context, []byte) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	service := NewService(machine, asl.NewTasks())
	t.Cleanup(service.Close)
	return service
}

// post calls an operation and returns the status and the decoded answer.
func post(t *testing.T, service http.Handler, operation, body string) (int, map[string]any) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set("X-Amz-Target", targetPrefix+operation)
	w := httptest.NewRecorder()
	service.ServeHTTP(w, r)
	if got := w.Header().Get("Content-Type"); got != "application/x-amz-json-1.0" {
		t.Errorf("Content-Type %q", got)
	}
	if w.Header().Get("X-Amzn-Requestid") == "" {
		t.Error("no request id")
	}
	var answer map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		t.Fatalf("decode answer: %v", err)
	}
	return w.Code, answer
}

// mustPost is post for a call that has to succeed.
func mustPost(t *testing.T, service http.Handler, operation, body string) map[string]any {
	t.Helper()
	status, answer := post(t, service, operation, body)
	if status != http.StatusOK {
		t.Fatalf("%s %.200s: status %d, %v", operation, body, status, answer)
	}
	return answer
}

func startBody(name, input string) string {
	body, _ := json.Marshal(map[string]string{"stateMachineArn": StateMachineARN, "name": name, "input": input})
	return string(body)
}

func TestFaults(t *testing.T) {
	service := newService(t)
	mustPost(t, service, "StartExecution", startBody("taken", `{}`))
	machine := `"stateMachineArn": "` + StateMachineARN + `"`
	taken := `"executionArn": "` + executionPrefix + `taken"`
	other := strings.Replace(StateMachineARN, "us-east-1", "eu-west-1", 1)
	tests := []struct{ name, operation, body, want string }{
		{"operation", "SendTaskSuccess", `{}`, "UnknownOperationException"},
		{"no JSON", "StartExecution", `{`, "SerializationException"},
		{"member", "StartExecution", `{` + machine + `, "traceHeader": "x"}`, "SerializationException"},
		{"type", "StartExecution", `{` + machine + `, "name": 5}`, "SerializationException"},
		{"body too large", "StartExecution", strings.Repeat(" ", maxBody+1), "SerializationException"},
		{"no state machine", "StartExecution", `{}`, "ValidationException"},
		{"empty ARN", "StartExecution", `{"stateMachineArn": ""}`, "ValidationException"},
		{"no ARN", "StartExecution", `{"stateMachineArn": "approval-workflow"}`, "InvalidArn"},
		{"execution's ARN", "StartExecution", `{"stateMachineArn": "` + executionPrefix + `taken"}`, "InvalidArn"},
		{"other state machine", "StartExecution", `{"stateMachineArn": "` + other + `"}`, "StateMachineDoesNotExist"},
		{"empty name", "StartExecution", startBody("", `{}`), "ValidationException"},
		{"long name", "StartExecution", startBody(strings.Repeat("x", 81), `{}`), "ValidationException"},
		{"name", "StartExecution", startBody("a/b", `{}`), "InvalidName"},
		{"input", "StartExecution", startBody("new", `{"key": }`), "InvalidExecutionInput"},
		{"empty input", "StartExecution", startBody("new", ``), "InvalidExecutionInput"},
		{"large input", "StartExecution", startBody("new", `"`+strings.Repeat("x", maxInput-1)+`"`), "ValidationException"},
		{"other input", "StartExecution", startBody("taken", `[]`), "ExecutionAlreadyExists"},
		{"no execution", "DescribeExecution", `{}`, "ValidationException"},
		{"execution's name", "DescribeExecution", `{"executionArn": "taken"}`, "InvalidArn"},
		{"unknown execution", "DescribeExecution", `{"executionArn": "` + executionPrefix + `new"}`, "ExecutionDoesNotExist"},
		{"unknown to stop", "StopExecution", `{"executionArn": "` + executionPrefix + `new"}`, "ExecutionDoesNotExist"},
		{"long error", "StopExecution", `{` + taken + `, "error": "` + strings.Repeat("x", 257) + `"}`, "ValidationException"},
		{"long cause", "StopExecution", `{` + taken + `, "cause": "` + strings.Repeat("x", 32_769) + `"}`, "ValidationException"},
		{"status", "ListExecutions", `{` + machine + `, "statusFilter": "WAITING"}`, "ValidationException"},
		{"results", "ListExecutions", `{` + machine + `, "maxResults": 1001}`, "ValidationException"},
		{"next token", "ListExecutions", `{` + machine + `, "nextToken": "7"}`, "InvalidToken"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			status, answer := post(t, service, test.operation, test.body)
			if status != http.StatusBadRequest || answer["__type"] != test.want || answer["message"] == "" {
				t.Errorf("status %d, %v, want %s", status, answer, test.want)
			}
		})
	}
	list := mustPost(t, service, "ListExecutions", `{`+machine+`, "statusFilter": "RUNNING"}`)
	if got := len(list["executions"].([]any)); got != 1 {
		t.Errorf("%d executions run, want the first one only", got)
	}
}

func TestStartIsIdempotentWhileRunning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := newService(t)
		body := startBody("release", `{"key": "value"}`)
		first := mustPost(t, service, "StartExecution", body)
		time.Sleep(time.Minute)
		if diff := cmp.Diff(first, mustPost(t, service, "StartExecution", body)); diff != "" {
			t.Errorf("second start (-first +second):\n%s", diff)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if _, answer := post(t, service, "StartExecution", body); answer["__type"] != "ExecutionAlreadyExists" {
			t.Errorf("start after the end: %v", answer)
		}
	})
}

func TestDescribe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := newService(t)
		started := mustPost(t, service, "StartExecution", `{"stateMachineArn": "`+StateMachineARN+`"}`)
		arn, _ := started["executionArn"].(string)
		name := strings.TrimPrefix(arn, executionPrefix)
		if len(name) != 36 {
			t.Errorf("the name %q is no UUID", name)
		}
		describe := `{"executionArn": "` + arn + `"}`
		const start = 946684800.0 // when every bubble of time begins
		want := map[string]any{
			"executionArn": arn, "stateMachineArn": StateMachineARN, "name": name, "status": statusRunning,
			"startDate": start, "input": "{}",
		}
		if diff := cmp.Diff(want, mustPost(t, service, "DescribeExecution", describe)); diff != "" {
			t.Errorf("while it runs (-want +got):\n%s", diff)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		want["status"], want["stopDate"], want["error"], want["cause"] = statusFailed, start+3600, "States.Timeout", ""
		if diff := cmp.Diff(want, mustPost(t, service, "DescribeExecution", describe)); diff != "" {
			t.Errorf("after its end (-want +got):\n%s", diff)
		}
	})
}

func TestStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := newService(t)
		mustPost(t, service, "StartExecution", startBody("release", `{}`))
		time.Sleep(1500 * time.Millisecond)
		arn := `{"executionArn": "` + executionPrefix + `release"`
		first := mustPost(t, service, "StopExecution", arn+`, "error": "Superseded", "cause": "1.4.3 is out"}`)
		time.Sleep(time.Second)
		if diff := cmp.Diff(first, mustPost(t, service, "StopExecution", arn+`, "error": "Again"}`)); diff != "" {
			t.Errorf("second stop (-first +second):\n%s", diff)
		}
		got := mustPost(t, service, "DescribeExecution", arn+`}`)
		if got["status"] != statusAborted || got["error"] != "Superseded" || got["cause"] != "1.4.3 is out" ||
			got["stopDate"] != got["startDate"].(float64)+1.5 {
			t.Errorf("after the stop: %v", got)
		}
	})
}

func TestListPages(t *testing.T) {
	service := newService(t)
	for i := range 5 {
		mustPost(t, service, "StartExecution", startBody(fmt.Sprint("e", i), `{}`))
	}
	mustPost(t, service, "StopExecution", `{"executionArn": "`+executionPrefix+`e3"}`)
	var pages [][]string
	for token := ""; ; {
		body := `{"stateMachineArn": "` + StateMachineARN + `", "statusFilter": "RUNNING", "maxResults": 2` + token + `}`
		answer := mustPost(t, service, "ListExecutions", body)
		var names []string
		for _, e := range answer["executions"].([]any) {
			names = append(names, e.(map[string]any)["name"].(string))
		}
		pages = append(pages, names)
		if answer["nextToken"] == nil {
			break
		}
		token = `, "nextToken": "` + answer["nextToken"].(string) + `"`
		mustPost(t, service, "StartExecution", startBody(fmt.Sprint("later", len(pages)), `{}`)) // shifts no page
	}
	if diff := cmp.Diff([][]string{{"e4", "e2"}, {"e1", "e0"}}, pages); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
}

func TestCloseStartsNothingMore(t *testing.T) {
	service := newService(t)
	mustPost(t, service, "StartExecution", startBody("release", `{}`))
	service.Close()
	if status, answer := post(t, service, "StartExecution", startBody("next", `{}`)); status == http.StatusOK {
		t.Errorf("started after the end: %v", answer)
	}
}
