//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn"
)

// told waits for the e-mail to an address about the end. It checks how its subject begins, and texts in it, in which {ann}, {bob}
// and {cy} are the approvers. It does nothing on an AWS account, where nobody can read the e-mail.
func told(address, subject string, texts ...string) action {
	return func(t *testing.T, r *request) {
		if !onSandbox() {
			return
		}
		names := strings.NewReplacer("{ann}", r.approvers[ann], "{bob}", r.approvers[bob], "{cy}", r.approvers[cy])
		message := r.notice(t, names.Replace(address), subject)
		for _, text := range texts {
			if !strings.Contains(message, names.Replace(text)) {
				t.Errorf("the e-mail to %s, %s, does not contain %q:\n%s", address, subject, names.Replace(text), message)
			}
		}
	}
}

// notice waits for an e-mail about the end. It checks that there is one with such a subject.
func (r *request) notice(t *testing.T, address, subject string) string {
	t.Helper()
	var subjects []string
	for start := time.Now(); time.Since(start) < 5*time.Minute; time.Sleep(200 * time.Millisecond) {
		subjects = nil
		for _, m := range r.notices(t)[r.name()] {
			if m.To == address && strings.HasPrefix(m.Subject, subject) {
				return string(m.Message)
			}
			subjects = append(subjects, m.To+": "+m.Subject)
		}
	}
	t.Fatalf("%s got no e-mail about %s that begins with %q, but there are %q", address, r.name(), subject, subjects)
	return ""
}

// name returns the name of the execution.
func (r *request) name() string { return r.execution[strings.LastIndex(r.execution, ":")+1:] }

const (
	drop      = `{"subject":"Drop \"orders_2019\"","requester":"jo@example.com"}`
	dropTitle = `Drop "orders_2019" [`
	cause     = "He said: \"it's a typo\"\nand <b>left</b>, 100%"
	lineOne   = `> He said: "it's a typo"`
	lineTwo   = "> and <b>left</b>, 100%"
)

// toldEnds are the ends of requests of which two of three approvers have to approve. Everybody who was asked learns how it ended.
var toldEnds = []scenario{
	{"approved", drop, []action{
		approve(ann, 200, counted), approve(bob, 200, approved), approvedBy(ann, bob),
		told(team, "Approved: "+dropTitle, "Approved:   by {ann} at ", "Approved:   by {bob} at ", `Requester:  "jo@example.com"`,
			", after "),
		told("{ann}", "You approved: "+dropTitle, "Your approval was recorded.", "Client:     curl/8.14.1", "From:       ",
			"If this was not you"),
		told("{cy}", "Approved: "+dropTitle, "There is nothing left for you to do.", "Approved:   by {bob} at "),
	}},
	{"rejected after an approval", drop, []action{
		approve(ann, 200, counted),
		visit(http.MethodPost, bob, "/reject", nil, url.Values{"reason": {cause}}.Encode(), 200, rejected), rejectedBy(bob),
		told(team, "Rejected: "+dropTitle, "Approved:   by {ann} at ", "Rejected:   by {bob} at ", lineOne, lineTwo),
		told("{ann}", "You approved: "+dropTitle, "How it ended: The request was rejected."),
		told("{bob}", "You rejected: "+dropTitle, "Your rejection was recorded.", lineOne),
		told("{cy}", "Rejected: "+dropTitle, lineOne, lineTwo),
	}},
	{"stopped with a cause", drop, []action{
		approve(ann, 200, counted), stopBecause(cause),
		told(team, "Withdrawn: "+dropTitle, lineOne, lineTwo), told("{cy}", "Withdrawn: "+dropTitle, lineOne, lineTwo),
		told("{ann}", "You approved: "+dropTitle, "withdraws the request"),
		visit(http.MethodGet, cy, "/approve", browser, "", 410, "it&#39;s a typo"), approve(cy, 410, "They wrote: "),
	}},
	{"failed by another program", drop, []action{
		failTask(cause),
		told(operators, "Not sent: "+dropTitle, "Error:      NotSent", lineOne, lineTwo, "What to do: ", "console.aws.amazon.com"),
		told("{ann}", "Not sent: "+dropTitle, "nothing left"),
	}},
	{"answered by another program", drop, []action{
		answerTask(`{"status":"maybe"}`), told(operators, "Failed: "+dropTitle, "Error:      Undecided"), told(team, "Failed: "+dropTitle),
	}},
}

// tellAll plays the ends. A queue that wants approvals only gets each approval.
func tellAll(t *testing.T, g *gate) {
	queue := subscribeQueue(t, g, `{"status": ["SUCCEEDED"]}`)
	g.play(t, toldEnds)
	t.Run("timed out", func(t *testing.T) { timeOut(t, g) })
	if queue == "" {
		return
	}
	for start := time.Now(); time.Since(start) < time.Minute; {
		if received := receive(t, queue, "5"); len(received) > 0 {
			if len(received) != 1 || !strings.HasPrefix(string(received[0]), "The request was approved.\n") {
				t.Errorf("the queue got %q, want the approval", received)
			}
			return
		}
	}
	t.Error("the queue got nothing")
}

// subscribeQueue subscribes a queue to some of the outcomes, as the README of the component says. AWS may take 15 minutes to apply
// a filter policy, so it does that on the sandbox only.
func subscribeQueue(t *testing.T, g *gate, filter string) (queue string) {
	if !onSandbox() {
		return ""
	}
	topic := g.output("outcomeTopicArn")
	queue, arn := newQueue(t, topic)
	subscription := ""
	attributes := fmt.Sprintf(`{"RawMessageDelivery": "true", "FilterPolicy": %q}`, filter)
	aws(t, &subscription, "sns", "subscribe", "--topic-arn", topic, "--protocol", "sqs", "--notification-endpoint", arn,
		"--attributes", attributes, "--query", "SubscriptionArn")
	t.Cleanup(func() { aws(t, nil, "sns", "unsubscribe", "--subscription-arn", subscription) })
	return queue
}

// stopBecause stops the execution with a cause.
func stopBecause(cause string) action {
	return func(t *testing.T, r *request) {
		if _, err := r.states.StopExecution(t.Context(), &sfn.StopExecutionInput{ExecutionArn: &r.execution, Cause: &cause}); err != nil {
			t.Fatal(err)
		}
	}
}

// failTask fails the task, as whoever has its token can.
func failTask(cause string) action {
	return func(t *testing.T, r *request) {
		r.submitted(t, r.execution)
		token := r.newestTask(t, r.execution).TaskToken
		if _, err := r.states.SendTaskFailure(t.Context(), &sfn.SendTaskFailureInput{TaskToken: &token, Cause: &cause}); err != nil {
			t.Fatal("send task failure") // the error may contain the token
		}
		r.do(t, failed("NotSent", ""))
	}
}

// answerTask answers the task with an output that is not a decision of this workflow.
func answerTask(output string) action {
	return func(t *testing.T, r *request) {
		r.submitted(t, r.execution)
		token := r.newestTask(t, r.execution).TaskToken
		if _, err := r.states.SendTaskSuccess(t.Context(), &sfn.SendTaskSuccessInput{TaskToken: &token, Output: &output}); err != nil {
			t.Fatal("send task success") // the error may contain the token
		}
		r.do(t, failed("Undecided", "maybe"))
	}
}

// timeOut lets Step Functions itself end an execution. Without the changed definition, it does that after a year.
func timeOut(t *testing.T, g *gate) {
	onlyOnSandbox(t)
	arn := g.output("stateMachineArn")
	deployed, err := g.states.DescribeStateMachine(t.Context(), &sfn.DescribeStateMachineInput{StateMachineArn: &arn})
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(*deployed.Definition, "{", `{"TimeoutSeconds": 10,`, 1)
	define := func(definition string) {
		update := &sfn.UpdateStateMachineInput{StateMachineArn: &arn, Definition: &definition}
		if _, err := g.states.UpdateStateMachine(context.Background(), update); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { define(*deployed.Definition) })
	define(changed)
	r := g.askAll(t, drop)
	if got := g.wait(t, r.execution); got.Status != "TIMED_OUT" {
		t.Errorf("execution = %+v, want TIMED_OUT", got)
	}
	const subject = "Timed out: " + dropTitle
	r.do(t, told(team, subject), told(operators, subject), told("{cy}", subject), approve(ann, 410, "in time"))
}

// logged are the fields of a line in the function's log.
type logged struct {
	RequestID, Route, Outcome string
	Status                    int
}

// attempts returns what the function logged about the e-mails about the end of an execution, the oldest first.
func (r *request) attempts(t *testing.T) (lines []logged) {
	t.Helper()
	group, messages := "", []string{}
	aws(t, &group, "lambda", "get-function-configuration", "--function-name", r.output("functionName"),
		"--query", "LoggingConfig.LogGroup")
	aws(t, &messages, "logs", "filter-log-events", "--log-group-name", group, "--filter-pattern", `"`+r.name()+`"`,
		"--query", "events[].message")
	for _, message := range messages {
		var line logged
		if json.Unmarshal([]byte(message), &line) == nil && strings.HasSuffix(line.Route, "/execution-ended") {
			lines = append(lines, line)
		}
	}
	return lines
}

// waitForAttempts waits until the function has tried to send the e-mails about the end. It returns the outcome of each attempt.
func (r *request) waitForAttempts(t *testing.T, number int) (outcomes []string) {
	t.Helper()
	for start := time.Now(); time.Since(start) < 5*time.Minute; time.Sleep(time.Second) {
		lines := r.attempts(t)
		if len(lines) < number {
			continue
		}
		for _, line := range lines {
			if line.RequestID != lines[0].RequestID {
				t.Errorf("request IDs = %v, want the same one, as of attempts for one event", lines)
			}
			outcomes = append(outcomes, line.Outcome)
		}
		return outcomes
	}
	t.Fatalf("the function tried %v, want %d attempts", r.attempts(t), number)
	return nil
}

// failToTell lets SNS fail while the function tells of an approval: at the first attempt, and at all of them. The decisions count
// all the same. Nobody hears of the second one until the event comes again.
func failToTell(t *testing.T, g *gate) {
	onlyOnSandbox(t)
	for _, c := range []struct {
		faults int // the SDK tries each of the two e-mails three times
		want   []string
	}{
		{6, []string{"NotificationUnavailableError", "reported"}},
		{until, []string{"NotificationUnavailableError", "NotificationUnavailableError", "NotificationUnavailableError"}},
	} {
		t.Run(fmt.Sprintf("%d attempts", len(c.want)), func(t *testing.T) {
			r := g.askAll(t, `{}`)
			g.settle(t)
			inject(t, publishFails(c.faults, 503, ""))
			r.do(t, approve(ann, 200, approved), approvedBy(ann), approve(ann, 409, "approved before"))
			got := r.waitForAttempts(t, len(c.want))
			if fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("attempts = %v, want %v", got, c.want)
			}
			if c.faults == until {
				g.untold = r.name()
			}
		})
	}
}

// tellAgain delivers the event about an end of which nobody was told twice, as EventBridge may do. All that happens is that
// everybody is told twice.
func tellAgain(t *testing.T, g *gate) {
	onlyOnSandbox(t)
	before := g.records(t, len(g.statuses(t)))
	for _, text := range g.recordTexts(t) {
		if !strings.Contains(text, `"`+g.untold+`"`) {
			continue
		}
		for number := 1; number <= 2; number++ {
			g.invoke(t, text)
			got := g.notices(t)[g.untold]
			if len(got) != 2*number {
				t.Errorf("there are %d e-mails after %d events, want two each", len(got), number)
			}
		}
	}
	if after := g.records(t, len(before)); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Error("the audit record has changed")
	}
}
