//go:build e2e

package e2e

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	gocmp "github.com/google/go-cmp/cmp"
)

// newStepFunctions returns a client with the credentials in the environment. The AWS CLI is too slow for so many calls.
func newStepFunctions() *sfn.Client {
	options := sfn.Options{
		Region: cmp.Or(os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION")),
		Credentials: credentials.NewStaticCredentialsProvider(
			os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY"), os.Getenv("AWS_SESSION_TOKEN")),
	}
	if endpoint := os.Getenv("AWS_ENDPOINT_URL"); endpoint != "" {
		options.BaseEndpoint = &endpoint
	}
	return sfn.New(options)
}

// start starts an execution of a state machine and returns its ARN. Without a name, it has a random one: the SDK may send a start
// twice, and only the name keeps that from starting two.
func (g *gate) start(t *testing.T, stateMachine, name, input string) string {
	t.Helper()
	name = cmp.Or(name, rand.Text())
	started, err := g.states.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: &stateMachine, Name: &name, Input: &input})
	if err != nil {
		t.Fatal(err)
	}
	return *started.ExecutionArn
}

// ended is how an execution ended.
type ended struct{ Status, Output, Error, Cause string }

// wait waits for the end of an execution. It asks once more after the end, because the sandbox may show the status shortly
// before the output.
func (g *gate) wait(t *testing.T, execution string) ended {
	t.Helper()
	over := false
	for start := time.Now(); time.Since(start) < 5*time.Minute; {
		<-g.pace
		got, err := g.states.DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: &execution})
		if err != nil {
			t.Fatal(err)
		}
		if over {
			text := awssdk.ToString
			return ended{string(got.Status), text(got.Output), text(got.Error), text(got.Cause)}
		}
		over = got.Status != types.ExecutionStatusRunning
	}
	t.Fatalf("%s is still running", execution)
	return ended{}
}

// events returns the last events of an execution, the newest first.
func (g *gate) events(t *testing.T, execution string, limit int32) []types.HistoryEvent {
	t.Helper()
	<-g.pace
	got, err := g.states.GetExecutionHistory(t.Context(), &sfn.GetExecutionHistoryInput{
		ExecutionArn: &execution, ReverseOrder: true, MaxResults: limit,
	})
	if err != nil {
		t.Fatal(err)
	}
	return got.Events
}

// submitted waits until the task waits: the function has sent the e-mails.
func (g *gate) submitted(t *testing.T, execution string) {
	t.Helper()
	for {
		newest := g.events(t, execution, 1)[0]
		if newest.TaskSubmittedEventDetails != nil {
			return
		}
		if details := newest.ExecutionFailedEventDetails; details != nil {
			t.Fatalf("the execution failed: %s: %s", awssdk.ToString(details.Error), awssdk.ToString(details.Cause))
		}
	}
}

// task is what a task of an execution sent to the function.
type task struct {
	TaskToken string
	Approvals []record
	text      string // of the whole payload
}

// newestTask returns the newest task of an execution, which is among the last events.
func (g *gate) newestTask(t *testing.T, execution string) (newest task) {
	t.Helper()
	for _, event := range g.events(t, execution, 20) {
		if details := event.TaskScheduledEventDetails; details != nil {
			var parameters struct{ Payload json.RawMessage }
			decode(t, []byte(*details.Parameters), &parameters)
			decode(t, parameters.Payload, &newest)
			newest.text = string(parameters.Payload)
			return newest
		}
	}
	t.Fatalf("%s has no task among its last events", execution)
	return newest
}

// record is the record of a decision in an execution.
type record struct{ Approver, DecidedAt, Reason, SourceIP string }

// approvals returns the approvals in the output of an execution, and the input.
func (e ended) approvals() (approvals []record, input string, err error) {
	var output struct {
		Input     json.RawMessage
		Approvals []record
	}
	err = json.Unmarshal([]byte(e.Output), &output)
	return output.Approvals, string(output.Input), err
}

// rejection returns the record of the decision in the cause of a rejected execution.
func (e ended) rejection() (rejection record, err error) {
	err = json.Unmarshal([]byte(e.Cause), &rejection)
	return rejection, err
}

// checkApproved checks that the execution succeeded, with an approval of each of these approvers in its output.
func (e ended) checkApproved(t *testing.T, approvers ...string) {
	t.Helper()
	approvals, _, err := e.approvals()
	if e.Status != "SUCCEEDED" || err != nil {
		t.Fatalf("execution = %+v (%v), want SUCCEEDED with approvals", e, err)
	}
	var got []string
	for _, record := range approvals {
		got = append(got, record.Approver)
	}
	if diff := gocmp.Diff(approvers, got); diff != "" {
		t.Errorf("approvers in the output (-want +got):\n%s", diff)
	}
}

// checkFailed checks that the execution failed with wantError and with wantCause in its cause.
func (e ended) checkFailed(t *testing.T, wantError, wantCause string) {
	t.Helper()
	if e.Status != "FAILED" || e.Error != wantError || !strings.Contains(e.Cause, wantCause) {
		t.Errorf("execution = %+v, want FAILED with %s and %q in the cause", e, wantError, wantCause)
	}
}
