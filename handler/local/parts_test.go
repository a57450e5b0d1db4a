package main

import (
	"encoding/json"
	"errors"
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/local/asl"
	"approval-workflow/handler/local/stepfunctions"
)

func TestMailboxRefusesWhatSNSRefuses(t *testing.T) {
	tests := []struct {
		name, subject, body string
		fine                bool
	}{
		{"fine", "Approval requested", "body", true},
		{"longest", strings.Repeat("x", 99), strings.Repeat("x", 262_144), true},
		{"no subject", "", "body", false},
		{"long subject", strings.Repeat("x", 100), "body", false},
		{"foreign subject", "Genehmigung für", "body", false},
		{"line break", "a\nb", "body", false},
		{"delete", "a\x7f", "body", false},
		{"leading space", " a", "body", false},
		{"no message", "a", "", false},
		{"long message", "a", strings.Repeat("x", 262_145), false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inbox := &mailbox{}
			err := inbox.Notify(t.Context(), approval.Email{Subject: test.subject, Body: test.body})
			var refused *approval.Error
			if errors.As(err, &refused) == test.fine || !test.fine && refused.Code != approval.CodeNotificationRefused {
				t.Errorf("error %v", err)
			}
			if got := len(inbox.emails) == 1; got != test.fine {
				t.Errorf("delivered: %t, want %t", got, test.fine)
			}
		})
	}
}

// TestTaskErrorIsNamedAsOnLambda: the state machine matches the name, and keeps the cause as AWS writes it.
func TestTaskErrorIsNamedAsOnLambda(t *testing.T) {
	function := newFunction(approval.Config{}, &mailbox{}, callback{}, nil, slog.New(slog.DiscardHandler))
	err := function.task(t.Context(), []byte(`{"taskToken": "secret"}`))
	var failure *asl.Error
	if !errors.As(err, &failure) || failure.Name != string(approval.CodeInvalidRequest) {
		t.Fatalf("error %v", err)
	}
	var cause map[string]string
	if err := json.Unmarshal([]byte(failure.Cause), &cause); err != nil {
		t.Fatal(err)
	}
	if cause["errorType"] != failure.Name || !strings.Contains(cause["errorMessage"], "execution.name") || len(cause) != 2 {
		t.Errorf("cause %v", cause)
	}
}

func TestTypeName(t *testing.T) {
	if got := typeName(&approval.Error{}); got != "Error" {
		t.Errorf("pointer: %s", got)
	}
	if got := typeName(usageError{}); got != "usageError" {
		t.Errorf("value: %s", got)
	}
}

func TestNewEvent(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:8080/appr%6Fve?token=a%2Bb&x=1&x=2", nil)
	r.Header = http.Header{
		"Accept": {"text/html", "application/json"}, "Cookie": {"a=1; b=2"}, "User-Agent": {"browser"},
		"Content-Type": {"application/x-www-form-urlencoded"},
	}
	r.RemoteAddr = "[::1]:5555"
	want := events.APIGatewayV2HTTPRequest{
		Version: "2.0", RouteKey: "POST /approve", RawPath: "/approve", RawQueryString: "token=a%2Bb&x=1&x=2",
		Cookies: []string{"a=1", "b=2"},
		Headers: map[string]string{
			"accept": "text/html,application/json", "user-agent": "browser", "host": "127.0.0.1:8080",
			"content-type": "application/x-www-form-urlencoded",
		},
		QueryStringParameters: map[string]string{"token": "a+b", "x": "1,2"},
		RequestContext: events.APIGatewayV2HTTPRequestContext{
			RouteKey: "POST /approve", AccountID: "000000000000", Stage: "$default", APIID: "local",
			DomainName: "127.0.0.1:8080", DomainPrefix: "127",
			HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{
				Method: "POST", Path: "/approve", Protocol: "HTTP/1.1", SourceIP: "::1", UserAgent: "browser",
			},
		},
		Body: "dG9rZW49eA==", IsBase64Encoded: true,
	}
	got := newEvent(r, []byte("token=x"))
	varying := cmpopts.IgnoreFields(events.APIGatewayV2HTTPRequestContext{}, "RequestID", "Time", "TimeEpoch")
	if diff := cmp.Diff(want, got, varying); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
	r.URL.Path = "/send-request"
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	got = newEvent(r, []byte(`{}`))
	if got.RouteKey != "$default" || got.Body != `{}` || got.IsBase64Encoded {
		t.Errorf("route key %s, body %s, base64 %t", got.RouteKey, got.Body, got.IsBase64Encoded)
	}
}

// TestPage: the policy allows the very style and script that the page has, and the page knows the state machine.
func TestPage(t *testing.T) {
	w := httptest.NewRecorder()
	newPage().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	body, policy := w.Body.String(), w.Header().Get("Content-Security-Policy")
	for _, tag := range []string{"style", "script"} {
		_, rest, _ := strings.Cut(body, "<"+tag+">")
		content, _, found := strings.Cut(rest, "</"+tag+">")
		if !found || !strings.Contains(policy, tag+"-src "+hashSource(content)) {
			t.Errorf("the policy does not allow the page's %s", tag)
		}
	}
	if !strings.HasPrefix(policy, "default-src 'none'; ") {
		t.Errorf("policy %s", policy)
	}
	if !strings.Contains(html.UnescapeString(body), `data-state-machine="`+stepfunctions.StateMachineARN+`"`) {
		t.Error("the page does not name the state machine")
	}
}
