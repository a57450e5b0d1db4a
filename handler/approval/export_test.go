package approval

import (
	"encoding/json"
	"errors"
	"time"
)

// This file contains what the tests of packages approval and approval_test share.

// Compose is compose.
var Compose = compose

// TestAPI is the URL of the API in the tests.
const TestAPI = "https://abc123.execute-api.eu-west-1.amazonaws.com"

// TestStart is when the execution of [RequestWith] starts.
var TestStart = time.Date(2026, 11, 22, 9, 30, 5, 0, time.UTC)

// RequestWith returns a request of the execution release-42 for a decision within a day.
func RequestWith(input string) Request {
	return Request{
		TaskToken: "AQDEAAAAKgAAAA+token/with=all==",
		Execution: WaitingExecution{
			ARN:       "arn:aws:states:eu-west-1:123456789012:execution:approval-workflow:release-42",
			Name:      "release-42",
			StartedAt: TestStart,
		},
		Input:    json.RawMessage(input),
		Schedule: Schedule{IntervalSeconds: 86_400},
	}
}

// CodeOf returns the code of an [Error], or "" for any other error. The tests print it instead of the error, whose text
// might contain a token.
func CodeOf(err error) Code {
	var known *Error
	if !errors.As(err, &known) {
		return ""
	}
	return known.Code
}

// MessageOf returns the message of an [Error], or "" for any other error.
func MessageOf(err error) string {
	var known *Error
	if !errors.As(err, &known) {
		return ""
	}
	return known.Message
}
