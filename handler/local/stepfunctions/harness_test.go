package stepfunctions

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/statemachine"
	"approval-workflow/handler/statemachine/asl"
)

const (
	functionARN   = "arn:aws:lambda:us-east-1:000000000000:function:ask"
	machineMember = `"stateMachineArn": "` + StateMachineARN + `"`
	takenMember   = `"executionArn": "` + executionPrefix + `taken"`
)

const (
	firstRecord  = `{"approver":"a@example.com","decidedAt":"2000-01-01T00:00:00Z","ageSeconds":1}`
	secondRecord = `{"approver":"b@example.com","decidedAt":"2000-01-01T00:00:00Z","ageSeconds":2}`
	pending      = `{"status":"pending","approvals":[` + firstRecord + `]}`
	approved     = `{"status":"approved","approvals":[` + firstRecord + `,` + secondRecord + `]}`
	rejected     = `{"status":"rejected","rejection":` + secondRecord + `}`
)

// newService returns a Service whose executions wait for an hour and then fail.
func newService(t *testing.T) *Service {
	t.Helper()
	return parse(t, `{"StartAt": "Ask", "States": {"Ask": {
		"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "TimeoutSeconds": 3600,
		"Parameters": {"FunctionName": "`+functionARN+`", "Payload": {"token.$": "$$.Task.Token"}}, "End": true}}}`)
}

// day has e-mails after 0 and 12 hours.
var day = approval.Schedule{IntervalSeconds: 43_199, PauseSeconds: 1, Reminders: 1}

// newApprovals returns a Service that runs the approval workflow. Two approvers have to agree.
func newApprovals(t *testing.T) *Service {
	t.Helper()
	definition, err := statemachine.Render(functionARN, day, 0, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, definition)
}

func parse(t *testing.T, definition string) *Service {
	t.Helper()
	ignore := func(context.Context, []byte) error { return nil }
	machine, err := asl.Parse(definition, asl.Functions{functionARN: ignore})
	if err != nil {
		t.Fatal(err)
	}
	service := NewService(machine, func([]byte) {})
	t.Cleanup(service.Close)
	return service
}

// keepEvents makes a service keep the events about the ends of its executions. It fails the test if an end cannot be seen when its
// event comes.
func keepEvents(t *testing.T, service *Service) (events func() [][]byte) {
	var mu sync.Mutex
	var kept [][]byte
	service.ended = func(event []byte) {
		end, err := approval.ParseEnd(event)
		if err != nil {
			t.Error(err)
		}
		ref := approval.ExecutionRef{StateMachine: "approval-workflow", Name: end.Execution.Name}
		if seen, err := service.Read(t.Context(), ref); err != nil || seen.Status != end.Status {
			t.Errorf("at the event the status of %s is %q, want %q; error %v", ref.Name, seen.Status, end.Status, err)
		}
		mu.Lock()
		defer mu.Unlock()
		kept = append(kept, event)
	}
	return func() [][]byte {
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(kept)
	}
}

// newClient returns the AWS SDK's client for a service. It sends nothing over a network, and does not retry.
func newClient(service http.Handler) *sfn.Client {
	return sfn.New(sfn.Options{
		Region: "us-east-1", HTTPClient: direct{service}, RetryMaxAttempts: 1, Credentials: aws.AnonymousCredentials{}})
}

type direct struct{ http.Handler }

// Do implements [sfn.HTTPClient].
func (d direct) Do(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return w.Result(), nil
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

// read returns the state of an execution as soon as nothing changes any more.
func read(t *testing.T, service *Service, name string) approval.Execution {
	t.Helper()
	synctest.Wait()
	execution, err := service.Read(t.Context(), approval.ExecutionRef{StateMachine: "approval-workflow", Name: name})
	if err != nil {
		t.Fatal(err)
	}
	return execution
}

// answer answers the task that waits with a result.
func answer(t *testing.T, service *Service, name, result string) {
	t.Helper()
	if err := service.Succeed(t.Context(), read(t, service, name).Request.TaskToken, []byte(result)); err != nil {
		t.Fatal(err)
	}
}

// stop stops an execution. more are other members of the request.
func stop(t *testing.T, service *Service, name, more string) {
	t.Helper()
	if more != "" {
		more = ", " + more
	}
	mustPost(t, service, "StopExecution", `{"executionArn": "`+executionPrefix+name+`"`+more+`}`)
}
