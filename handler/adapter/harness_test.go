package adapter_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"approval-workflow/handler/adapter"
	"approval-workflow/handler/approval"
	"approval-workflow/handler/approval/approvaltest"
	"approval-workflow/handler/web"
)

const (
	apiURL = "https://abc123.execute-api.eu-west-1.amazonaws.com"
	jo     = "jo@example.com" // the approver in click.json
)

// newHandler returns a handler for a workflow with some approvers.
func newHandler(fake *approvaltest.Fake, logs io.Writer, approvers ...string) *adapter.Handler {
	service := approval.NewService(approval.Config{APIURL: apiURL, Approvers: approvers}, fake.Ports())
	return adapter.New(web.NewHandler(service, slog.New(slog.NewJSONHandler(logs, nil))))
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func decode[T any](t testing.TB, text []byte) T {
	t.Helper()
	var value T
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatal(err)
	}
	return value
}

func encode(t testing.TB, value any) []byte {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// readClick returns the event of a browser's click on jo's link to approve the request in task.json. Its signature is made
// with [approvaltest.Key].
func readClick(t testing.TB) events.APIGatewayV2HTTPRequest {
	t.Helper()
	return decode[events.APIGatewayV2HTTPRequest](t, readFile(t, "click.json"))
}

// clickOn returns the event of a browser's click on another link. Like the gateway, it passes the query on unchanged.
func clickOn(t testing.TB, path, query string) events.APIGatewayV2HTTPRequest {
	t.Helper()
	event := readClick(t)
	event.RawPath, event.RequestContext.HTTP.Path, event.RawQueryString, event.QueryStringParameters = path, path, query, nil
	return event
}

// readTask returns the payload of the state machine's task with some values changed.
func readTask(t testing.TB, changes map[string]any) []byte {
	t.Helper()
	task := decode[map[string]any](t, readFile(t, "task.json"))
	for name, value := range changes {
		task[name] = value
	}
	return encode(t, task)
}

// newFake returns a fake in which a request waits for an approver.
func newFake(t testing.TB, approver string, payload []byte) *approvaltest.Fake {
	t.Helper()
	request, err := approval.ParseRequest(payload)
	if err != nil {
		t.Fatal("the payload is not a request")
	}
	fake := approvaltest.New(approver)
	fake.Start(request)
	return fake
}

// send passes a payload to the handler and returns the e-mail that it sends to the approver.
func send(t testing.TB, approver string, payload []byte) approval.Email {
	t.Helper()
	fake := approvaltest.New(approver)
	answer, err := newHandler(fake, io.Discard, approver).Invoke(t.Context(), payload)
	emails := fake.Emails()
	if err != nil || string(answer) != "null" || len(emails) != 1 || emails[0].To != approver {
		t.Fatalf("%d e-mails and an answer of %d bytes, want one to the approver and null", len(emails), len(answer))
	}
	return emails[0]
}

// invoke passes an event of the gateway to the handler and returns the response for the gateway.
func invoke(t testing.TB, handler *adapter.Handler, event events.APIGatewayV2HTTPRequest) events.APIGatewayV2HTTPResponse {
	t.Helper()
	answer, err := handler.Invoke(t.Context(), encode(t, event))
	if err != nil {
		t.Fatal("the event has no answer") // its error could have the link
	}
	return decode[events.APIGatewayV2HTTPResponse](t, answer)
}

// decided returns the status and the record of the only decision, which must be about the task in task.json.
func decided(t testing.TB, fake *approvaltest.Fake) (status string, record approval.Record) {
	t.Helper()
	answers := fake.Answers()
	if len(answers) != 1 || answers[0].Token != "a-token" {
		t.Fatalf("%d decisions, want one with the token of the task", len(answers))
	}
	result := decode[struct {
		Status    string
		Approvals []approval.Record
		Rejection *approval.Record
	}](t, []byte(answers[0].Output))
	if result.Rejection != nil {
		return result.Status, *result.Rejection
	}
	return result.Status, result.Approvals[0]
}

// checkUntouched checks that an event has an answer with a status, and that neither Step Functions nor an approver noticed
// anything. The name of the event must be safe to print.
func checkUntouched(t testing.TB, name string, event events.APIGatewayV2HTTPRequest, status int) {
	t.Helper()
	fake := newFake(t, jo, readFile(t, "task.json"))
	if got := invoke(t, newHandler(fake, io.Discard, jo), event).StatusCode; got != status {
		t.Errorf("%s: status = %d, want %d", name, got, status)
	}
	if reads, answers, emails := len(fake.CallsOfRead()), len(fake.Answers()), len(fake.Emails()); reads+answers+emails > 0 {
		t.Errorf("%s: %d reads, %d decisions and %d e-mails, want none", name, reads, answers, emails)
	}
}
