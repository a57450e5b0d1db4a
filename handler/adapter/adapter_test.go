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

// newHandler returns a handler for a workflow whose approvers have all confirmed their subscription.
func newHandler(fake *approvaltest.Fake, logs io.Writer) *adapter.Handler {
	return newHandlerWith(approval.Config{Approvers: fake.ConfirmedAddresses}, fake.Ports(), logs)
}

func newHandlerWith(config approval.Config, ports approval.Ports, logs io.Writer) *adapter.Handler {
	config.APIURL = apiURL
	return adapter.New(web.NewHandler(approval.NewService(config, ports), slog.New(slog.NewJSONHandler(logs, nil))))
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
	event.RawPath, event.RawQueryString, event.QueryStringParameters = path, query, nil
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

// start begins an execution whose task waits with a payload.
func start(t testing.TB, fake *approvaltest.Fake, payload []byte) {
	t.Helper()
	request, err := approval.ParseRequest(payload)
	if err != nil {
		t.Fatal("the payload is not a request")
	}
	fake.Start(request)
}

// invoke passes an event of the gateway to the handler and returns the response for the gateway.
func invoke(t testing.TB, handler *adapter.Handler, event events.APIGatewayV2HTTPRequest) events.APIGatewayV2HTTPResponse {
	t.Helper()
	answer, err := handler.Invoke(t.Context(), encode(t, event))
	if err != nil {
		t.Fatal(err)
	}
	return decode[events.APIGatewayV2HTTPResponse](t, answer)
}
