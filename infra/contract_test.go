package infra

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
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
	const topicARN = "arn:aws:sns:eu-west-1:123456789012:approval-1234567"
	if topic := aws.take(t, "GetTopicAttributes").Get("TopicArn"); topic != topicARN {
		t.Errorf("counted the subscriptions of %s", topic)
	}
	email := aws.take(t, "Publish")
	if topic := email.Get("TopicArn"); topic != topicARN {
		t.Errorf("published to %s", topic)
	}
	link, err := url.Parse(regexp.MustCompile(`https://\S+/approve\?\S+`).FindString(email.Get("Message")))
	if err != nil || link.Host != "approval-api.execute-api.eu-west-1.amazonaws.com" {
		t.Fatalf("the e-mail has no approve link to the API: %v", err)
	}

	for _, step := range []struct {
		method  string
		status  int
		message string
	}{
		{http.MethodGet, http.StatusMethodNotAllowed, "asks to confirm"}, // the workflow's configuration says so
		{http.MethodPost, http.StatusOK, "Workflow approved successfully"},
	} {
		var response struct {
			StatusCode int
			Body       string
		}
		if err := json.Unmarshal([]byte(function.invoke(t, click(t, c, step.method, link))), &response); err != nil {
			t.Fatal(err)
		}
		if response.StatusCode != step.status || !strings.Contains(response.Body, step.message) {
			t.Errorf("answer to %s: %d %s", step.method, response.StatusCode, response.Body)
		}
	}
	decision := aws.take(t, "SendTaskSuccess")
	if decision.Get("taskToken") != taskToken {
		t.Error("the decision is not for the task that asked")
	}
	if !strings.Contains(decision.Get("output"), `"status":"approved"`) {
		t.Errorf("decision %s", decision.Get("output"))
	}

	checkLogs(t, function.stop())
}

func checkLogs(t *testing.T, logs string) {
	t.Helper()
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
	if strings.Count(logs, `"execution":"release-42"`) != 3 {
		t.Errorf("the logs do not tell of the execution's e-mail and both clicks:\n%s", logs)
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
		`"$$.State.RetryCount"`, `0`,
	).Replace(string(text))
	if strings.Contains(payload, "$") {
		t.Fatalf("the payload uses a path that this test does not know: %s", payload)
	}
	return payload
}

// click is the API's event for a request to a link, if the API has the route.
func click(t *testing.T, c *cloud, method string, link *url.URL) string {
	t.Helper()
	routes := slices.Collect(maps.Values(c.of("aws:apigatewayv2/route:Route")))
	if !slices.ContainsFunc(routes, func(r map[string]any) bool { return r["routeKey"] == method+" "+link.Path }) {
		t.Fatalf("the API has no route for %s %s", method, link.Path)
	}
	event, err := json.Marshal(map[string]any{
		"version": "2.0", "routeKey": "GET " + link.Path, "rawPath": link.Path, "rawQueryString": link.RawQuery,
		"headers": map[string]string{"host": link.Host, "accept": "application/json"},
		"requestContext": map[string]any{
			"domainName": link.Host, "stage": "$default",
			"http": map[string]string{"method": method, "path": link.Path, "sourceIp": "203.0.113.7", "userAgent": "test"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(event)
}
