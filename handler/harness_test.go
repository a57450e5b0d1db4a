package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/approval/approvaltest"
)

const (
	testKeyARN = "arn:aws:kms:eu-west-1:123456789012:key/1"
	testPrefix = "arn:aws:states:eu-west-1:123456789012:execution:"
)

var testRef = approval.ExecutionRef{StateMachine: "approval-workflow", Name: "release-42"}

// newAWS returns a configuration whose calls to AWS a handler answers. The SDK does not retry.
func newAWS(handle http.HandlerFunc) aws.Config {
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

// newPorts returns the ports that call AWS.
func newPorts(config aws.Config) approval.Ports {
	client := sfn.NewFromConfig(config)
	return approval.Ports{
		Notifier:   notifier{client: sns.NewFromConfig(config), topicARN: "arn"},
		Callback:   callback{client: client},
		Executions: executions{client: client, arnPrefix: testPrefix},
		Keys:       &linkKey{client: kms.NewFromConfig(config), keyARN: testKeyARN},
	}
}

// answerCalls returns a handler for the calls to AWS. Each is answered with a status and a body. SNS names its operations
// only in the body.
func answerCalls(tb testing.TB, answer func(operation, body string) (status int, answer string)) http.HandlerFunc {
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

// exception returns the answer of a service with JSON that refuses a call.
func exception(name string) string { return fmt.Sprintf(`{"__type":%q,"message":"m"}`, name) }

// fakeHistory is a Step Functions with one execution, release-42.
type fakeHistory struct {
	tb     testing.TB
	events []json.RawMessage // the newest first
	pages  int               // that were asked for
	// wantEnd means that the next call must ask for the newest event only, without its data.
	wantEnd bool
}

// newHistory returns a Step Functions whose execution has a history of folder testdata. Such a history has the form of an
// answer to GetExecutionHistory in reverse order, but always has all events.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html
func newHistory(tb testing.TB, name string) *fakeHistory {
	tb.Helper()
	return parseHistory(tb, readFile(tb, "testdata/"+name+".json"))
}

func parseHistory(tb testing.TB, text string) *fakeHistory {
	tb.Helper()
	var history struct{ Events []json.RawMessage }
	if err := json.Unmarshal([]byte(text), &history); err != nil {
		tb.Fatal(err)
	}
	return &fakeHistory{tb: tb, events: history.Events}
}

func readFile(tb testing.TB, name string) string {
	tb.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		tb.Fatal(err)
	}
	return string(content)
}

// executions returns the port that reads the execution.
func (f *fakeHistory) executions() approval.Executions {
	return newPorts(newAWS(answerCalls(f.tb, f.answer))).Executions
}

// answer answers a call with as many events as it asks for.
func (f *fakeHistory) answer(operation, body string) (status int, answer string) {
	f.pages++
	call := struct {
		ExecutionARN, NextToken            string
		ReverseOrder, IncludeExecutionData bool
		MaxResults                         int
	}{IncludeExecutionData: true}
	err := json.Unmarshal([]byte(body), &call)
	if err != nil || operation != "AWSStepFunctions.GetExecutionHistory" || !call.ReverseOrder || call.MaxResults < 1 {
		f.tb.Errorf("call = %s %s, want GetExecutionHistory of a page in reverse order", operation, body)
	}
	if call.IncludeExecutionData == f.wantEnd || f.wantEnd && call.MaxResults != 1 {
		f.tb.Errorf("call = %s, want one without data: %t", body, f.wantEnd)
	}
	if call.ExecutionARN != testPrefix+"approval-workflow:release-42" {
		return http.StatusBadRequest, exception("ExecutionDoesNotExist")
	}
	first, _ := strconv.Atoi(call.NextToken) // "" for the first page
	page := struct {
		Events    []json.RawMessage `json:"events"`
		NextToken string            `json:"nextToken,omitempty"`
	}{Events: f.events[first:]}
	if len(page.Events) > call.MaxResults {
		page.Events, page.NextToken = page.Events[:call.MaxResults], fmt.Sprint(first+call.MaxResults)
	}
	text, err := json.Marshal(page)
	if err != nil {
		f.tb.Error(err)
	}
	return http.StatusOK, string(text)
}

// fakeKMS is a KMS with one key. The MAC of the link key's purpose is [approvaltest.Key].
type fakeKMS struct {
	tb    testing.TB
	calls int
	// refuse is the answer to every call, unless it is nil.
	refuse func() (status int, answer string)
}

// linkKey returns the key of the links that comes from the KMS.
func (f *fakeKMS) linkKey() *linkKey {
	return newPorts(newAWS(answerCalls(f.tb, f.answer))).Keys.(*linkKey)
}

func (f *fakeKMS) answer(operation, body string) (status int, answer string) {
	f.calls++
	if f.refuse != nil {
		return f.refuse()
	}
	message := encode("approval-workflow link key v1")
	want := fmt.Sprintf(`{"KeyId":%q,"MacAlgorithm":"HMAC_SHA_256","Message":%q}`, testKeyARN, message)
	if operation != "TrentService.GenerateMac" || body != want {
		f.tb.Errorf("call = %s %s, want GenerateMac %s", operation, body, want)
	}
	return http.StatusOK, testMAC
}

// testMAC is the answer of KMS.
var testMAC = fmt.Sprintf(`{"KeyId":%q,"Mac":%q,"MacAlgorithm":"HMAC_SHA_256"}`, testKeyARN, encode(approvaltest.Key))

func encode(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

// workflow is an AWS with an execution that waits for the click in click.json.
type workflow struct {
	history *fakeHistory
	key     fakeKMS
	// calls are the operations without the service, and without repetitions: see [direct].
	calls []string
}

func newWorkflow(tb testing.TB, history *fakeHistory) *workflow {
	return &workflow{history: history, key: fakeKMS{tb: tb}}
}

func (w *workflow) answer(operation, body string) (status int, answer string) {
	_, name, _ := strings.Cut(operation, ".")
	w.calls = slices.Compact(append(w.calls, name))
	switch name {
	case "GenerateMac":
		return w.key.answer(operation, body)
	case "GetExecutionHistory":
		return w.history.answer(operation, body)
	case "SendTaskSuccess":
		w.history = newHistory(w.history.tb, "approved")
		w.history.wantEnd = true
	}
	return http.StatusOK, "{}"
}

// start starts the function there. It returns the status of the answer to each click, and the log so far.
func (w *workflow) start(t *testing.T) (click func() int, log func() string) {
	t.Helper()
	server := httptest.NewServer(answerCalls(t, w.answer))
	t.Cleanup(server.Close)
	handler, file := startFunction(t, server.URL)
	click = func() int {
		answer, err := handler.Invoke(t.Context(), []byte(readFile(t, "adapter/testdata/click.json")))
		var response events.APIGatewayV2HTTPResponse
		if err := errors.Join(err, json.Unmarshal(answer, &response)); err != nil {
			t.Fatal(err)
		}
		return response.StatusCode
	}
	return click, func() string { return readFile(t, file) }
}

// startFunction starts the function in this process, with an endpoint of AWS. It also returns the file with its log.
func startFunction(tb testing.TB, endpoint string) (handler lambda.Handler, log string) {
	tb.Helper()
	environment := maps.Clone(validEnvironment)
	maps.Copy(environment, map[string]string{
		"AWS_ENDPOINT_URL": endpoint, "AWS_REGION": "eu-west-1", "CONFIRM": "false",
		"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_SESSION_TOKEN": "test",
	})
	log = filepath.Join(tb.TempDir(), "log")
	file, err := os.Create(log)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = file.Close() })
	stdout := os.Stdout
	defer func() { os.Stdout = stdout }()
	os.Stdout = file // the logger keeps it
	handler, err = newHandler(func(name string) string { return environment[name] })
	if err != nil {
		tb.Fatal(err)
	}
	return handler, log
}
