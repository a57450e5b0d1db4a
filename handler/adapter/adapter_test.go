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

const apiURL = "https://abc123.execute-api.eu-west-1.amazonaws.com"

func newHandler(fake *approvaltest.Fake, logs io.Writer) *adapter.Handler {
	service := approval.NewService(approval.Config{APIURL: apiURL}, fake, fake, fake)
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

// readClick returns the event of a click on an approve link with the token a-token.
func readClick(t testing.TB) events.APIGatewayV2HTTPRequest {
	t.Helper()
	return decode[events.APIGatewayV2HTTPRequest](t, readFile(t, "click.json"))
}

// readTask returns the payload of the state machine's task, which has the token.
func readTask(t testing.TB, token string) map[string]any {
	t.Helper()
	task := decode[map[string]any](t, readFile(t, "task.json"))
	task["taskToken"] = token
	return task
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
