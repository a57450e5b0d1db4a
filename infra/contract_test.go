package infra

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// taskToken has every character that base64 has beyond letters and digits.
const taskToken = "AAAAKgAAAAIAAAAAAAAAAQ+contract/test+token=="

// TestContract starts the real binary with the environment that the workflow gives the function, sends it what the
// definition sends and then a click, and looks at what it asks of AWS and what it logs.
func TestContract(t *testing.T) {
	c := &cloud{partition: "aws"}
	deploy(t, c, "approval")
	aws := startAWS(t)
	function := startFunction(t, c, aws)

	if answer := function.invoke(t, taskPayload(t, c)); answer != "null" {
		t.Fatalf("answer to the task: %s", answer)
	}
	email := aws.take(t, "Publish")
	if topic := email.Get("TopicArn"); topic != "arn:aws:sns:eu-west-1:123456789012:approval-1234567" {
		t.Errorf("published to %s", topic)
	}
	link, err := url.Parse(regexp.MustCompile(`https://\S+/approve\?\S+`).FindString(email.Get("Message")))
	if err != nil || link.Host != "approval-api.execute-api.eu-west-1.amazonaws.com" {
		t.Fatalf("the e-mail has no approve link to the API: %v", err)
	}

	var response struct {
		StatusCode int
		Body       string
	}
	if err := json.Unmarshal([]byte(function.invoke(t, click(t, c, link))), &response); err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK || !strings.Contains(response.Body, "Workflow approved successfully") {
		t.Errorf("answer to the click: %d %s", response.StatusCode, response.Body)
	}
	decision := aws.take(t, "SendTaskSuccess")
	if decision.Get("taskToken") != taskToken {
		t.Error("the decision is not for the task that asked")
	}
	if !strings.Contains(decision.Get("output"), `"status":"approved"`) {
		t.Errorf("decision %s", decision.Get("output"))
	}

	logs := function.stop()
	for _, form := range []string{taskToken, url.QueryEscape(taskToken)} {
		if strings.Contains(logs, form) {
			t.Fatal("the logs hold the task token")
		}
	}
	for line := range strings.Lines(logs) {
		if !json.Valid([]byte(line)) {
			t.Errorf("a line of the log is no JSON: %s", line)
		}
	}
	if strings.Count(logs, `"execution":"release-42"`) != 2 {
		t.Errorf("the logs do not tell of the execution's e-mail and click:\n%s", logs)
	}
}

// taskPayload is the payload of the definition's task for an execution.
func taskPayload(t *testing.T, c *cloud) string {
	t.Helper()
	definition := c.one(t, "aws:sfn/stateMachine:StateMachine")["definition"].(map[string]any)
	task := definition["States"].(map[string]any)["RequestApproval"].(map[string]any)
	text, err := json.Marshal(task["Parameters"].(map[string]any)["Payload"])
	if err != nil {
		t.Fatal(err)
	}
	payload := strings.NewReplacer(`.$":`, `":`,
		`"$$.Task.Token"`, `"`+taskToken+`"`,
		`"$$.Execution.Id"`, `"arn:aws:states:eu-west-1:123456789012:execution:approval-1234567:release-42"`,
		`"$$.Execution.Name"`, `"release-42"`,
		`"$$.Execution.StartTime"`, `"2026-11-22T09:30:05.000Z"`,
		`"$$.Execution.Input"`, `{"key": "value"}`,
	).Replace(string(text))
	if strings.Contains(payload, "$") {
		t.Fatalf("the payload uses a path that this test does not know: %s", payload)
	}
	return payload
}

// click is the API's event for the opening of a link, if the API has the route.
func click(t *testing.T, c *cloud, link *url.URL) string {
	t.Helper()
	routes := slices.Collect(maps.Values(c.of("aws:apigatewayv2/route:Route")))
	if !slices.ContainsFunc(routes, func(r map[string]any) bool { return r["routeKey"] == "GET "+link.Path }) {
		t.Fatalf("the API has no route for GET %s", link.Path)
	}
	event, err := json.Marshal(map[string]any{
		"version": "2.0", "routeKey": "GET " + link.Path, "rawPath": link.Path, "rawQueryString": link.RawQuery,
		"headers": map[string]string{"host": link.Host, "accept": "application/json"},
		"requestContext": map[string]any{
			"domainName": link.Host, "stage": "$default",
			"http": map[string]string{"method": "GET", "path": link.Path, "sourceIp": "203.0.113.7", "userAgent": "test"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(event)
}

// lambdaFunction is a process of the function, with the Lambda Runtime API that it asks for events.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
type lambdaFunction struct {
	events, answers chan string
	exited          chan struct{}
	process         *exec.Cmd
	logs            bytes.Buffer // to be read once the process has exited
}

func startFunction(t *testing.T, c *cloud, aws *fakeAWS) *lambdaFunction {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "bootstrap")
	if err := compile(t.Context(), "..", binary, runtime.GOOS, runtime.GOARCH); err != nil {
		t.Fatal(err)
	}
	f := &lambdaFunction{events: make(chan string), answers: make(chan string, 1), exited: make(chan struct{})}
	api := httptest.NewServer(f)
	t.Cleanup(api.Close)
	t.Cleanup(func() { f.stop() }) // before the server, which waits for its clients

	recorded := c.one(t, "aws:lambda/function:Function")
	f.process = exec.CommandContext(t.Context(), binary)
	f.process.Env = []string{
		"AWS_LAMBDA_RUNTIME_API=" + strings.TrimPrefix(api.URL, "http://"),
		"AWS_LAMBDA_LOG_FORMAT=" + recorded["loggingConfig"].(map[string]any)["logFormat"].(string),
		"AWS_REGION=eu-west-1", "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_ENDPOINT_URL=" + aws.url,
	}
	for key, value := range recorded["environment"].(map[string]any)["variables"].(map[string]any) {
		f.process.Env = append(f.process.Env, fmt.Sprintf("%s=%s", key, value))
	}
	f.process.Stdout, f.process.Stderr = &f.logs, &f.logs
	if err := f.process.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = f.process.Wait() // it is killed in the end
		close(f.exited)
	}()
	return f
}

func (f *lambdaFunction) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost { // .../response or .../error
		body, _ := io.ReadAll(r.Body)
		f.answers <- string(body)
		w.WriteHeader(http.StatusAccepted)
		return
	}
	select { // .../invocation/next
	case event := <-f.events:
		w.Header().Set("Lambda-Runtime-Aws-Request-Id", "request-1")
		w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(time.Now().Add(functionTimeout).UnixMilli()))
		w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-1:123456789012:function:approval-1234567")
		_, _ = io.WriteString(w, event)
	case <-r.Context().Done():
	}
}

// invoke returns the function's answer to an event: its result, or its error.
func (f *lambdaFunction) invoke(t *testing.T, event string) string {
	t.Helper()
	select {
	case f.events <- event:
	case <-f.exited:
		t.Fatalf("the function exited before it took an event:\n%s", f.logs.String())
	}
	select {
	case answer := <-f.answers:
		return answer
	case <-f.exited:
		t.Fatalf("the function exited without an answer:\n%s", f.logs.String())
	}
	return ""
}

func (f *lambdaFunction) stop() string {
	_ = f.process.Process.Kill() // an error says that it has ended already
	<-f.exited
	return f.logs.String()
}

// fakeAWS answers SNS and Step Functions, and keeps what it was asked.
type fakeAWS struct {
	url   string
	calls chan awsCall
}

type awsCall struct {
	operation  string
	parameters url.Values
}

func startAWS(t *testing.T) *fakeAWS {
	aws := &fakeAWS{calls: make(chan awsCall, 10)}
	server := httptest.NewServer(aws)
	t.Cleanup(server.Close)
	aws.url = server.URL
	return aws
}

func (a *fakeAWS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if _, operation, ok := strings.Cut(r.Header.Get("X-Amz-Target"), "AWSStepFunctions."); ok {
		var input map[string]string
		_ = json.Unmarshal(body, &input) // what is missing then shows in the test
		parameters := url.Values{}
		for name, value := range input {
			parameters.Set(name, value)
		}
		a.calls <- awsCall{operation, parameters}
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		_, _ = io.WriteString(w, "{}")
		return
	}
	parameters, _ := url.ParseQuery(string(body))
	a.calls <- awsCall{parameters.Get("Action"), parameters}
	_, _ = io.WriteString(w, `<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>`)
}

// take returns the parameters of the next call, which must be of that operation.
func (a *fakeAWS) take(t *testing.T, operation string) url.Values {
	t.Helper()
	select {
	case call := <-a.calls:
		if call.operation != operation {
			t.Fatalf("the function called %s, want %s", call.operation, operation)
		}
		return call.parameters
	default:
		t.Fatalf("the function did not call %s", operation)
		return nil
	}
}
