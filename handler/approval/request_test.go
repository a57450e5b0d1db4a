package approval

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const validPayload = `{
	"taskToken": "a-token",
	"execution": {
		"id": "arn:aws:states:eu-west-1:123456789012:execution:approval-workflow:release-42",
		"name": "release-42",
		"startedAt": "2026-11-22T09:30:05.123Z"
	},
	"input": null
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

func TestParseToken(t *testing.T) {
	tests := []struct {
		name   string
		values []string
		want   string // of the error
	}{
		{"one", []string{"x"}, ""},
		{"longest", []string{strings.Repeat("é", 2048)}, ""},
		{"none", nil, "no token"},
		{"empty", []string{""}, "no token"},
		{"repeated", []string{"x", "x"}, "more than one token"},
		{"too long", []string{strings.Repeat("x", 2049)}, "longer than 2048"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			token, err := ParseToken(test.values)
			if test.want == "" {
				if err != nil || string(token) != test.values[0] {
					t.Errorf("ParseToken = %q, %v", string(token), err)
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
	logger.Info("token", "token", token, "click", Click{Token: token}, "request", Request{TaskToken: token})
	slog.New(slog.NewTextHandler(&log, nil)).Info("token", "token", token, "click", Click{Token: token})
	encoded, err := json.Marshal(Request{TaskToken: token, Input: json.RawMessage("null")})
	if err != nil {
		t.Fatal(err)
	}
	printed := fmt.Sprintf("%v %s %q %#v %+v %x", token, token, token, Click{Token: token}, Request{TaskToken: token}, token)
	for where, text := range map[string]string{"log": log.String(), "JSON": string(encoded), "print": printed} {
		if strings.Contains(text, value) || strings.Contains(text, fmt.Sprintf("%x", value)) {
			t.Errorf("the token stands in the %s", where)
		}
		if !strings.Contains(text, "[task token]") {
			t.Errorf("no placeholder stands in the %s", where)
		}
	}
}
