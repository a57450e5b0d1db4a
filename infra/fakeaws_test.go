package infra

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// fakeAWS answers calls to SNS, Step Functions and KMS, and records them. Its execution waits with one task.
type fakeAWS struct {
	url   string
	calls chan awsCall

	mu   sync.Mutex
	task string // the payload of the waiting task
}

type awsCall struct {
	operation  string
	parameters url.Values
}

func startAWS(t *testing.T) *fakeAWS {
	aws := &fakeAWS{calls: make(chan awsCall, 10)}
	server := httptest.NewServer(aws)
	t.Cleanup(server.Close)
	aws.url = server.URL
	return aws
}

// wait makes the execution wait with another task.
func (a *fakeAWS) wait(task string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.task = task
}

func (a *fakeAWS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	parameters := url.Values{}
	_, operation, isJSON := strings.Cut(r.Header.Get("X-Amz-Target"), ".") // SNS takes forms
	if isJSON {
		var input map[string]any
		_ = json.Unmarshal(body, &input) // the test fails because of the missing parameters
		for name, value := range input {
			parameters.Set(name, fmt.Sprint(value))
		}
		w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
	} else {
		parameters, _ = url.ParseQuery(string(body))
		operation = parameters.Get("Action")
	}
	a.calls <- awsCall{operation, parameters}
	if parameters.Get("includeExecutionData") == "false" { // the function asks how the execution has ended
		_, _ = io.WriteString(w, `{"events": [{"id": 14, "type": "ExecutionSucceeded", "timestamp": 1795339807}]}`)
		return
	}
	_, _ = io.WriteString(w, a.answer(operation))
}

// derivedKey is the MAC of every text, in base64.
const derivedKey = "NDLn0uZZIHgNvcbBsXvUqO8ZP5vNMWAzEoVxYuCoPsU="

func (a *fakeAWS) answer(operation string) string {
	switch operation {
	case "GenerateMac":
		return `{"MacAlgorithm": "HMAC_SHA_256", "Mac": "` + derivedKey + `"}`
	case "GetExecutionHistory":
		return a.history()
	case "SendTaskSuccess":
		return "{}"
	case "ListSubscriptionsByTopic":
		const member = `<member><Protocol>email</Protocol><Endpoint>%s</Endpoint><SubscriptionArn>%s</SubscriptionArn></member>`
		return `<ListSubscriptionsByTopicResponse><ListSubscriptionsByTopicResult><Subscriptions>` +
			fmt.Sprintf(member, "ann@example.com", "arn:aws:sns:eu-west-1:123456789012:approval-1234567:1") +
			fmt.Sprintf(member, "bob@example.com", "arn:aws:sns:eu-west-1:123456789012:approval-1234567:2") +
			fmt.Sprintf(member, "eve@example.com", "PendingConfirmation") +
			`</Subscriptions></ListSubscriptionsByTopicResult></ListSubscriptionsByTopicResponse>`
	case "Publish":
		return `<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>`
	}
	return "unknown operation"
}

// history returns the newest events of the execution, the newest first.
func (a *fakeAWS) history() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	parameters, _ := json.Marshal(map[string]any{"FunctionName": "f", "Payload": json.RawMessage(a.task)})
	quoted, _ := json.Marshal(string(parameters))
	return `{"events": [
		{"id": 9, "type": "TaskSubmitted", "timestamp": 1795339806},
		{"id": 8, "type": "TaskStarted", "timestamp": 1795339805},
		{"id": 7, "type": "TaskScheduled", "timestamp": 1795339805, "taskScheduledEventDetails": {"parameters": ` +
		string(quoted) + `}}
	], "nextToken": "more"}`
}

// take returns the parameters of the next recorded call. It fails if that is another operation.
func (a *fakeAWS) take(t *testing.T, operation string) url.Values {
	t.Helper()
	select {
	case call := <-a.calls:
		if call.operation != operation {
			t.Fatalf("operation = %s, want %s", call.operation, operation)
		}
		return call.parameters
	default:
		t.Fatalf("the function did not call %s", operation)
		return nil
	}
}
