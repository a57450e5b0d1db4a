//go:build e2e

package e2e

import (
	"crypto/rand"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn"
)

// email is the body of an e-mail.
type email string

var (
	executionPattern = regexp.MustCompile(`arn:\S+:execution:\S+`)
	approverPattern  = regexp.MustCompile(`(?m)^Approver:   (\S+)$`)
	linkPattern      = regexp.MustCompile(`https://\S+(/approve|/reject)\?\S+`)
)

// execution returns the ARN of the execution that the e-mail is about.
func (e email) execution() string { return executionPattern.FindString(string(e)) }

// approver returns the address that the e-mail is for.
func (e email) approver() string {
	if match := approverPattern.FindStringSubmatch(string(e)); match != nil {
		return match[1]
	}
	return ""
}

// asks reports whether the e-mail asks for a decision. Those about the end of an execution have no links.
func (e email) asks() bool { return len(e.links()) > 0 }

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

// mailbox is an SQS queue that gets the e-mails to every approver of a topic.
type mailbox struct {
	queue  string              // its URL
	emails map[address][]email // those that ask and were received but not taken
}

// address says whom an e-mail is for, and about which execution.
type address struct{ execution, approver string }

// allow is a policy that lets everybody do something if a condition is true.
const allow = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
	"Principal": "*", "Action": %q, "Resource": %q, "Condition": {"StringEquals": {%q: %q}}}]}`

// newQueue creates a queue to which a topic may send. It returns the queue's URL and ARN. The queue hides a message for hours once
// it was received, so nobody has to delete it.
func newQueue(t *testing.T, topic string) (queue, arn string) {
	t.Helper()
	aws(t, &queue, "sqs", "create-queue", "--queue-name", "e2e-"+rand.Text(), "--attributes", "VisibilityTimeout=43200",
		"--query", "QueueUrl")
	t.Cleanup(func() { aws(t, nil, "sqs", "delete-queue", "--queue-url", queue) })
	aws(t, &arn, "sqs", "get-queue-attributes", "--queue-url", queue, "--attribute-names", "QueueArn",
		"--query", "Attributes.QueueArn")
	aws(t, nil, "sqs", "set-queue-attributes", "--queue-url", queue, "--attributes",
		fmt.Sprintf(`{"Policy": %q}`, fmt.Sprintf(allow, "sqs:SendMessage", arn, "aws:SourceArn", topic)))
	return queue, arn
}

// newMailbox creates a queue and subscribes it to a topic. The topic's policy denies that, so another policy replaces it meanwhile.
func newMailbox(t *testing.T, topic string) *mailbox {
	queue, arn := newQueue(t, topic)
	m := &mailbox{queue: queue, emails: map[address][]email{}}
	var deployed string
	aws(t, &deployed, "sns", "get-topic-attributes", "--topic-arn", topic, "--query", "Attributes.Policy")
	setPolicy(t, topic, fmt.Sprintf(allow, "sns:Subscribe", topic, "sns:Endpoint", arn))
	defer setPolicy(t, topic, deployed)
	var err error
	for range 12 { // AWS may take some time to apply the policy
		if _, err = awsOutput("sns", "subscribe", "--topic-arn", topic, "--protocol", "sqs",
			"--notification-endpoint", arn, "--attributes", "RawMessageDelivery=true"); err == nil {
			return m
		}
		time.Sleep(5 * time.Second)
	}
	t.Fatal(err)
	return nil
}

func setPolicy(t *testing.T, topic, policy string) {
	t.Helper()
	aws(t, nil, "sns", "set-topic-attributes", "--topic-arn", topic,
		"--attribute-name", "Policy", "--attribute-value", policy)
}

// take returns the next e-mail about an execution to an approver. Those about others may come first, in any number.
func (m *mailbox) take(t *testing.T, execution, approver string) email {
	t.Helper()
	key := address{execution, approver}
	for start := time.Now(); time.Since(start) < 3*time.Minute; {
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
	received := receive(t, m.queue, seconds)
	for _, e := range received {
		if e.asks() {
			key := address{e.execution(), e.approver()}
			m.emails[key] = append(m.emails[key], e)
		}
	}
	return len(received)
}

// receive receives messages from a queue, and waits some seconds for the first one.
func receive(t *testing.T, queue, seconds string) (received []email) {
	t.Helper()
	aws(t, &received, "sqs", "receive-message", "--queue-url", queue, "--wait-time-seconds", seconds,
		"--max-number-of-messages", "10", "--query", "Messages[].Body")
	return received
}

// rest returns the number of e-mails about an execution to an approver that were not taken.
func (m *mailbox) rest(t *testing.T, execution, approver string) int {
	for m.receive(t, "0") > 0 {
		continue
	}
	return len(m.emails[address{execution, approver}])
}

// gate is a stack with the approval workflow, and a mailbox that gets the e-mails to all its approvers.
type gate struct {
	*stack
	approvers []string
	box       *mailbox
	states    *sfn.Client
	pace      <-chan time.Time // limits the rate of calls that wait for something
	outcomes  []outcomes
	untold    string // the name of an execution of whose end nobody could be told
}

// newGate creates a stack of the Pulumi project in dir.
func newGate(t *testing.T, dir string, approvers ...string) *gate {
	t.Helper()
	g := &gate{
		stack: newStack(t, dir), approvers: approvers, states: newStepFunctions(), pace: time.Tick(200 * time.Millisecond),
	}
	g.set(t, "email="+strings.Join(approvers, ","))
	return g
}

// deploy deploys the stack for the first time.
func (g *gate) deploy(t *testing.T) {
	t.Helper()
	g.up(t)
	g.box = newMailbox(t, g.output("topicArn"))
}

// request is an execution that asks the approvers.
type request struct {
	*gate
	execution string // its ARN
	input     string
	asked     []int         // the approvers who get an e-mail
	emails    map[int]email // the first e-mail to each of them
}

// ask starts an execution with an input.
func (g *gate) ask(t *testing.T, input string) *request {
	t.Helper()
	return &request{gate: g, execution: g.start(t, g.output("stateMachineArn"), "", input), input: input}
}

// askAll starts an execution with an input and waits for the e-mails.
func (g *gate) askAll(t *testing.T, input string) *request {
	t.Helper()
	r := g.ask(t, input)
	r.receive(t)
	return r
}

// receive waits for the first e-mail to each approver of the gate, unless the request asks only some of them.
func (r *request) receive(t *testing.T) {
	t.Helper()
	if r.asked == nil {
		for approver := range r.approvers {
			r.asked = append(r.asked, approver)
		}
	}
	r.emails = map[int]email{}
	for _, approver := range r.asked {
		r.emails[approver] = r.next(t, approver)
	}
}

// next returns the next e-mail to an approver.
func (r *request) next(t *testing.T, approver int) email {
	t.Helper()
	return r.box.take(t, r.execution, r.approvers[approver])
}
