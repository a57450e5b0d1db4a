package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"

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

// transient reports whether a retry of a call to AWS may succeed. It includes a missing and an incomplete answer.
func transient(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) ||
		errors.As(err, new(*smithy.DeserializationError)) ||
		retryables.IsErrorRetryable(err) == aws.TrueTernary
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
