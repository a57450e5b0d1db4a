package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"

	"approval-workflow/handler/approval"
)

// retryables are the errors that a retry may avoid: the SDK's own list, and SNS's throttling, which is not in it.
// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html#API_Publish_Errors
var retryables = append(retry.IsErrorRetryables{
	retry.RetryableHTTPStatusCode{Codes: map[int]struct{}{http.StatusTooManyRequests: {}}},
	retry.RetryableErrorCode{Codes: map[string]struct{}{
		"KMSThrottling": {}, "KMSThrottlingException": {}, "KmsThrottlingException": {}, "Throttled": {},
	}},
}, retry.DefaultRetryables...)

// transient reports whether a retry of a call to AWS may succeed. It includes a missing and an incomplete answer, and a name
// that does not resolve, which the SDK does not try again: the names of AWS exist.
func transient(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) ||
		isA[*net.DNSError](err) ||
		isA[*smithy.DeserializationError](err) ||
		retryables.IsErrorRetryable(err) == aws.TrueTernary
}

// lastAnswerKey is the key of a call's last answer in its context: a pointer to an error.
type lastAnswerKey struct{}

// keepLastAnswer adds the last answer of AWS to the error of a call whose time ran out. If that happens in the pause between two
// attempts, the SDK's error does not contain the reason for the pause, such as a throttling. It needs a [retryer].
func keepLastAnswer(stack *middleware.Stack) error {
	return stack.Initialize.Add(reportLastAnswer, middleware.Before)
}

var reportLastAnswer = middleware.InitializeMiddlewareFunc("ReportLastAnswer", func(
	ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
) (middleware.InitializeOutput, middleware.Metadata, error) {
	var last error
	out, metadata, err := next.HandleInitialize(context.WithValue(ctx, lastAnswerKey{}, &last), in)
	if err != nil && last != nil && ctx.Err() != nil {
		err = fmt.Errorf("%w; the last answer: %w", err, last)
	}
	return out, metadata, err
})

// retryer is the SDK's, which also stores the last answer for [keepLastAnswer].
type retryer struct{ *retry.Standard }

// GetRetryToken implements aws.Retryer. The SDK calls it before each pause.
func (r retryer) GetRetryToken(ctx context.Context, err error) (func(error) error, error) {
	if last, ok := ctx.Value(lastAnswerKey{}).(*error); ok {
		*last = err
	}
	return r.Standard.GetRetryToken(ctx, err)
}

// callError returns the error of a call to AWS as the ports of package approval report it, or nil for nil. closed reports
// whether the task or the execution is gone.
func callError(operation string, err error, closed bool) error {
	switch {
	case err == nil:
		return nil
	case closed:
		return fmt.Errorf("%s: %w: %w", operation, approval.ErrClosed, err)
	case transient(err):
		return fmt.Errorf("%s: %w: %w", operation, approval.ErrUnavailable, err)
	}
	return fmt.Errorf("%s: %w", operation, err)
}

// isA reports whether an error is, or wraps, one of that type.
func isA[E error](err error) bool {
	_, is := errors.AsType[E](err)
	return is
}
