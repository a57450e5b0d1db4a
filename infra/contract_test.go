package infra

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"approval-workflow/handler/bundle"
	"approval-workflow/handler/lambdatest"
)

// contract is the real binary of the function with the environment that the workflow gives to it. The test invokes it
// as the state machine and the API do.
type contract struct {
	t        *testing.T
	cloud    *cloud
	aws      *fakeAWS
	function *lambdatest.Function
}

// TestContract has two approvers decide, and checks the function's answers, its calls to AWS and its log.
func TestContract(t *testing.T) {
	c := &contract{t: t, cloud: &cloud{partition: "aws"}, aws: startAWS(t)}
	deploy(t, c.cloud, "approval") // both approvers have to agree, and the links ask
	c.start()
	c.checkKey()

	task := taskPayload(t, c.cloud, "[]")
	c.aws.wait(task)
	c.invoke([]byte(task), nil)
	links := c.checkEmails()

	c.click(http.MethodGet, links["ann@example.com"], http.StatusMethodNotAllowed, "asks to confirm")
	c.checkHistory()
	c.click(http.MethodPost, links["ann@example.com"], http.StatusOK, "1 more approval is needed")
	approvals := c.checkDecision("pending", "ann@example.com")

	c.aws.wait(taskPayload(t, c.cloud, approvals))
	c.click(http.MethodPost, links["bob@example.com"], http.StatusOK, "Workflow approved successfully")
	c.checkDecision("approved", "ann@example.com", "bob@example.com")

	secrets := []string{taskToken, url.QueryEscape(taskToken), derivedKey}
	for _, link := range links {
		secrets = append(secrets, link.Query().Get("signature"))
	}
	checkLog(t, c.function.Stop(), secrets)
}

// start starts the function's binary with the deployed configuration.
func (c *contract) start() {
	c.t.Helper()
	binary := filepath.Join(c.t.TempDir(), "bootstrap")
	if err := bundle.Compile(c.t.Context(), "..", "./handler", binary, runtime.GOOS, runtime.GOARCH); err != nil {
		c.t.Fatal(err)
	}
	deployed := c.cloud.only(c.t, "aws:lambda/function:Function")
	environment := []string{
		"AWS_LAMBDA_LOG_FORMAT=" + deployed["loggingConfig"].(map[string]any)["logFormat"].(string),
		"AWS_REGION=eu-west-1", "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_ENDPOINT_URL=" + c.aws.url,
	}
	for key, value := range c.cloud.environment(c.t) {
		environment = append(environment, fmt.Sprintf("%s=%s", key, value))
	}
	c.function = lambdatest.Start(c.t, []string{binary}, environment)
	c.function.WaitReady()
}

// invoke passes an event to the function and decodes the result into result. A nil result means that null is wanted.
func (c *contract) invoke(event []byte, result any) {
	c.t.Helper()
	answer := c.function.Invoke(event)
	c.function.WaitReady()
	if answer.Failed || result == nil && answer.Body != "null" {
		c.t.Fatalf("answer = %+v", answer)
	}
	if result == nil {
		return
	}
	if err := json.Unmarshal([]byte(answer.Body), result); err != nil {
		c.t.Fatalf("decode answer: %v", err)
	}
}

// click clicks on a link and checks the answer.
func (c *contract) click(method string, link *url.URL, status int, message string) {
	c.t.Helper()
	var response struct {
		StatusCode int
		Body       string
	}
	c.invoke(c.clickEvent(method, link), &response)
	if response.StatusCode != status || !strings.Contains(response.Body, message) {
		c.t.Errorf("answer to %s = %+v, want %d %s", method, response, status, message)
	}
}

// clickEvent returns the event of the API for a click on a link. It fails if the API has no such route.
func (c *contract) clickEvent(method string, link *url.URL) []byte {
	c.t.Helper()
	key := method + " " + link.Path
	routes := slices.Collect(maps.Values(c.cloud.ofType("aws:apigatewayv2/route:Route")))
	if !slices.ContainsFunc(routes, func(route map[string]any) bool { return route["routeKey"] == key }) {
		c.t.Fatalf("the API has no route %s", key)
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
		c.t.Fatal(err)
	}
	return event
}
