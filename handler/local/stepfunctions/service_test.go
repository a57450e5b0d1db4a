package stepfunctions

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"approval-workflow/handler/local/asl"
)

const (
	machineMember = `"stateMachineArn": "` + StateMachineARN + `"`
	takenMember   = `"executionArn": "` + executionPrefix + `taken"`
)

// newService returns a Service whose executions wait for an hour and then fail.
func newService(t *testing.T) *Service {
	t.Helper()
	machine, err := asl.Parse(`{"StartAt": "Ask", "States": {"Ask": {
		"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "TimeoutSeconds": 3600,
		"Parameters": {"FunctionName": "ask", "Payload": {"token.$": "$$.Task.Token"}}, "End": true
	}}}`, asl.Resources{Functions: map[string]asl.Function{"ask": func(context.Context, []byte) error { return nil }}})
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
	if got, want := w.Header().Get("Content-Type"), "application/x-amz-json-1.0"; got != want {
		t.Errorf("Content-Type = %q, want %q", got, want)
	}
	if w.Header().Get("X-Amzn-Requestid") == "" {
		t.Error("X-Amzn-Requestid is empty")
	}
	var answer map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		t.Fatalf("decode answer: %v", err)
	}
	return w.Code, answer
}

// mustPost calls an operation that must succeed.
func mustPost(t *testing.T, service http.Handler, operation, body string) map[string]any {
	t.Helper()
	status, answer := post(t, service, operation, body)
	if status != http.StatusOK {
		t.Fatalf("%s %.200s: status = %d, answer %v", operation, body, status, answer)
	}
	return answer
}

func startBody(name, input string) string {
	body, _ := json.Marshal(map[string]string{"stateMachineArn": StateMachineARN, "name": name, "input": input})
	return string(body)
}

// errorTest is a request that the service must refuse with an error of type want.
type errorTest struct{ name, operation, body, want string }

// checkErrors runs tests against a service with one execution, "taken", which must still run afterwards.
func checkErrors(t *testing.T, tests []errorTest) {
	t.Helper()
	service := newService(t)
	mustPost(t, service, "StartExecution", startBody("taken", `{}`))
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			status, answer := post(t, service, test.operation, test.body)
			if status != http.StatusBadRequest || answer["__type"] != test.want || answer["message"] == "" {
				t.Errorf("status = %d, answer %v, want %d with %s", status, answer, http.StatusBadRequest, test.want)
			}
		})
	}
	list := mustPost(t, service, "ListExecutions", `{`+machineMember+`, "statusFilter": "RUNNING"}`)
	if got := len(list["executions"].([]any)); got != 1 {
		t.Errorf("%d executions are running, want 1", got)
	}
}

func TestCloseStartsNothingMore(t *testing.T) {
	service := newService(t)
	mustPost(t, service, "StartExecution", startBody("release", `{}`))
	service.Close()
	if status, answer := post(t, service, "StartExecution", startBody("next", `{}`)); status == http.StatusOK {
		t.Errorf("StartExecution after Close succeeds: %v", answer)
	}
}
