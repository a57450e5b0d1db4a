//go:build e2e

package e2e

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// mailbox is an SQS queue that gets everything that SNS sends to the subscribers of a topic.
type mailbox struct{ queue string }

// newMailbox subscribes a new queue to a topic.
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

// email is the body of an e-mail.
type email string

// take returns the next e-mail about an execution. It drops e-mails about other executions, because AWS may retry an
// invocation and so send an e-mail twice.
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

// empty reports whether no e-mail is left.
func (m mailbox) empty(t *testing.T) bool {
	t.Helper()
	var received struct{ Messages []any }
	aws(t, &received, "sqs", "receive-message", "--queue-url", m.queue)
	return len(received.Messages) == 0
}

var linkPattern = regexp.MustCompile(`https://\S+(/approve|/reject)\?\S+`)

// links returns the links of the e-mail by their paths.
func (e email) links() map[string]*url.URL {
	links := map[string]*url.URL{}
	for _, match := range linkPattern.FindAllStringSubmatch(string(e), -1) {
		if link, err := url.Parse(match[0]); err == nil {
			links[match[1]] = link
		}
	}
	return links
}

// link returns the link of the e-mail with that path.
func (e email) link(t *testing.T, path string) *url.URL {
	t.Helper()
	link := e.links()[path]
	if link == nil {
		t.Fatalf("the e-mail has no link to %s", path)
	}
	return link
}
