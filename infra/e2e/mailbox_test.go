//go:build e2e

package e2e

import (
	"crypto/rand"
	"fmt"
	"strconv"
	"testing"
)

// mailbox is an SQS queue that gets the e-mails to every approver of a topic.
type mailbox struct {
	queue, arn string
	emails     map[address][]email // those that were received but not taken
}

// address says whom an e-mail is for, and about which execution.
type address struct{ execution, approver string }

// newMailbox creates a queue.
func newMailbox(t *testing.T) *mailbox {
	t.Helper()
	var queue struct {
		URL string `json:"QueueUrl"`
	}
	aws(t, &queue, "sqs", "create-queue", "--queue-name", "e2e-"+rand.Text())
	t.Cleanup(func() { aws(t, nil, "sqs", "delete-queue", "--queue-url", queue.URL) })
	var attributes struct{ Attributes struct{ QueueArn string } }
	aws(t, &attributes, "sqs", "get-queue-attributes", "--queue-url", queue.URL, "--attribute-names", "QueueArn")
	return &mailbox{queue.URL, attributes.Attributes.QueueArn, map[address][]email{}}
}

// subscribe subscribes the queue to a topic.
func (m *mailbox) subscribe(t *testing.T, topic string) {
	t.Helper()
	policy := fmt.Sprintf(`{"Version": "2012-10-17", "Statement": [{
		"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
		"Resource": %q, "Condition": {"ArnEquals": {"aws:SourceArn": %q}}}]}`, m.arn, topic)
	attributes := encode(t, map[string]string{"Policy": policy})
	aws(t, nil, "sqs", "set-queue-attributes", "--queue-url", m.queue, "--attributes", attributes)
	aws(t, nil, "sns", "subscribe", "--topic-arn", topic, "--protocol", "sqs", "--notification-endpoint", m.arn,
		"--attributes", "RawMessageDelivery=true")
}

// take returns the next e-mail about an execution to an approver.
func (m *mailbox) take(t *testing.T, execution, approver string) email {
	t.Helper()
	key := address{execution, approver}
	for range 8 {
		if waiting := m.emails[key]; len(waiting) > 0 {
			m.emails[key] = waiting[1:]
			return waiting[0]
		}
		m.receive(t, "20")
	}
	t.Fatalf("no e-mail to %s about %s", approver, execution)
	return ""
}

// receive receives e-mails, and waits some seconds for the first one. It returns their number.
func (m *mailbox) receive(t *testing.T, seconds string) int {
	t.Helper()
	var received struct {
		Messages []struct{ Body, ReceiptHandle string }
	}
	aws(t, &received, "sqs", "receive-message", "--queue-url", m.queue, "--wait-time-seconds", seconds,
		"--max-number-of-messages", "10")
	var handles []map[string]string
	for i, message := range received.Messages {
		handles = append(handles, map[string]string{"Id": strconv.Itoa(i), "ReceiptHandle": message.ReceiptHandle})
		e := email(message.Body)
		key := address{e.execution(), e.approver()}
		m.emails[key] = append(m.emails[key], e)
	}
	if len(handles) > 0 {
		aws(t, nil, "sqs", "delete-message-batch", "--queue-url", m.queue, "--entries", encode(t, handles))
	}
	return len(received.Messages)
}

// rest returns the number of e-mails about an execution to an approver that were not taken.
func (m *mailbox) rest(t *testing.T, execution, approver string) int {
	t.Helper()
	for m.receive(t, "0") > 0 {
		continue
	}
	return len(m.emails[address{execution, approver}])
}
