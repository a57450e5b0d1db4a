// Package awstest provides fakes of AWS for tests of the programs that call it through the SDK.
package awstest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Config returns a configuration whose calls to AWS a handler answers. The SDK does not retry.
func Config(handle http.HandlerFunc) aws.Config {
	return aws.Config{
		Region:           "eu-west-1",
		HTTPClient:       &http.Client{Transport: direct(handle)},
		RetryMaxAttempts: 1,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	}
}

// direct answers requests without a connection. The SDK may lose the answer of a server that is too quick: it closes the
// request as soon as the answer begins, and then package net/http closes the connection.
// https://github.com/aws/aws-sdk-go-v2/issues/2737
type direct http.HandlerFunc

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	d(recorder, r)
	if err := r.Context().Err(); err != nil { // the handler waited too long
		return nil, err
	}
	return recorder.Result(), nil
}

// Answer returns a handler for the calls to AWS. Each is answered with a status and a body. SNS names its operations
// only in the body.
func Answer(tb testing.TB, answer func(operation, body string) (status int, answer string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			tb.Error(err)
		}
		status, text := answer(r.Header.Get("X-Amz-Target"), string(body))
		w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
		w.WriteHeader(status)
		fmt.Fprint(w, text)
	}
}

// Exception returns the answer of a service with JSON that refuses a call.
func Exception(name string) string { return fmt.Sprintf(`{"__type":%q,"message":"m"}`, name) }

// ExecutionARN is the ARN of the execution in the recorded histories.
const ExecutionARN = "arn:aws:states:eu-west-1:123456789012:execution:approval-workflow:release-42"

// History is a Step Functions with one execution.
type History struct {
	TB     testing.TB
	ARN    string
	Events []json.RawMessage // the newest first
	Pages  int               // that were asked for
}

// ReadHistory returns a Step Functions whose execution has the history in a file. Such a history has the form of an answer to
// GetExecutionHistory in reverse order, but always has all events.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html
func ReadHistory(tb testing.TB, file string) *History {
	tb.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	return ParseHistory(tb, string(text))
}

// ParseHistory returns a Step Functions whose execution has a history in that form.
func ParseHistory(tb testing.TB, text string) *History {
	tb.Helper()
	var history struct{ Events []json.RawMessage }
	if err := json.Unmarshal([]byte(text), &history); err != nil {
		tb.Fatal(err)
	}
	return &History{TB: tb, ARN: ExecutionARN, Events: history.Events}
}

// Answer answers a call with as many events as it asks for.
func (h *History) Answer(operation, body string) (status int, answer string) {
	h.Pages++
	var call struct {
		ExecutionARN, NextToken string
		ReverseOrder            bool
		MaxResults              int
	}
	err := json.Unmarshal([]byte(body), &call)
	if err != nil || operation != "AWSStepFunctions.GetExecutionHistory" || !call.ReverseOrder || call.MaxResults < 1 {
		h.TB.Errorf("call = %s %s, want GetExecutionHistory of a page in reverse order", operation, body)
	}
	if call.ExecutionARN != h.ARN {
		return http.StatusBadRequest, Exception("ExecutionDoesNotExist")
	}
	first, _ := strconv.Atoi(call.NextToken) // "" for the first page
	page := struct {
		Events    []json.RawMessage `json:"events"`
		NextToken string            `json:"nextToken,omitempty"`
	}{Events: h.Events[first:]}
	if len(page.Events) > call.MaxResults {
		page.Events, page.NextToken = page.Events[:call.MaxResults], fmt.Sprint(first+call.MaxResults)
	}
	text, err := json.Marshal(page)
	if err != nil {
		h.TB.Error(err)
	}
	return http.StatusOK, string(text)
}
