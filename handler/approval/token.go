package approval

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
)

// maxTokenLength is the most characters that a task token has.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
const maxTokenLength = 2048

const tokenPlaceholder = "[task token]"

// Token is a task token: whoever has it can decide. It therefore prints, logs and encodes as a placeholder; a plain
// conversion to string is the one way to its value.
type Token string

// parseToken takes the token from the values of a link's token parameter.
func parseToken(values []string) (Token, error) {
	fault := func(message string) (Token, error) {
		return "", &Error{Code: CodeInvalidToken, Message: message}
	}
	switch {
	case len(values) == 0 || len(values) == 1 && values[0] == "":
		return fault("The link has no token.")
	case len(values) > 1:
		return fault("The link has more than one token.")
	case len([]rune(values[0])) > maxTokenLength:
		return fault(fmt.Sprintf("The link's token is longer than %d characters.", maxTokenLength))
	}
	return Token(values[0]), nil
}

// String hides the token from the verbs of package fmt.
func (Token) String() string { return tokenPlaceholder }

// GoString hides the token from %#v.
func (Token) GoString() string { return tokenPlaceholder }

// LogValue hides the token from package log/slog.
func (Token) LogValue() slog.Value { return slog.StringValue(tokenPlaceholder) }

// MarshalText hides the token from encoders.
func (Token) MarshalText() ([]byte, error) { return []byte(tokenPlaceholder), nil }

// redact returns err without the token, should its text quote it: AWS's validation errors quote the value they refuse.
// What err wraps is cut off, since it may hold the token too.
func (t Token) redact(err error) error {
	if err == nil || t == "" {
		return err
	}
	clean := strings.NewReplacer(string(t), tokenPlaceholder, url.QueryEscape(string(t)), tokenPlaceholder)
	return errors.New(clean.Replace(err.Error()))
}
