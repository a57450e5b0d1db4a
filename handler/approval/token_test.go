package approval

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"
)

const secret = "S3CRET/token+"

// TestTokenHides prints a token in every way that a careless line of code might.
func TestTokenHides(t *testing.T) {
	token := Token(secret)
	request := Request{TaskToken: token, Input: json.RawMessage("null")}
	execution := Execution{Status: StatusWaiting, Request: request}
	var jsonLog, textLog strings.Builder
	slog.New(slog.NewJSONHandler(&jsonLog, nil)).Info("token", "token", token, "execution", execution, "request", request)
	slog.New(slog.NewTextHandler(&textLog, nil)).Info("token", "token", token, "execution", execution, "request", request)
	encoded, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	for where, text := range map[string]string{
		"JSON log":   jsonLog.String(),
		"text log":   textLog.String(),
		"JSON":       string(encoded),
		"%v, %s, %q": fmt.Sprintf("%v %s %q", token, token, token),
		"%x":         fmt.Sprintf("%x", token) + tokenPlaceholder,
		"%#v":        fmt.Sprintf("%#v %#v", execution, request),
		"%+v":        fmt.Sprintf("%+v %+v", execution, request),
	} {
		if strings.Contains(text, "S3CRET") || strings.Contains(text, fmt.Sprintf("%x", "S3CRET")) {
			t.Errorf("%s contains the token", where)
		}
		if !strings.Contains(text, tokenPlaceholder) {
			t.Errorf("%s does not contain the placeholder", where)
		}
	}
}

func TestRedact(t *testing.T) {
	cause := fmt.Errorf("value %s, in a link %s: %w", secret, url.QueryEscape(secret), errors.New(secret))
	err := Token(secret).redact(cause)
	if want := "value [task token], in a link [task token]: [task token]"; err == nil || err.Error() != want {
		t.Errorf("the text is not %q", want)
	}
	if errors.Unwrap(err) != nil {
		t.Error("the result wraps an error")
	}
	if err := Token(secret).redact(nil); err != nil {
		t.Error("the result for nil is an error")
	}
	if err := Token("").redact(cause); !errors.Is(err, cause) || Token("").hide(secret) != secret {
		t.Error("an empty token changes the error")
	}
}
