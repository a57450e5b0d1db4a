//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
)

// onSandbox reports whether the tests run on the sandbox, which has a control API.
func onSandbox() bool { return os.Getenv("SANDBOX_GATEWAY") != "" }

func onlyOnSandbox(t *testing.T) {
	t.Helper()
	if !onSandbox() {
		t.Skip("SANDBOX_GATEWAY is not set, and only the sandbox lists calls and makes them fail")
	}
}

// control calls the control API of the sandbox, and skips the test elsewhere. It sends an object as JSON, unless object is
// nil, and decodes the answer.
func control(t *testing.T, method, path string, object, into any) {
	t.Helper()
	onlyOnSandbox(t)
	var body bytes.Buffer
	if object != nil {
		if err := json.NewEncoder(&body).Encode(object); err != nil {
			t.Fatal(err)
		}
	}
	request, err := http.NewRequest(method, os.Getenv("AWS_ENDPOINT_URL")+"/_sandbox/"+path, &body)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("sandbox: %s %s: %s %s %v", method, path, response.Status, text, err)
	}
	decode(t, text, into)
}

// call is an API call that the sandbox lists.
type call struct {
	ID                                   int
	Service, Operation, Caller, Resource string
}

// calls returns the API calls that a query selects, the oldest first.
func calls(t *testing.T, query string) (found []call) {
	t.Helper()
	control(t, http.MethodGet, "calls?"+query, nil, &found)
	return found
}

func noDeniedCall(t *testing.T) {
	t.Helper()
	if denied := calls(t, "denied=true"); len(denied) > 0 {
		t.Errorf("IAM denied %v", denied)
	}
}

// noDeniedDeployment checks that the user of restrict deployed and destroyed the stack, and was denied nothing.
func noDeniedDeployment(t *testing.T) {
	noDeniedCall(t)
	if !slices.ContainsFunc(calls(t, ""), func(c call) bool { return strings.HasSuffix(c.Caller, ":user/deployer") }) {
		t.Error("the deployer called nothing")
	}
}

// confirmOnSandbox confirms a subscription as a person does with the link from SNS.
func confirmOnSandbox(t *testing.T, approver, topic string) {
	t.Helper()
	control(t, http.MethodPost, "confirm", map[string]string{"email": approver, "topicArn": topic}, new(any))
}

// mail is an e-mail of the sandbox.
type mail struct {
	Kind, To, Subject string
	Topic             string `json:"topic_arn"`
	Message           email
}

// sentMails returns the e-mails of all topics that were delivered, the newest last.
func sentMails(t *testing.T) (mails []mail) {
	t.Helper()
	control(t, http.MethodGet, "outbox", nil, &mails)
	return mails
}

// suspendedOnPurpose are the topics that a test has sent too many e-mails to.
var suspendedOnPurpose []string

// checkDeliveries checks that the filter policies of the subscriptions sent each e-mail that asks to the approver whom it names
// and each receipt to whoever decided, and that SNS suspended no subscription.
func checkDeliveries(t *testing.T) {
	var mails []mail
	control(t, http.MethodGet, "outbox?all=1", nil, &mails)
	asking, receipts := 0, 0
	for _, m := range mails {
		switch approver := m.Message.approver(); {
		case m.Kind == "suspension" && slices.Contains(suspendedOnPurpose, m.Topic):
		case m.Kind == "suspension":
			t.Errorf("SNS suspended the subscription of %s to %s, which got too many e-mails within a second", m.To, m.Topic)
		case m.Kind == "notification" && m.Message.asks():
			asking++
			if approver != m.To {
				t.Errorf("an e-mail for %q went to %q", approver, m.To)
			}
		case strings.HasPrefix(m.Subject, "You "):
			receipts++
			if !strings.Contains(string(m.Message), "by "+m.To+" at ") {
				t.Errorf("%q went to %s, who did not decide", m.Subject, m.To)
			}
		}
	}
	t.Logf("%d e-mails that ask and %d receipts went to the right people only", asking, receipts)
}

// sentToken is a task token that the sandbox has given to an execution.
type sentToken struct {
	Token     string
	Execution string `json:"execution_arn"`
	Open      bool
	ClosedBy  string `json:"closed_by"`
}

func sentTokens(t *testing.T) (tokens []sentToken) {
	t.Helper()
	control(t, http.MethodGet, "tokens", nil, &tokens)
	return tokens
}

// fault makes the next calls of an operation fail.
type fault struct {
	Service   string `json:"service"`
	Operation string `json:"operation"`
	Caller    string `json:"caller,omitempty"` // a part of the caller's ARN
	Status    int    `json:"status"`
	Code      string `json:"code,omitempty"`
	After     bool   `json:"after,omitempty"`      // the call succeeds and only its answer gets lost
	Latency   int    `json:"latency_ms,omitempty"` // before the answer
	Times     int    `json:"times"`
	Used      int    `json:"used,omitempty"` // the number of calls that failed
}

// The faults of an operation. If times is 0, the load test chooses it.

func publishFails(times, status int, code string) fault {
	return fault{Service: "sns", Operation: "Publish", Times: times, Status: status, Code: code}
}

func listFails(times, status int, code string) fault {
	return fault{Service: "sns", Operation: "ListSubscriptionsByTopic", Caller: "-function-", Times: times, Status: status, Code: code}
}

func invokeFails(status int, code string) fault {
	return fault{Service: "lambda", Operation: "Invoke", Caller: "StepFunctions", Times: 1, Status: status, Code: code}
}

func kmsFails(times, status int, code string) fault {
	return fault{Service: "kms", Operation: "GenerateMac", Times: times, Status: status, Code: code}
}

func statesFail(operation string, times, status int, code string) fault {
	return fault{Service: "states", Operation: operation, Caller: "-function-", Times: times, Status: status, Code: code}
}

// late returns the fault with a number of milliseconds before the answer.
func (f fault) late(milliseconds int) fault {
	f.Latency = milliseconds
	return f
}

// afterCall returns a fault whose calls succeed. Only their answers get lost.
func (f fault) afterCall() fault {
	f.After = true
	return f
}

// inject injects a fault until the end of the test.
func inject(t *testing.T, f fault) {
	t.Helper()
	control(t, http.MethodPost, "faults", f, new(any))
	t.Cleanup(func() { clearFaults(t) })
}

// clearFaults removes the faults that are left.
func clearFaults(t *testing.T) {
	t.Helper()
	control(t, http.MethodDelete, "faults", nil, new(any))
}
