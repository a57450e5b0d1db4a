package approval

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
)

// maxTokenLength is the largest number of characters in a task token.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
const maxTokenLength = 2048

const tokenPlaceholder = "[task token]"

// Token is a task token. Whoever has it can decide. It therefore prints, logs and encodes as a placeholder. Only a
// conversion to string gives its value.
type Token string

// parseToken returns the token in the values of a link's token parameter.
func parseToken(values []string) (Token, error) {
	invalid := func(message string) (Token, error) {
		return "", &Error{Code: CodeInvalidToken, Message: message}
	}
	switch {
	case len(values) == 0 || len(values) == 1 && values[0] == "":
		return invalid("The link has no token.")
	case len(values) > 1:
		return invalid("The link has more than one token.")
	case len([]rune(values[0])) > maxTokenLength:
		return invalid(fmt.Sprintf("The link's token is longer than %d characters.", maxTokenLength))
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

// redact returns an error with the text of err, but without the token. AWS's validation errors quote the value that they
// refuse. The result wraps nothing, because a wrapped error may contain the token too.
func (t Token) redact(err error) error {
	if err == nil || t == "" {
		return err
	}
	clean := strings.NewReplacer(string(t), tokenPlaceholder, url.QueryEscape(string(t)), tokenPlaceholder)
	return errors.New(clean.Replace(err.Error()))
}
