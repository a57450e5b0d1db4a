package infra

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// checkKey checks that the function has derived the key of the links during its start, as its policy allows.
func (c *contract) checkKey() {
	c.t.Helper()
	call := c.aws.take(c.t, "GenerateMac")
	for name, want := range map[string]string{
		"KeyId": "arn:aws:kms:eu-west-1:123456789012:key/approval-links-1234567", "MacAlgorithm": "HMAC_SHA_256",
	} {
		if got := call.Get(name); got != want {
			c.t.Errorf("%s = %s, want %s", name, got, want)
		}
	}
}

// checkEmails checks the calls for the e-mails, one to each approver, and returns their approve links.
func (c *contract) checkEmails() map[string]*url.URL {
	c.t.Helper()
	const topicARN = "arn:aws:sns:eu-west-1:123456789012:approval-1234567"
	if got := c.aws.take(c.t, "ListSubscriptionsByTopic").Get("TopicArn"); got != topicARN {
		c.t.Errorf("topic of ListSubscriptionsByTopic = %s, want %s", got, topicARN)
	}
	links := map[string]*url.URL{}
	for range testArgs.Emails {
		email := c.aws.take(c.t, "Publish")
		if got := email.Get("TopicArn"); got != topicARN {
			c.t.Errorf("topic of Publish = %s, want %s", got, topicARN)
		}
		link, err := url.Parse(regexp.MustCompile(`https://\S+/approve\?\S+`).FindString(email.Get("Message")))
		if err != nil || link.Host != "approval-api.execute-api.eu-west-1.amazonaws.com" {
			c.t.Fatal("the e-mail has no approve link to the API") // the error would contain the signature
		}
		links[c.receiver(email)] = link
	}
	for _, approver := range testArgs.Emails {
		if links[approver] == nil || links[approver].Query().Get("approver") != approver {
			c.t.Fatalf("%s did not get an e-mail of their own", approver)
		}
	}
	return links
}

// receiver returns the approver whose subscription accepts an e-mail. There must be exactly one.
func (c *contract) receiver(email url.Values) string {
	c.t.Helper()
	const attribute = "MessageAttributes.entry.1."
	if got := email.Get(attribute + "Value.DataType"); got != "String" {
		c.t.Errorf("type of the attribute = %s, want String", got)
	}
	var receivers []string
	for _, subscription := range c.cloud.ofType("aws:sns/topicSubscription:TopicSubscription") {
		filter, _ := subscription["filterPolicy"].(map[string]any)
		values, _ := filter[email.Get(attribute+"Name")].([]any)
		if slices.Contains(values, any(email.Get(attribute+"Value.StringValue"))) {
			receivers = append(receivers, subscription["endpoint"].(string))
		}
	}
	if len(receivers) != 1 {
		c.t.Fatalf("receivers = %q, want one", receivers)
	}
	return receivers[0]
}

// checkHistory checks the call that reads the execution.
func (c *contract) checkHistory() {
	c.t.Helper()
	call := c.aws.take(c.t, "GetExecutionHistory")
	const want = "arn:aws:states:eu-west-1:123456789012:execution:approval-1234567:release-42"
	if got := call.Get("executionArn"); got != want || call.Get("reverseOrder") != "true" {
		c.t.Errorf("execution = %s, reverse order = %s, want %s and true", got, call.Get("reverseOrder"), want)
	}
}

// checkDecision checks the calls of a click that counts: which status it answers the waiting task with, and the
// approvals so far. It returns the approvals as JSON.
func (c *contract) checkDecision(status string, approvers ...string) string {
	c.t.Helper()
	c.checkHistory()
	decision := c.aws.take(c.t, "SendTaskSuccess")
	c.checkHistory()
	if decision.Get("taskToken") != taskToken {
		c.t.Error("the decision has another task token than the request")
	}
	var output struct {
		Status    string
		Approvals json.RawMessage
	}
	var records []struct{ Approver string }
	if err := json.Unmarshal([]byte(decision.Get("output")), &output); err != nil {
		c.t.Fatal(err)
	}
	if err := json.Unmarshal(output.Approvals, &records); err != nil {
		c.t.Fatal(err)
	}
	var got []string
	for _, record := range records {
		got = append(got, record.Approver)
	}
	if diff := cmp.Diff(approvers, got); diff != "" || output.Status != status {
		c.t.Errorf("status = %s, want %s; approvers (-want +got):\n%s", output.Status, status, diff)
	}
	return string(output.Approvals)
}

// checkLog checks that the log has a JSON line for the request and for each of the three clicks, and no secret.
func checkLog(t *testing.T, log string, secrets []string) {
	t.Helper()
	for _, secret := range secrets {
		if strings.Contains(log, secret) {
			t.Fatal("the log contains a task token, the key of the links or a signature")
		}
	}
	for line := range strings.Lines(log) {
		if !json.Valid([]byte(line)) {
			t.Errorf("a line of the log is not JSON: %s", line)
		}
	}
	for text, want := range map[string]int{
		`"execution":"release-42"`: 4, `"approver":"ann@example.com"`: 2, `"approver":"bob@example.com"`: 1,
	} {
		if got := strings.Count(log, text); got != want {
			t.Errorf("%d lines contain %s, want %d:\n%s", got, text, want, log)
		}
	}
}
