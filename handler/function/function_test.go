package function_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/function"
	"approval-workflow/handler/web"
)

// port stands in for SNS and Step Functions and keeps what they are given. Its fault may quote the token, as AWS's own
// errors do.
type port struct {
	unconfirmed int // of one subscription
	fault       func(token string) error
	emails      []approval.Email
	tokens      []string
}

func (p *port) Audience(context.Context) (approval.Audience, error) {
	return approval.Audience{Confirmed: 1 - p.unconfirmed, Pending: p.unconfirmed}, nil
}

func (p *port) Notify(_ context.Context, email approval.Email) error {
	p.emails = append(p.emails, email)
	if p.fault == nil {
		return nil
	}
	_, query, _ := strings.Cut(email.Body, "/approve?")
	values, err := url.ParseQuery(strings.Fields(query)[0])
	if err != nil {
		return err
	}
	return p.fault(values.Get("token"))
}

func (p *port) Succeed(_ context.Context, token approval.Token, _ []byte) error {
	p.tokens = append(p.tokens, string(token))
	if p.fault == nil {
		return nil
	}
	return p.fault(string(token))
}

func (p *port) Describe(context.Context, approval.Reference) (approval.State, error) {
	return approval.State{}, errors.New("no such execution")
}

func newFunction(p *port, logs io.Writer) *function.Function {
	service := approval.NewService(approval.Config{
		APIURL: "https://abc123.execute-api.eu-west-1.amazonaws.com",
	}, p, p, p)
	return function.New(web.NewHandler(service, slog.New(slog.NewJSONHandler(logs, nil))))
}

func readEvent[T any](t testing.TB, name string) T {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var event T
	if err := json.Unmarshal(text, &event); err != nil {
		t.Fatal(err)
	}
	return event
}

func encode(t testing.TB, event any) []byte {
	t.Helper()
	payload, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

// click invokes f with a gateway event and returns the gateway's response.
func click(t testing.TB, f *function.Function, event events.APIGatewayV2HTTPRequest) events.APIGatewayV2HTTPResponse {
	t.Helper()
	answer, err := f.Invoke(t.Context(), encode(t, event))
	if err != nil {
		t.Fatal(err)
	}
	var response events.APIGatewayV2HTTPResponse
	if err := json.Unmarshal(answer, &response); err != nil {
		t.Fatal(err)
	}
	return response
}

func TestClick(t *testing.T) {
	p := &port{}
	response := click(t, newFunction(p, io.Discard), readEvent[events.APIGatewayV2HTTPRequest](t, "click.json"))
	if response.StatusCode != 200 || !strings.Contains(response.Body, "<h1>Approved</h1>") {
		t.Errorf("answer = %d %s", response.StatusCode, response.Body)
	}
	if got := response.Headers["Content-Type"]; got != "text/html; charset=utf-8" {
		t.Errorf("content type = %q", got)
	}
	if diff := cmp.Diff([]string{"a-token"}, p.tokens); diff != "" {
		t.Errorf("tokens (-want +got):\n%s", diff)
	}
}

func TestPostedForm(t *testing.T) {
	event := readEvent[events.APIGatewayV2HTTPRequest](t, "click.json")
	event.RouteKey, event.RequestContext.HTTP.Method = "POST /approve", "POST"
	event.RawQueryString, event.QueryStringParameters = "", nil
	event.Headers["content-type"] = "application/x-www-form-urlencoded"
	event.Body, event.IsBase64Encoded = base64.StdEncoding.EncodeToString([]byte("token=a%2Ftoken%2B")), true
	p := &port{}
	if got := click(t, newFunction(p, io.Discard), event).StatusCode; got != 200 {
		t.Errorf("status = %d, want 200", got)
	}
	if diff := cmp.Diff([]string{"a/token+"}, p.tokens); diff != "" {
		t.Errorf("tokens (-want +got):\n%s", diff)
	}
}

func TestGatewayCannotReachSendRequest(t *testing.T) {
	event := readEvent[events.APIGatewayV2HTTPRequest](t, "click.json")
	event.RawPath, event.RequestContext.HTTP.Path, event.RequestContext.HTTP.Method = "/send-request", "/send-request", "POST"
	text, err := os.ReadFile("testdata/task.json")
	if err != nil {
		t.Fatal(err)
	}
	event.Body = string(text)
	p := &port{}
	if got := click(t, newFunction(p, io.Discard), event).StatusCode; got != 404 || len(p.emails) != 0 {
		t.Errorf("status = %d and %d e-mails, want 404 and none", got, len(p.emails))
	}
}

func TestTask(t *testing.T) {
	text, err := os.ReadFile("testdata/task.json")
	if err != nil {
		t.Fatal(err)
	}
	p := &port{}
	answer, err := newFunction(p, io.Discard).Invoke(t.Context(), text)
	if err != nil || string(answer) != "null" {
		t.Errorf("Invoke = %s, %v", answer, err)
	}
	if len(p.emails) != 1 || p.emails[0].Subject != "Approval requested: release-42" {
		t.Errorf("e-mails = %d", len(p.emails))
	}
}

// TestTaskFailuresAreErrors holds the rule that keeps executions from waiting for an e-mail that was never sent: every
// failure is an invocation error with the name that the state machine matches.
func TestTaskFailuresAreErrors(t *testing.T) {
	text, err := os.ReadFile("testdata/task.json")
	if err != nil {
		t.Fatal(err)
	}
	task := string(text)
	tests := []struct {
		name, payload string
		unconfirmed   int
		fault         func(token string) error
		want          approval.Code
	}{
		{"empty object", `{}`, 0, nil, approval.CodeInvalidRequest},
		{"no JSON", `{"taskToken":`, 0, nil, approval.CodeInvalidRequest},
		{"array", `[]`, 0, nil, approval.CodeInvalidRequest},
		{"null", `null`, 0, nil, approval.CodeInvalidRequest},
		{"nothing", ``, 0, nil, approval.CodeInvalidRequest},
		{"no token", strings.Replace(task, "taskToken", "other", 1), 0, nil, approval.CodeInvalidRequest},
		{"deeper than JSON goes", strings.Replace(task, `{"key": "value"}`, strings.Repeat("[", 20_000)+strings.Repeat("]", 20_000), 1),
			0, nil, approval.CodeInvalidRequest},
		{"nobody listens", task, 1, nil, approval.CodeNoConfirmedApprover},
		{"refused", task, 0, refused, approval.CodeNotificationRefused},
		{"unavailable", task, 0, late, approval.CodeNotificationUnavailable},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := newFunction(&port{unconfirmed: test.unconfirmed, fault: test.fault}, io.Discard).Invoke(t.Context(), []byte(test.payload))
			var failure messages.InvokeResponse_Error
			if !errors.As(err, &failure) {
				t.Fatalf("error = %v, want a Lambda error", err)
			}
			if failure.Type != string(test.want) || failure.Message == "" || strings.Contains(failure.Message, "a-token") {
				t.Errorf("error = %+v, want %s without the token", failure, test.want)
			}
		})
	}
}

func refused(token string) error { return errors.New("not authorized with " + token) }

func late(token string) error { return fmt.Errorf("call with %s: %w", token, context.DeadlineExceeded) }

func closed(token string) error {
	return &approval.Error{Code: approval.CodeClosed, Err: errors.New("closed: " + url.QueryEscape(token))}
}

var links = regexp.MustCompile(`(?m)^https://abc123\.execute-api\.eu-west-1\.amazonaws\.com(/approve|/reject)\?(\S+)$`)

// roundTrip sends a request with the token, takes both links out of the e-mail and clicks them through the adapter, as
// the gateway does: it hands the query on as it came.
func roundTrip(t testing.TB, token string) {
	t.Helper()
	var logs bytes.Buffer
	p := &port{}
	f := newFunction(p, &logs)
	task := readEvent[map[string]any](t, "task.json")
	task["taskToken"] = token
	if _, err := f.Invoke(t.Context(), encode(t, task)); err != nil {
		t.Fatal(err)
	}
	found := links.FindAllStringSubmatch(p.emails[0].Body, -1)
	if len(found) != 2 || found[0][1] != "/approve" || found[1][1] != "/reject" {
		t.Fatalf("the e-mail has %d links", len(found))
	}
	for _, link := range found {
		event := readEvent[events.APIGatewayV2HTTPRequest](t, "click.json")
		event.RawPath, event.RawQueryString, event.QueryStringParameters = link[1], link[2], nil
		if response := click(t, f, event); response.StatusCode != 200 {
			t.Fatalf("status = %d", response.StatusCode)
		}
	}
	if p.tokens[0] != token || p.tokens[1] != token {
		t.Fatal("the token came back changed")
	}
}

func TestTokenRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		token := rapid.OneOf(
			rapid.StringN(1, 2048, -1),
			rapid.StringOfN(rapid.RuneFrom([]rune("+/=%&;#? \x00\r\n\"'<>,")), 1, 2048, -1),
		).Draw(rt, "token")
		if strings.ToValidUTF8(token, "") != token {
			rt.Skip("JSON carries valid UTF-8 only")
		}
		roundTrip(t, token)
	})
}

func FuzzTokenRoundTrip(f *testing.F) {
	f.Add("AQDEAAAAKgAAAA+token/with=all==")
	f.Add("%2B+ &token=x#;?\x00")
	f.Fuzz(func(t *testing.T, token string) {
		if length := len([]rune(token)); length < 1 || length > 2048 || strings.ToValidUTF8(token, "") != token {
			t.Skip("no token that JSON can carry")
		}
		roundTrip(t, token)
	})
}

// TestNoTokenIsPrinted brings the token through every route, method and failure, in addresses good and bad, and looks
// for it in all that is printed: our log, and the standard logger that the adapter uses.
func TestNoTokenIsPrinted(t *testing.T) {
	const token = "S3CRET+token/="
	var printed bytes.Buffer
	log.SetOutput(&printed)
	defer log.SetOutput(os.Stderr)

	queries := []string{
		"token=" + url.QueryEscape(token), "token=" + token, "token=" + token + "%", "token=" + token + "\x7f",
		"token=" + token + "&token=" + token, "execution=" + token, token,
		"workflow=w&execution=x&started=1&sent=1&token=" + url.QueryEscape(token),
	}
	for _, fault := range []func(string) error{nil, refused, late, closed} {
		f := newFunction(&port{fault: fault}, &printed)
		for _, path := range []string{"/approve", "/reject", "/send-request", "//approve", "/%zz", "/\x7f", "/other", ""} {
			for _, method := range []string{"GET", "HEAD", "POST", "DELETE"} {
				for _, query := range queries {
					event := readEvent[events.APIGatewayV2HTTPRequest](t, "click.json")
					event.RawPath, event.RawQueryString, event.RequestContext.HTTP.Method = path, query, method
					_, err := f.Invoke(t.Context(), encode(t, event))
					fmt.Fprintln(&printed, err)
				}
			}
		}
		task := readEvent[map[string]any](t, "task.json")
		for _, edit := range []func(){func() {}, func() { delete(task, "input") }, func() { task["execution"] = token }} {
			task["taskToken"] = token
			edit()
			_, err := f.Invoke(t.Context(), encode(t, task))
			fmt.Fprintln(&printed, err)
		}
	}
	if n := strings.Count(printed.String(), "S3CRET"); n > 0 {
		t.Errorf("the token was printed %d times", n)
	}
	if !strings.Contains(printed.String(), `"outcome":"approved"`) || !strings.Contains(printed.String(), "NotificationRefusedError") {
		t.Error("the runs did not reach what they should: nothing was proven")
	}
}
