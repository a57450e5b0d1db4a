package infra

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

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

const (
	readHistory = "GetExecutionHistory arn:aws:states:eu-west-1:123456789012:execution:approval-1234567:release-42 true"
	deriveKey   = "GenerateMac arn:aws:kms:eu-west-1:123456789012:key/approval--links-1234567 HMAC_SHA_256 approval-workflow link key v1, generation 3"
)

// TestContract has two approvers decide, and checks the function's answers, its calls to AWS and its log.
func TestContract(t *testing.T) {
	c := &contract{t: t, cloud: deployed(t), aws: &fakeAWS{}} // both approvers have to agree, and the links ask
	c.start()
	c.checkCalls(deriveKey)

	c.aws.task = c.cloud.payload(t, "[]")
	c.invoke([]byte(c.aws.task), nil)
	links := c.links(ann, bob)
	c.checkCalls("ListSubscriptionsByTopic "+topicARN, "Publish "+topicARN, "Publish "+topicARN)

	c.click(http.MethodGet, links[ann], http.StatusMethodNotAllowed, "asks to confirm")
	c.checkCalls(readHistory)
	c.click(http.MethodPost, links[ann], http.StatusOK, "1 more approval is needed")
	c.checkCalls(readHistory, `SendTaskSuccess pending ["ann@example.com"]`)

	c.aws.task = c.cloud.payload(t, c.aws.approvals)
	c.click(http.MethodPost, links[bob], http.StatusOK, "Workflow approved successfully")
	c.checkCalls(readHistory, `SendTaskSuccess approved ["ann@example.com" "bob@example.com"]`)

	c.checkLog(taskToken, url.QueryEscape(taskToken), derivedKey,
		links[ann].Query().Get("signature"), links[bob].Query().Get("signature"))
}

// TestContractOfGroups has a member of a group decide. Bob is in it in other letters.
func TestContractOfGroups(t *testing.T) {
	c := &contract{t: t, cloud: deployed(t), aws: &fakeAWS{}}
	c.start()
	c.checkCalls(deriveKey)

	c.aws.task = strings.Replace(c.cloud.payload(t, "[]"), `"key": "value"`, `"group": "dba"`, 1)
	c.invoke([]byte(c.aws.task), nil)
	links := c.links(dora, bob, "dan@example.com")
	c.checkCalls("ListSubscriptionsByTopic "+topicARN, "Publish "+topicARN, "Publish "+topicARN, "Publish "+topicARN)

	c.click(http.MethodPost, links[dora], http.StatusOK, "1 more approval is needed")
	c.checkCalls(readHistory, `SendTaskSuccess pending ["dora@example.com"]`)
}

const dora = "dora@example.com"

// start starts the function's binary with the deployed configuration.
func (c *contract) start() {
	c.t.Helper()
	server := httptest.NewServer(c.aws)
	c.t.Cleanup(server.Close)
	binary := filepath.Join(c.t.TempDir(), "bootstrap")
	if err := bundle.Compile(c.t.Context(), "..", "./handler", binary, runtime.GOOS, runtime.GOARCH); err != nil {
		c.t.Fatal(err)
	}
	logFormat := c.cloud.only(c.t, functionToken)["loggingConfig"].(map[string]any)["logFormat"].(string)
	environment := []string{
		"AWS_LAMBDA_LOG_FORMAT=" + logFormat, "AWS_REGION=eu-west-1", "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test",
		"AWS_ENDPOINT_URL=" + server.URL,
	}
	for key, value := range c.cloud.environment(c.t) {
		environment = append(environment, key+"="+value)
	}
	c.function = lambdatest.Start(c.t, []string{binary}, environment)
	c.function.WaitReady()
}

// checkCalls checks the calls to AWS since the last check.
func (c *contract) checkCalls(want ...string) {
	c.t.Helper()
	c.aws.mu.Lock()
	defer c.aws.mu.Unlock()
	if diff := cmp.Diff(want, c.aws.calls); diff != "" {
		c.t.Errorf("calls to AWS (-want +got):\n%s", diff)
	}
	c.aws.calls = nil
}

// links returns the approve link of the e-mail to each approver. Exactly one subscription must accept each e-mail, and there must
// be no e-mail to others.
func (c *contract) links(approvers ...string) map[string]*url.URL {
	c.t.Helper()
	links := map[string]*url.URL{}
	for _, email := range c.aws.emails {
		const attribute = "MessageAttributes.entry.1."
		var receivers []string
		for _, subscription := range c.cloud.ofType(subscriptionToken) {
			filter, _ := subscription["filterPolicy"].(map[string]any)
			values, _ := filter[email.Get(attribute+"Name")].([]any)
			if slices.Contains(values, any(email.Get(attribute+"Value.StringValue"))) {
				receivers = append(receivers, subscription["endpoint"].(string))
			}
		}
		link, err := url.Parse(regexp.MustCompile(`https://\S+/approve\?\S+`).FindString(email.Get("Message")))
		if err != nil || link.Host != testArgs.Domain {
			c.t.Fatal("the e-mail has no approve link to the API") // the error would contain the signature
		}
		dataType, approver := email.Get(attribute+"Value.DataType"), link.Query().Get("approver")
		if dataType != "String" || !slices.Equal(receivers, []string{approver}) {
			c.t.Fatalf("receivers = %q by a %s, want %s by a String", receivers, dataType, approver)
		}
		links[receivers[0]] = link
	}
	slices.Sort(approvers)
	if got := slices.Sorted(maps.Keys(links)); !slices.Equal(approvers, got) {
		c.t.Fatalf("%q got e-mails, want %q", got, approvers)
	}
	return links
}

// invoke passes an event to the function and decodes the result into result. A nil result means that null is wanted.
func (c *contract) invoke(event []byte, result any) {
	c.t.Helper()
	answer := c.function.Invoke(event)
	c.function.WaitReady()
	if answer.Failed || result == nil && answer.Body != "null" {
		c.t.Fatalf("answer = %+v", answer)
	}
	if err := json.Unmarshal([]byte(answer.Body), &result); err != nil {
		c.t.Fatalf("decode answer: %v", err)
	}
}

// click clicks on a link and checks the answer. It fails if the API has no such route.
func (c *contract) click(method string, link *url.URL, status int, message string) {
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
	var response struct {
		StatusCode int
		Body       string
	}
	c.invoke(event, &response)
	if response.StatusCode != status || !strings.Contains(response.Body, message) {
		c.t.Errorf("answer to %s = %+v, want %d %s", method, response, status, message)
	}
}

// checkLog checks that the log has a JSON line for the request and for each of the three clicks, and no secret.
func (c *contract) checkLog(secrets ...string) {
	c.t.Helper()
	log := c.function.Stop()
	for _, secret := range secrets {
		if secret == "" || strings.Contains(log, secret) {
			c.t.Fatal("the log contains a task token, the key of the links or a signature")
		}
	}
	for line := range strings.Lines(log) {
		if !json.Valid([]byte(line)) {
			c.t.Errorf("a line of the log is not JSON: %s", line)
		}
	}
	for text, want := range map[string]int{
		`"execution":"release-42"`: 4, `"approver":"ann@example.com"`: 2, `"approver":"bob@example.com"`: 1,
	} {
		if got := strings.Count(log, text); got != want {
			c.t.Errorf("%d lines contain %s, want %d:\n%s", got, text, want, log)
		}
	}
}

// fakeAWS answers calls to SNS, Step Functions and KMS, and records them. Its execution waits with one task. The test
// changes the task only between two invocations.
type fakeAWS struct {
	task      string // the payload of the waiting task
	approvals string // of the last answer to the task, as JSON
	emails    []url.Values

	mu    sync.Mutex
	calls []string // the operation and what matters of the parameters
}

func (a *fakeAWS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodHead { // the start opens the connection for the first click
		return
	}
	body, _ := io.ReadAll(r.Body)
	parameters := url.Values{}
	_, operation, isJSON := strings.Cut(r.Header.Get("X-Amz-Target"), ".") // SNS takes forms
	if isJSON {
		var input map[string]any
		_ = json.Unmarshal(body, &input) // the test fails because of the missing parameters
		for name, value := range input {
			parameters.Set(name, fmt.Sprint(value))
		}
		w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
	} else {
		parameters, _ = url.ParseQuery(string(body))
		operation = parameters.Get("Action")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	call, answer := a.answer(operation, parameters)
	a.calls = append(a.calls, operation+" "+call)
	_, _ = io.WriteString(w, answer)
}

// derivedKey is the MAC of every text, in base64.
const derivedKey = "NDLn0uZZIHgNvcbBsXvUqO8ZP5vNMWAzEoVxYuCoPsU="

// answer returns what matters of a call, and the answer to it.
func (a *fakeAWS) answer(operation string, parameters url.Values) (call, answer string) {
	switch operation {
	case "GenerateMac":
		message, _ := base64.StdEncoding.DecodeString(parameters.Get("Message")) // the test fails because of the missing text
		return parameters.Get("KeyId") + " " + parameters.Get("MacAlgorithm") + " " + string(message),
			`{"MacAlgorithm": "HMAC_SHA_256", "Mac": "` + derivedKey + `"}`
	case "GetExecutionHistory":
		return parameters.Get("executionArn") + " " + parameters.Get("reverseOrder"), a.history()
	case "SendTaskSuccess":
		return a.decision(parameters), "{}"
	case "ListSubscriptionsByTopic":
		const member = `<member><Protocol>email</Protocol><Endpoint>%s</Endpoint><SubscriptionArn>%s</SubscriptionArn></member>`
		return parameters.Get("TopicArn"), `<ListSubscriptionsByTopicResponse><ListSubscriptionsByTopicResult><Subscriptions>` +
			fmt.Sprintf(member, ann, topicARN+":1") + fmt.Sprintf(member, bob, topicARN+":2") +
			fmt.Sprintf(member, dora, topicARN+":3") + fmt.Sprintf(member, "dan@example.com", topicARN+":4") +
			fmt.Sprintf(member, "eve@example.com", "PendingConfirmation") +
			`</Subscriptions></ListSubscriptionsByTopicResult></ListSubscriptionsByTopicResponse>`
	case "Publish":
		a.emails = append(a.emails, parameters)
		return parameters.Get("TopicArn"),
			`<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>`
	}
	return "unknown operation", ""
}

// history returns the newest events of the execution, the newest first.
func (a *fakeAWS) history() string {
	parameters, _ := json.Marshal(map[string]any{"FunctionName": "f", "Payload": json.RawMessage(a.task)})
	quoted, _ := json.Marshal(string(parameters))
	return `{"events": [
		{"id": 9, "type": "TaskSubmitted", "timestamp": 1795339806},
		{"id": 8, "type": "TaskStarted", "timestamp": 1795339805},
		{"id": 7, "type": "TaskScheduled", "timestamp": 1795339805, "taskScheduledEventDetails": {"parameters": ` +
		string(quoted) + `}}
	], "nextToken": "more"}`
}

// decision returns the status and the approvers of an answer to the task.
func (a *fakeAWS) decision(parameters url.Values) string {
	var output struct {
		Status    string
		Approvals json.RawMessage
	}
	var records []struct{ Approver string }
	_ = json.Unmarshal([]byte(parameters.Get("output")), &output) // the test fails because of the missing status
	_ = json.Unmarshal(output.Approvals, &records)
	a.approvals = string(output.Approvals)
	if parameters.Get("taskToken") != taskToken {
		return "with another task token than the request"
	}
	var approvers []string
	for _, record := range records {
		approvers = append(approvers, record.Approver)
	}
	return fmt.Sprintf("%s %q", output.Status, approvers)
}
