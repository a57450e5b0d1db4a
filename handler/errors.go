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
		errors.As(err, new(*net.DNSError)) ||
		errors.As(err, new(*smithy.DeserializationError)) ||
		retryables.IsErrorRetryable(err) == aws.TrueTernary
}

// lastAnswerKey is the key of a call's last answer in its context: a pointer to an error.
type lastAnswerKey struct{}

// keepLastAnswer adds the last answer of AWS to the error of a call whose time ran out. If that happens in the pause between two
// attempts, the SDK's error does not contain the reason for the pause, such as a throttling.
func keepLastAnswer(stack *middleware.Stack) error {
	report := func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
		middleware.FinalizeOutput, middleware.Metadata, error,
	) {
		var last error
		out, metadata, err := next.HandleFinalize(context.WithValue(ctx, lastAnswerKey{}, &last), in)
		if err != nil && last != nil && ctx.Err() != nil && !errors.Is(err, last) {
			err = fmt.Errorf("%w; the last answer: %w", err, last)
		}
		return out, metadata, err
	}
	keep := func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
		middleware.FinalizeOutput, middleware.Metadata, error,
	) {
		out, metadata, err := next.HandleFinalize(ctx, in)
		if last, ok := ctx.Value(lastAnswerKey{}).(*error); ok && err != nil {
			*last = err
		}
		return out, metadata, err
	}
	return errors.Join(
		stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("ReportLastAnswer", report), "Retry", middleware.Before),
		stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("KeepLastAnswer", keep), "Retry", middleware.After),
	)
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
