package approval

import (
	"errors"
	"log/slog"
	"net/url"
	"strings"
)

// maxTokenLength is the largest number of characters in a task token.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
const maxTokenLength = 2048

const tokenPlaceholder = "[task token]"

// Token is a task token. Whoever has it and may call Step Functions can decide. It therefore prints, logs and encodes as
// a placeholder. Only a conversion to string gives its value.
type Token string

// String hides the token from the verbs of package fmt.
func (Token) String() string { return tokenPlaceholder }

// GoString hides the token from %#v.
func (Token) GoString() string { return tokenPlaceholder }

// LogValue hides the token from package log/slog.
func (Token) LogValue() slog.Value { return slog.StringValue(tokenPlaceholder) }

// MarshalText hides the token from encoders.
func (Token) MarshalText() ([]byte, error) { return []byte(tokenPlaceholder), nil }

// redact returns an error with the text of err but without the token: AWS's validation errors quote the value that they
// refuse. The result wraps nothing, because a wrapped error may contain the token too.
func (t Token) redact(err error) error {
	if err == nil || t == "" {
		return err
	}
	return errors.New(t.hide(err.Error()))
}

// hide replaces the token in a text.
func (t Token) hide(text string) string {
	if t == "" {
		return text
	}
	return strings.NewReplacer(string(t), tokenPlaceholder, url.QueryEscape(string(t)), tokenPlaceholder).Replace(text)
}
