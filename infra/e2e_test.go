//go:build e2e

package infra_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestEndToEnd deploys the workflow with the pulumi CLI to whatever AWS the environment stands for, uses it as its users
// do, changes it and destroys it.
func TestEndToEnd(t *testing.T) {
	for _, tool := range []string{"pulumi", "aws"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("the end-to-end test needs %s on the PATH: install https://www.pulumi.com/docs/iac/download-install/ and "+
				"https://aws.amazon.com/cli/, and name an AWS account in the environment", tool)
		}
	}
	s := newStack(t)
	s.pulumi(t, "up", "--yes", "--skip-preview")
	s.pulumi(t, "preview", "--expect-no-changes")
	mailbox := newMailbox(t, s.output(t, "topicArn"))

	t.Run("approve", func(t *testing.T) {
		execution := s.start(t, `{"key": "value"}`)
		email := mailbox.take(t, execution)
		s.click(t, email.link(t, "/approve"), http.StatusOK, "Workflow approved successfully")
		got := s.wait(t, execution)
		var output struct {
			Input    any
			Approval struct{ Status string }
		}
		if err := json.Unmarshal([]byte(got.Output), &output); err != nil {
			t.Fatalf("%s with output %q: %v", got.Status, got.Output, err)
		}
		if got.Status != "SUCCEEDED" || output.Approval.Status != "approved" {
			t.Errorf("ended %+v", got)
		}
		if diff := cmp.Diff(map[string]any{"key": "value"}, output.Input); diff != "" {
			t.Errorf("input (-given +output):\n%s", diff)
		}
		s.click(t, email.link(t, "/reject"), http.StatusGone, "")
	})
	t.Run("reject", func(t *testing.T) {
		execution := s.start(t, `[]`)
		email := mailbox.take(t, execution)
		s.click(t, email.link(t, "/reject"), http.StatusOK, "Workflow rejected")
		if got := s.wait(t, execution); got.Status != "FAILED" || got.Error != "Rejected" {
			t.Errorf("ended %+v", got)
		}
		s.click(t, email.link(t, "/reject"), http.StatusGone, "")
	})
	t.Run("changed code updates the function in place", func(t *testing.T) {
		const changed = "Approved by other code"
		s.replace(t, "handler/web/answer.go", "Workflow approved successfully", changed)
		if diff := cmp.Diff([]string{"update aws:lambda/function:Function"}, s.changes(t)); diff != "" {
			t.Errorf("changes (-want +preview):\n%s", diff)
		}
		s.pulumi(t, "up", "--yes", "--skip-preview")
		execution := s.start(t, `"text"`)
		s.click(t, mailbox.take(t, execution).link(t, "/approve"), http.StatusOK, changed)
		if got := s.wait(t, execution); got.Status != "SUCCEEDED" {
			t.Errorf("ended %+v", got)
		}
	})
	t.Run("expire", func(t *testing.T) {
		s.pulumi(t, "config", "set", "timeout", "5s")
		s.pulumi(t, "up", "--yes", "--skip-preview")
		execution := s.start(t, `null`)
		email := mailbox.take(t, execution)
		if got := s.wait(t, execution); got.Status != "FAILED" || got.Error != "Expired" {
			t.Errorf("ended %+v", got)
		}
		s.click(t, email.link(t, "/approve"), http.StatusGone, "")
	})
	t.Run("no call was denied", func(t *testing.T) {
		if os.Getenv("SANDBOX_GATEWAY") == "" {
			t.Skip("only the sandbox lists its calls; on AWS the executions' ends say that nothing needed was denied")
		}
		if denied := deniedCalls(t); len(denied) > 0 {
			t.Errorf("IAM denied %v", denied)
		}
	})
	t.Run("destroy leaves nothing", func(t *testing.T) {
		resources := s.resources(t)
		for _, r := range resources {
			if !r.exists(t) {
				t.Errorf("%s %s is not found before it is destroyed", r.Type, r.ID)
			}
		}
		s.pulumi(t, "destroy", "--yes", "--skip-preview")
		for _, r := range resources {
			if r.exists(t) {
				t.Errorf("%s %s is left", r.Type, r.ID)
			}
		}
	})
}

// stack is a deployment from a copy of the tree.
type stack struct{ dir string }

func newStack(t *testing.T) *stack {
	t.Helper()
	s := &stack{dir: t.TempDir()}
	for _, name := range []string{"go.mod", "go.sum", "main.go", "Pulumi.yaml", "handler", "infra"} {
		if out, err := exec.Command("cp", "-R", filepath.Join("..", name), s.dir).CombinedOutput(); err != nil {
			t.Fatalf("copy %s: %v\n%s", name, err, out)
		}
	}
	s.pulumi(t, "stack", "init", "e2e-"+strings.ToLower(rand.Text()[:8]))
	t.Cleanup(func() {
		s.pulumi(t, "destroy", "--yes", "--skip-preview") // nothing to do unless the test stopped early
		s.pulumi(t, "stack", "rm", "--yes")
	})
	// Amazon's own address for tests: it takes any e-mail.
	s.pulumi(t, "config", "set", "email", "success@simulator.amazonses.com")
	return s
}

func (s *stack) pulumi(t *testing.T, args ...string) []byte {
	t.Helper()
	return run(t, s.dir, "pulumi", append(args, "--non-interactive")...)
}

func (s *stack) output(t *testing.T, name string) string {
	t.Helper()
	return strings.TrimSpace(string(s.pulumi(t, "stack", "output", name)))
}

// changes is what a preview would do, as "update TYPE".
func (s *stack) changes(t *testing.T) []string {
	t.Helper()
	var preview struct {
		Steps []struct{ Op, URN string }
	}
	decode(t, s.pulumi(t, "preview", "--json"), &preview)
	var changes []string
	for _, step := range preview.Steps {
		if step.Op != "same" {
			types := strings.Split(strings.Split(step.URN, "::")[2], "$")
			changes = append(changes, step.Op+" "+types[len(types)-1])
		}
	}
	return changes
}

func (s *stack) replace(t *testing.T, name, old, new string) {
	t.Helper()
	path := filepath.Join(s.dir, name)
	content, err := os.ReadFile(path)
	if err != nil || !bytes.Contains(content, []byte(old)) {
		t.Fatalf("%s does not hold %q: %v", name, old, err)
	}
	if err := os.WriteFile(path, bytes.ReplaceAll(content, []byte(old), []byte(new)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// start returns the ARN of a new execution.
func (s *stack) start(t *testing.T, input string) string {
	t.Helper()
	var started struct{ ExecutionArn string }
	aws(t, &started, "stepfunctions", "start-execution",
		"--state-machine-arn", s.output(t, "stateMachineArn"), "--input", input)
	return started.ExecutionArn
}

type ended struct{ Status, Output, Error, Cause string }

// wait returns how an execution ended.
func (s *stack) wait(t *testing.T, execution string) ended {
	t.Helper()
	for range 60 {
		var e ended
		aws(t, &e, "stepfunctions", "describe-execution", "--execution-arn", execution)
		if e.Status != "RUNNING" {
			return e
		}
		time.Sleep(time.Second)
	}
	t.Fatalf("%s is still running", execution)
	return ended{}
}

// click opens a link. An emulator's gateway takes the request in the API's stead.
func (s *stack) click(t *testing.T, link *url.URL, wantStatus int, wantMessage string) {
	t.Helper()
	if got, want := link.Scheme+"://"+link.Host, s.output(t, "apiUrl"); got != want {
		t.Errorf("the link leads to %s, not to %s", got, want)
	}
	target := *link
	if gateway := os.Getenv("SANDBOX_GATEWAY"); gateway != "" {
		base, err := url.Parse(gateway)
		if err != nil {
			t.Fatal(err)
		}
		target.Scheme, target.Host = base.Scheme, base.Host
	}
	request := &http.Request{Method: http.MethodGet, URL: &target, Host: link.Host}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err.(*url.Error).Err) // without the URL, which holds the token
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != wantStatus || !strings.Contains(string(body), wantMessage) {
		t.Errorf("%s: %d %s, want %d %s", link.Path, response.StatusCode, body, wantStatus, wantMessage)
	}
}

type call struct{ Service, Operation, Caller, Resource string }

func deniedCalls(t *testing.T) (denied []call) {
	t.Helper()
	response, err := http.Get(os.Getenv("AWS_ENDPOINT_URL") + "/_sandbox/calls?denied=true")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&denied); err != nil {
		t.Fatal(err)
	}
	return denied
}

// mailbox takes what SNS sends to a topic's subscribers, by a queue that is subscribed as well.
type mailbox struct{ queue string }

func newMailbox(t *testing.T, topic string) mailbox {
	t.Helper()
	var queue struct{ QueueUrl string }
	aws(t, &queue, "sqs", "create-queue", "--queue-name", "e2e-"+rand.Text())
	t.Cleanup(func() { aws(t, nil, "sqs", "delete-queue", "--queue-url", queue.QueueUrl) })
	var attributes struct{ Attributes struct{ QueueArn string } }
	aws(t, &attributes, "sqs", "get-queue-attributes", "--queue-url", queue.QueueUrl, "--attribute-names", "QueueArn")
	arn := attributes.Attributes.QueueArn
	policy := fmt.Sprintf(`{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage",
		"Principal": {"Service": "sns.amazonaws.com"}, "Resource": %q, "Condition": {"ArnEquals": {"aws:SourceArn": %q}}}]}`, arn, topic)
	encoded, err := json.Marshal(map[string]string{"Policy": policy})
	if err != nil {
		t.Fatal(err)
	}
	aws(t, nil, "sqs", "set-queue-attributes", "--queue-url", queue.QueueUrl, "--attributes", string(encoded))
	aws(t, nil, "sns", "subscribe", "--topic-arn", topic, "--protocol", "sqs", "--notification-endpoint", arn,
		"--attributes", "RawMessageDelivery=true")
	return mailbox{queue: queue.QueueUrl}
}

type email string

// take returns the next e-mail, which must be the one of that execution.
func (m mailbox) take(t *testing.T, execution string) email {
	t.Helper()
	var received struct {
		Messages []struct{ Body, ReceiptHandle string }
	}
	for range 3 {
		aws(t, &received, "sqs", "receive-message", "--queue-url", m.queue, "--wait-time-seconds", "20")
		if len(received.Messages) > 0 {
			break
		}
	}
	if len(received.Messages) != 1 {
		t.Fatalf("%d e-mails within a minute, want 1", len(received.Messages))
	}
	message := received.Messages[0]
	aws(t, nil, "sqs", "delete-message", "--queue-url", m.queue, "--receipt-handle", message.ReceiptHandle)
	if !strings.Contains(message.Body, execution) {
		t.Fatalf("the e-mail is not about %s", execution)
	}
	return email(message.Body)
}

// link returns the e-mail's link to a path of the API.
func (e email) link(t *testing.T, path string) *url.URL {
	t.Helper()
	link, err := url.Parse(regexp.MustCompile(`https://\S+` + path + `\?\S+`).FindString(string(e)))
	if err != nil || link.Host == "" {
		t.Fatalf("the e-mail has no link to %s", path)
	}
	return link
}

// deployed is a resource of a stack's state.
type deployed struct{ Type, ID string }

// describe are the AWS calls that find a resource of each type by its ID.
var describe = map[string][]string{
	"aws:sns/topic:Topic":               {"sns", "get-topic-attributes", "--topic-arn"},
	"aws:apigatewayv2/api:Api":          {"apigatewayv2", "get-api", "--api-id"},
	"aws:cloudwatch/logGroup:LogGroup":  {"logs", "list-tags-log-group", "--log-group-name"},
	"aws:iam/role:Role":                 {"iam", "get-role", "--role-name"},
	"aws:lambda/function:Function":      {"lambda", "get-function", "--function-name"},
	"aws:sfn/stateMachine:StateMachine": {"stepfunctions", "describe-state-machine", "--state-machine-arn"},
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
	return err == nil
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
