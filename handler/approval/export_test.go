package approval

import (
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// This file contains what the tests of packages approval and approval_test share, and the tests of several files.

// TestAPI is the URL of the API in the tests.
const TestAPI = "https://abc123.execute-api.eu-west-1.amazonaws.com"

// testKey is the key of package approvaltest, which the tests of this package cannot import.
const testKey = "a key of 32 bytes for tests only."

// secret is a text that no error and no log may contain.
const secret = "S3CRET/token+"

// TestStart is when the execution of [RequestWith] starts.
var TestStart = time.Date(2026, 11, 22, 9, 30, 5, 0, time.UTC)

// RequestWith returns a request of the execution release-42 for one approval within a day.
func RequestWith(input string) Request {
	return Request{
		TaskToken: "AQDEAAAAKgAAAA+token/with=all==",
		Execution: WaitingExecution{
			ARN:       "arn:aws:states:eu-west-1:123456789012:execution:approval-workflow:release-42",
			Name:      "release-42",
			StartedAt: TestStart,
		},
		Input:           json.RawMessage(input),
		Approvals:       []Record{},
		ApprovalsNeeded: 1,
		Groups:          map[string]int{},
		EnteredAt:       TestStart,
		Schedule:        Schedule{IntervalSeconds: 86_400},
	}
}

// checkInput returns the details of an input, or the error of Send.
func checkInput(input string) (details, error) {
	details, problems := parseDetails(json.RawMessage(input))
	return details, refusedInput(problems)
}

// Compose returns the e-mail to jo@example.com. The others are not asked.
func Compose(request Request, confirm bool, sent time.Time, others ...string) Email {
	service := NewService(Config{APIURL: TestAPI, Confirm: confirm}, Ports{})
	details, _ := parseDetails(request.Input)
	return service.compose(service.newDraft(request, details, others, sent), "jo@example.com", []byte(testKey))
}

// query encodes the parameters without the signature.
func (l Link) query(escape func(string) string) string {
	return string(appendQuery(nil, l.values(), escape))
}

// SignedQuery returns the query of a link.
func SignedQuery(link Link, key string) string {
	return link.query(escapeValue) + "&signature=" + link.sign([]byte(key))
}

// MessageOf returns the message of an [Error], or "" for any other error.
func MessageOf(err error) string {
	if known, ok := errors.AsType[*Error](err); ok {
		return known.Message
	}
	return ""
}

// TextOf returns the text of an error, or "" for nil.
func TextOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// nested returns an array in an array, and so on, so many levels deep, around a value.
func nested(levels int, value string) string {
	return strings.Repeat("[", levels) + value + strings.Repeat("]", levels)
}
