package approval

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const validPayload = `{
	"taskToken": "a-token",
	"execution": {
		"id": "arn:aws:states:eu-west-1:123456789012:execution:approval-workflow:release-42",
		"name": "release-42",
		"startedAt": "2026-11-22T09:30:05.123Z"
	},
	"input": null,
	"wait": {"seconds": 60, "pauseSeconds": 1, "reminders": 2, "retryCount": 1}
}`

func TestParseRequest(t *testing.T) {
	request, err := ParseRequest([]byte(validPayload))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(request.TaskToken); got != "a-token" {
		t.Errorf("task token = %q", got)
	}
	if diff := cmp.Diff(json.RawMessage("null"), request.Input); diff != "" {
		t.Errorf("input (-want +got):\n%s", diff)
	}
	if want := (Wait{Seconds: 60, PauseSeconds: 1, Reminders: 2, RetryCount: 1}); request.Wait != want {
		t.Errorf("wait = %+v, want %+v", request.Wait, want)
	}
}

func TestParseRequestFaults(t *testing.T) {
	const secret = "S3CRET/token+"
	edit := func(old, replacement string) string {
		if !strings.Contains(validPayload, old) {
			t.Fatalf("the payload has no %s", old)
		}
		return strings.Replace(validPayload, old, replacement, 1)
	}
	tests := []struct{ name, payload, want string }{
		{"empty", ``, "no JSON at byte"},
		{"cut off", `{"taskToken": "` + secret, "no JSON at byte"},
		{"text", `"` + secret + `"`, "no JSON object"},
		{"array", `["` + secret + `"]`, "no JSON object"},
		{"null", `null`, "taskToken is missing; execution.id is not the ARN of an execution; execution.name"},
		{"all missing", `{}`, "input is missing"},
		{"token of another type", edit(`"a-token"`, `{"x":"`+secret+`"}`), "taskToken has the wrong type"},
		{"token empty", edit(`a-token`, ``), "taskToken is missing"},
		{"token too long", edit(`a-token`, strings.Repeat("x", 2049)), "taskToken is longer than 2048 characters"},
		{"no input", edit(`"input": null`, `"other": 1`), "input is missing"},
		{"not an execution", edit(`:execution:`, `:stateMachine:`), "execution.id is not the ARN of an execution"},
		{"name missing", edit(`"release-42"`, `""`), "execution.name is not the name"},
		{"name with a line break", edit(`"release-42"`, `"release\nAPPROVE:"`), "execution.name is not the name"},
		{"input too large", edit(`"input": null`, `"input": "`+strings.Repeat("x", maxInput)+`"`), "no room for the decision"},
		{"no wait", edit(`"wait"`, `"other"`), "wait is missing or out of range"},
		{"no reminders", edit(`"reminders": 2`, `"reminders": -1`), "wait is missing or out of range"},
		{"wait of another type", edit(`60`, `"`+secret+`"`), "wait.seconds has the wrong type"},
		{"start missing", edit(`startedAt`, `other`), "execution.startedAt is missing"},
		{"start is no time", edit(`2026-11-22T09:30:05.123Z`, secret), "execution.startedAt is no RFC 3339 time"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := ParseRequest([]byte(test.payload))
			var known *Error
			if !errors.As(err, &known) || known.Code != CodeInvalidRequest {
				t.Fatalf("error = %v, want %s", err, CodeInvalidRequest)
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("error = %q, want it to say %q", err, test.want)
			}
			if strings.Contains(err.Error(), secret) {
				t.Error("the error quotes the payload")
			}
		})
	}
}

func TestValidName(t *testing.T) {
	tests := map[string]bool{
		"release-42": true, "a_b.c!(d)+e=@f'": true, "承認": true, strings.Repeat("x", 80): true,
		"": false, strings.Repeat("x", 81): false, "a b": false, "a\nb": false, "a/b": false, "a:b": false, "a\x85b": false, "\xff": false,
	}
	for name, want := range tests {
		if got := ValidName(name); got != want {
			t.Errorf("ValidName(%q) = %t, want %t", name, got, want)
		}
	}
}

func TestParseLink(t *testing.T) {
	link := Link{
		Token:     Token(strings.Repeat("é+/=", 512)),
		Reference: Reference{Workflow: "approval-workflow", Execution: "release-42", StartedAt: testStart.Add(123 * time.Millisecond)},
		SentAt:    testStart,
		ExpiresAt: testStart.Add(time.Hour),
	}
	values, err := url.ParseQuery(link.query())
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseLink(values)
	if err != nil {
		t.Fatal(err)
	}
	equalTime := cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })
	if diff := cmp.Diff(link, got, equalTime); diff != "" {
		t.Errorf("the link came back changed (-want +got):\n%s", diff)
	}
}

func TestParseLinkFaults(t *testing.T) {
	tests := []struct {
		name, query string
		want        string // of the error
	}{
		{"token only", "token=x", ""},
		{"odd rest", "token=x&workflow=a:b&execution=%0a&started=soon&sent=1e9&expires=", ""},
		{"none", "execution=release-42", "no token"},
		{"empty", "token=", "no token"},
		{"repeated", "token=x&token=x", "more than one token"},
		{"too long", "token=" + strings.Repeat("x", 2049), "longer than 2048"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			values, err := url.ParseQuery(test.query)
			if err != nil {
				t.Fatal(err)
			}
			link, err := ParseLink(values)
			if test.want == "" {
				if want := (Link{Token: "x"}); err != nil || link != want {
					t.Errorf("ParseLink = %+v, %v, want nothing but the token", link, err)
				}
				return
			}
			var known *Error
			if !errors.As(err, &known) || known.Code != CodeInvalidToken || !strings.Contains(known.Message, test.want) {
				t.Errorf("error = %v, want %s with %q", err, CodeInvalidToken, test.want)
			}
		})
	}
}

// TestTokenHides prints a token in every way that a careless line of code might.
func TestTokenHides(t *testing.T) {
	const value = "S3CRET"
	token := Token(value)
	var log strings.Builder
	logger := slog.New(slog.NewJSONHandler(&log, nil))
	logger.Info("token", "token", token, "click", Click{Link: Link{Token: token}}, "request", Request{TaskToken: token})
	slog.New(slog.NewTextHandler(&log, nil)).Info("token", "token", token, "click", Click{Link: Link{Token: token}})
	encoded, err := json.Marshal(Request{TaskToken: token, Input: json.RawMessage("null")})
	if err != nil {
		t.Fatal(err)
	}
	printed := fmt.Sprintf("%v %s %q %#v %+v %x", token, token, token, Click{Link: Link{Token: token}}, Request{TaskToken: token}, token)
	for where, text := range map[string]string{"log": log.String(), "JSON": string(encoded), "print": printed} {
		if strings.Contains(text, value) || strings.Contains(text, fmt.Sprintf("%x", value)) {
			t.Errorf("the token stands in the %s", where)
		}
		if !strings.Contains(text, "[task token]") {
			t.Errorf("no placeholder stands in the %s", where)
		}
	}
}
