package infra

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"approval-workflow/handler/bundle"
	"approval-workflow/handler/lambdatest"
)

// TestContract starts the real binary with the environment that the workflow gives to the function. It invokes it as the
// state machine and the API do, and checks its calls to AWS and its log.
func TestContract(t *testing.T) {
	c := &cloud{partition: "aws"}
	deploy(t, c, "approval")
	aws := startAWS(t)
	function := startFunction(t, c, aws)

	invoke(t, function, []byte(taskPayload(t, c)), nil)
	link := checkEmail(t, aws)
	for _, step := range []struct {
		method  string
		status  int
		message string
	}{
		{http.MethodGet, http.StatusMethodNotAllowed, "asks to confirm"}, // testArgs has Confirm
		{http.MethodPost, http.StatusOK, "Workflow approved successfully"},
	} {
		var response struct {
			StatusCode int
			Body       string
		}
		invoke(t, function, clickEvent(t, c, step.method, link), &response)
		if response.StatusCode != step.status || !strings.Contains(response.Body, step.message) {
			t.Errorf("answer to %s = %+v, want %d %s", step.method, response, step.status, step.message)
		}
	}
	decision := aws.take(t, "SendTaskSuccess")
	if decision.Get("taskToken") != taskToken {
		t.Error("the decision has another task token than the request")
	}
	if got := decision.Get("output"); !strings.Contains(got, `"status":"approved"`) {
		t.Errorf("decision = %s, want an approval", got)
	}
	checkLog(t, function.Stop())
}

// startFunction starts the function's binary with the deployed configuration.
func startFunction(t *testing.T, c *cloud, aws *fakeAWS) *lambdatest.Function {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "bootstrap")
	if err := bundle.Compile(t.Context(), "..", "./handler", binary, runtime.GOOS, runtime.GOARCH); err != nil {
		t.Fatal(err)
	}
	deployed := c.only(t, "aws:lambda/function:Function")
	environment := []string{
		"AWS_LAMBDA_LOG_FORMAT=" + deployed["loggingConfig"].(map[string]any)["logFormat"].(string),
		"AWS_REGION=eu-west-1", "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_ENDPOINT_URL=" + aws.url,
	}
	for key, value := range deployed["environment"].(map[string]any)["variables"].(map[string]any) {
		environment = append(environment, fmt.Sprintf("%s=%s", key, value))
	}
	return lambdatest.Start(t, []string{binary}, environment)
}

// invoke passes an event to the function and decodes the result into result. A nil result means that null is wanted.
func invoke(t *testing.T, function *lambdatest.Function, event []byte, result any) {
	t.Helper()
	function.WaitReady()
	answer := function.Invoke(event)
	if answer.Failed || result == nil && answer.Body != "null" {
		t.Fatalf("answer = %+v", answer)
	}
	if result == nil {
		return
	}
	if err := json.Unmarshal([]byte(answer.Body), result); err != nil {
		t.Fatalf("decode answer: %v", err)
	}
}

// checkEmail checks the calls for an e-mail, and returns its approve link.
func checkEmail(t *testing.T, aws *fakeAWS) *url.URL {
	t.Helper()
	const topicARN = "arn:aws:sns:eu-west-1:123456789012:approval-1234567"
	if got := aws.take(t, "GetTopicAttributes").Get("TopicArn"); got != topicARN {
		t.Errorf("topic of GetTopicAttributes = %s, want %s", got, topicARN)
	}
	email := aws.take(t, "Publish")
	if got := email.Get("TopicArn"); got != topicARN {
		t.Errorf("topic of Publish = %s, want %s", got, topicARN)
	}
	link, err := url.Parse(regexp.MustCompile(`https://\S+/approve\?\S+`).FindString(email.Get("Message")))
	if err != nil || link.Host != "approval-api.execute-api.eu-west-1.amazonaws.com" {
		t.Fatal("the e-mail has no approve link to the API") // the error would contain the token
	}
	return link
}

// clickEvent returns the event of the API for a click on a link. It fails if the API has no such route.
func clickEvent(t *testing.T, c *cloud, method string, link *url.URL) []byte {
	t.Helper()
	key := method + " " + link.Path
	routes := slices.Collect(maps.Values(c.ofType("aws:apigatewayv2/route:Route")))
	if !slices.ContainsFunc(routes, func(route map[string]any) bool { return route["routeKey"] == key }) {
		t.Fatalf("the API has no route %s", key)
	}
	event, err := json.Marshal(map[string]any{
		"version": "2.0", "routeKey": key, "rawPath": link.Path, "rawQueryString": link.RawQuery,
		"headers": map[string]string{"host": link.Host, "accept": "application/json"},
		"requestContext": map[string]any{
			"domainName": link.Host, "stage": "$default",
			"http": map[string]string{"method": method, "path": link.Path, "sourceIp": "203.0.113.7", "userAgent": "test"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return event
}

// checkLog checks that the log has a JSON line for the e-mail and for each of the two clicks, and no task token.
func checkLog(t *testing.T, log string) {
	t.Helper()
	for _, form := range []string{taskToken, url.QueryEscape(taskToken)} {
		if strings.Contains(log, form) {
			t.Fatal("the log contains the task token")
		}
	}
	for line := range strings.Lines(log) {
		if !json.Valid([]byte(line)) {
			t.Errorf("a line of the log is not JSON: %s", line)
		}
	}
	if got := strings.Count(log, `"execution":"release-42"`); got != 3 {
		t.Errorf("%d lines are about the execution, want 3:\n%s", got, log)
	}
}
