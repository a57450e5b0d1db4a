//go:build e2e

package infra_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// mailbox takes what SNS sends to a topic's subscribers, by a queue that is subscribed as well.
type mailbox struct{ queue string }

func newMailbox(t *testing.T, topic string) mailbox {
	t.Helper()
	var queue struct {
		URL string `json:"QueueUrl"`
	}
	aws(t, &queue, "sqs", "create-queue", "--queue-name", "e2e-"+rand.Text())
	t.Cleanup(func() { aws(t, nil, "sqs", "delete-queue", "--queue-url", queue.URL) })
	var attributes struct{ Attributes struct{ QueueArn string } }
	aws(t, &attributes, "sqs", "get-queue-attributes", "--queue-url", queue.URL, "--attribute-names", "QueueArn")
	arn := attributes.Attributes.QueueArn
	policy := fmt.Sprintf(`{"Version": "2012-10-17", "Statement": [{
		"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
		"Resource": %q, "Condition": {"ArnEquals": {"aws:SourceArn": %q}}}]}`, arn, topic)
	encoded, err := json.Marshal(map[string]string{"Policy": policy})
	if err != nil {
		t.Fatal(err)
	}
	aws(t, nil, "sqs", "set-queue-attributes", "--queue-url", queue.URL, "--attributes", string(encoded))
	aws(t, nil, "sns", "subscribe", "--topic-arn", topic, "--protocol", "sqs", "--notification-endpoint", arn,
		"--attributes", "RawMessageDelivery=true")
	return mailbox{queue: queue.URL}
}

type email string

// take returns the e-mail of that execution. It passes over others: an invocation that AWS retried can have sent one
// twice.
func (m mailbox) take(t *testing.T, execution string) email {
	t.Helper()
	for range 10 {
		var received struct {
			Messages []struct{ Body, ReceiptHandle string }
		}
		aws(t, &received, "sqs", "receive-message", "--queue-url", m.queue, "--wait-time-seconds", "20")
		for _, message := range received.Messages {
			aws(t, nil, "sqs", "delete-message", "--queue-url", m.queue, "--receipt-handle", message.ReceiptHandle)
			if strings.Contains(message.Body, execution) {
				return email(message.Body)
			}
		}
	}
	t.Fatalf("no e-mail about %s", execution)
	return ""
}

// empty tells whether no e-mail is left, about whatever execution.
func (m mailbox) empty(t *testing.T) bool {
	t.Helper()
	var received struct{ Messages []any }
	aws(t, &received, "sqs", "receive-message", "--queue-url", m.queue)
	return len(received.Messages) == 0
}

var linkPattern = regexp.MustCompile(`https://\S+(/approve|/reject)\?\S+`)

// links are the e-mail's links by the path they lead to.
func (e email) links() map[string]*url.URL {
	links := map[string]*url.URL{}
	for _, match := range linkPattern.FindAllStringSubmatch(string(e), -1) {
		if link, err := url.Parse(match[0]); err == nil {
			links[match[1]] = link
		}
	}
	return links
}

// link returns the e-mail's link to a path of the API.
func (e email) link(t *testing.T, path string) *url.URL {
	t.Helper()
	link := e.links()[path]
	if link == nil {
		t.Fatalf("the e-mail has no link to %s", path)
	}
	return link
}

// deployed is a resource of a stack's state.
type deployed struct{ Type, ID string }

// describe are the AWS calls that find a resource of each type by its ID: they fail, or count 0, for one that is not
// there.
var describe = map[string][]string{
	"aws:sns/topic:Topic":               {"sns", "get-topic-attributes", "--topic-arn"},
	"aws:apigatewayv2/api:Api":          {"apigatewayv2", "get-api", "--api-id"},
	"aws:cloudwatch/logGroup:LogGroup":  {"logs", "list-tags-log-group", "--log-group-name"},
	"aws:iam/role:Role":                 {"iam", "get-role", "--role-name"},
	"aws:lambda/function:Function":      {"lambda", "get-function", "--function-name"},
	"aws:sfn/stateMachine:StateMachine": {"stepfunctions", "describe-state-machine", "--state-machine-arn"},
	"aws:cloudwatch/metricAlarm:MetricAlarm": {
		"cloudwatch", "describe-alarms", "--query", "length(MetricAlarms)", "--alarm-names",
	},
}

// resources are those of the stack that are no part of another resource.
func (s *stack) resources(t *testing.T) []deployed {
	t.Helper()
	var state struct {
		Deployment struct{ Resources []deployed }
	}
	decode(t, s.pulumi(t, "stack", "export"), &state)
	var found []deployed
	types := map[string]bool{}
	for _, r := range state.Deployment.Resources {
		if describe[r.Type] != nil {
			found = append(found, r)
			types[r.Type] = true
		}
	}
	if len(types) != len(describe) {
		t.Fatalf("the stack has resources of the types %v only", types)
	}
	return found
}

func (r deployed) exists(t *testing.T) bool {
	t.Helper()
	out, err := exec.Command("aws", append(describe[r.Type], r.ID)...).CombinedOutput()
	if err != nil && !regexp.MustCompile(`NotFound|NoSuchEntity|DoesNotExist`).Match(out) {
		t.Fatalf("look for %s: %v\n%s", r.ID, err, out)
	}
	return err == nil && strings.TrimSpace(string(out)) != "0"
}

// aws runs the AWS CLI and decodes what it prints, unless into is nil.
func aws(t *testing.T, into any, args ...string) {
	t.Helper()
	if endpoint := os.Getenv("AWS_ENDPOINT_URL"); endpoint != "" {
		args = append(args, "--endpoint-url", endpoint) // version 1 of the CLI ignores the variable for SQS
	}
	out := run(t, ".", "aws", append(args, "--output", "json")...)
	if into != nil && len(out) > 0 {
		decode(t, out, into)
	}
}

func run(t *testing.T, dir, name string, args ...string) []byte {
	t.Helper()
	command := exec.Command(name, args...)
	command.Dir = dir
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args[:2], " "), err, out, &stderr)
	}
	return out
}

func decode(t *testing.T, text []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("decode: %v", err)
	}
}
