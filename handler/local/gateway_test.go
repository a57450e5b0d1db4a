package main

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"approval-workflow/handler/adapter"
	"approval-workflow/handler/approval"
	"approval-workflow/handler/approval/approvaltest"
	"approval-workflow/handler/statemachine/asl"
)

func newFormRequest() *http.Request {
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:8080/appr%6Fve?approver=a%2Bb&x=1&x=2", nil)
	r.Header = http.Header{
		"Accept": {"text/html", "application/json"}, "Cookie": {"a=1; b=2"}, "User-Agent": {"browser"},
		"Content-Type": {"application/x-www-form-urlencoded"},
	}
	r.RemoteAddr = "[::1]:5555"
	return r
}

func TestNewEvent(t *testing.T) {
	want := events.APIGatewayV2HTTPRequest{
		Version: "2.0", RouteKey: "POST /approve", RawPath: "/approve", RawQueryString: "approver=a%2Bb&x=1&x=2",
		Cookies: []string{"a=1", "b=2"},
		Headers: map[string]string{
			"accept": "text/html,application/json", "user-agent": "browser", "host": "127.0.0.1:8080",
			"content-type": "application/x-www-form-urlencoded",
		},
		QueryStringParameters: map[string]string{"approver": "a+b", "x": "1,2"},
		RequestContext: events.APIGatewayV2HTTPRequestContext{
			RouteKey: "POST /approve", AccountID: "000000000000", Stage: "$default", APIID: "local",
			DomainName: "127.0.0.1:8080", DomainPrefix: "127",
			HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{
				Method: "POST", Path: "/approve", Protocol: "HTTP/1.1", SourceIP: "::1", UserAgent: "browser",
			},
		},
		Body: "cmVhc29uPXg=", IsBase64Encoded: true,
	}
	got := newEvent(newFormRequest(), []byte("reason=x"))
	varying := cmpopts.IgnoreFields(events.APIGatewayV2HTTPRequestContext{}, "RequestID", "Time", "TimeEpoch")
	if diff := cmp.Diff(want, got, varying); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
}

func TestNewEventForUnknownRoute(t *testing.T) {
	r := newFormRequest()
	r.URL.Path = "/send-request"
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	got := newEvent(r, []byte(`{}`))
	if got.RouteKey != "$default" || got.Body != `{}` || got.IsBase64Encoded {
		t.Errorf("route key = %s, body %s, base64 %t", got.RouteKey, got.Body, got.IsBase64Encoded)
	}
}

// TestTaskError checks that an error has the name that the state machine matches, and a cause in the format of Lambda.
func TestTaskError(t *testing.T) {
	service := approval.NewService(approval.Config{}, approvaltest.New().Ports())
	f := &function{newHandler(service, slog.New(slog.DiscardHandler))}
	err := f.task(t.Context(), []byte(`{"taskToken": "secret"}`))
	failure, ok := errors.AsType[*asl.Error](err)
	if !ok || failure.Name != string(approval.CodeInvalidRequest) {
		t.Fatalf("error = %v, want %s", err, approval.CodeInvalidRequest)
	}
	var cause map[string]string
	if err := json.Unmarshal([]byte(failure.Cause), &cause); err != nil {
		t.Fatal(err)
	}
	if cause["errorType"] != failure.Name || !strings.Contains(cause["errorMessage"], "execution.name") || len(cause) != 2 {
		t.Errorf("cause = %v", cause)
	}
}

// TestTaskErrorWithoutAName checks that any other error has the name of its type.
func TestTaskErrorWithoutAName(t *testing.T) {
	silent := adapter.New(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	err := (&function{silent}).task(t.Context(), []byte(`{}`))
	if failure, ok := errors.AsType[*asl.Error](err); !ok || failure.Name != "wrapError" {
		t.Errorf("error = %v, want one with the name of the type that fmt.Errorf returns", err)
	}
	if got := typeName(usageError{}); got != "usageError" {
		t.Errorf("typeName of a value = %s, want usageError", got)
	}
}
