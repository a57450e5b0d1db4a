//go:build e2e

package infra_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

var loadSize = flag.Int("load", 40, "how many executions TestEndToEndLoad starts at once; each is clicked about five times")

// load is a deployed stack under many executions at once.
type load struct {
	stateMachine string // its ARN
	sfn          *sfn.Client
	timeout      time.Duration // how long a request stays open
	approvers    []approver
	rounds       chan struct{}    // bounds how many executions are clicked at once
	pace         <-chan time.Time // bounds how often AWS is asked how an execution stands
	outbox       outbox
	faults       *faults
	tally        tally
}

// TestEndToEndLoad starts many executions at once and clicks their links, several at the same moment, while SNS, Step
// Functions and Lambda fail now and then. Every execution ends by the one decision that was taken, and every click was
// told the truth.
func TestEndToEndLoad(t *testing.T) {
	if os.Getenv("SANDBOX_GATEWAY") == "" {
		t.Skip("the load test injects faults into AWS, and only the sandbox takes them: SANDBOX_GATEWAY is not set")
	}
	l := newLoad(t, *loadSize)
	began := time.Now()
	var group sync.WaitGroup
	for number := range *loadSize {
		group.Go(func() {
			if err := l.play(t.Context(), number); err != nil {
				t.Errorf("execution %d: %v", number, err)
			}
		})
	}
	group.Wait()
	took := time.Since(began).Round(time.Second)
	l.faults.count(t, &l.tally)
	t.Logf("%d executions in %s, faults by seed %d:\n%s", *loadSize, took, faultSeed, &l.tally)
	noDeniedCall(t)
}

func newLoad(t *testing.T, size int) *load {
	t.Helper()
	s := newStack(t)
	timeout := time.Minute + time.Duration(size)*300*time.Millisecond // time to click every link before it expires
	s.pulumi(t, "config", "set", "timeout", timeout.String())
	s.pulumi(t, "up", "--yes", "--skip-preview")
	var answer struct{ Confirmed []string }
	subscription := map[string]string{
		"email": strings.TrimSpace(string(s.pulumi(t, "config", "get", "email"))), "topicArn": s.output(t, "topicArn"),
	}
	if err := sandbox(http.MethodPost, "confirm", subscription, &answer); err != nil || len(answer.Confirmed) != 1 {
		t.Fatalf("confirmed %v, %v", answer.Confirmed, err)
	}
	return &load{
		stateMachine: s.output(t, "stateMachineArn"),
		sfn:          newStepFunctions(),
		timeout:      timeout,
		approvers:    newApprovers(maxClicks),
		rounds:       make(chan struct{}, 6),
		pace:         time.Tick(25 * time.Millisecond),
		faults:       newFaults(t),
	}
}

// newStepFunctions returns a client with what the environment says. The AWS CLI would be slow for so many calls.
func newStepFunctions() *sfn.Client {
	endpoint := os.Getenv("AWS_ENDPOINT_URL")
	return sfn.New(sfn.Options{
		Region: os.Getenv("AWS_REGION"), BaseEndpoint: &endpoint,
		Credentials: awssdk.CredentialsProviderFunc(func(context.Context) (awssdk.Credentials, error) {
			return awssdk.Credentials{
				AccessKeyID: os.Getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY"),
			}, nil
		}),
	})
}

// play brings an execution from its start to its end. Its error is all that was wrong with it.
func (l *load) play(ctx context.Context, number int) error {
	ctx, cancel := context.WithTimeout(ctx, 3*l.timeout)
	defer cancel()
	execution, err := l.start(ctx, number)
	if err != nil {
		return err
	}
	emails, err := l.outbox.of(execution)
	if err != nil {
		return err
	}
	l.tally.add(1, "e-mail: first")
	l.tally.add(len(emails)-1, "e-mail: again")
	newest, p := emails[len(emails)-1], planOf(number)
	replaced := l.clickReplaced(ctx, emails)
	answers, err := l.round(ctx, newest, p.atOnce, l.approvers)
	if err != nil {
		return err
	}
	if len(p.atOnce) == 0 {
		time.Sleep(l.timeout)
	}
	end, err := l.ended(ctx, execution)
	if err != nil {
		return err
	}
	l.tally.add(1, "execution:", endOf(end))
	late, err := l.round(ctx, newest, p.late, l.approvers[len(p.atOnce):])
	if err != nil {
		return err
	}
	return errors.Join(replaced, p.check(number, end, append(answers, late...)), checkTokens(execution, end))
}

// start returns the ARN of a new execution when its e-mail is out.
func (l *load) start(ctx context.Context, number int) (string, error) {
	if err := l.faults.perhaps(3, sendingFaults); err != nil {
		return "", err
	}
	started, err := l.sfn.StartExecution(ctx, &sfn.StartExecutionInput{
		StateMachineArn: &l.stateMachine, Input: awssdk.String(fmt.Sprintf(`{"request": %d}`, number)),
	})
	if err != nil {
		return "", err
	}
	return *started.ExecutionArn, l.sent(ctx, *started.ExecutionArn)
}

// sent waits until the e-mail of an execution is out for good. As long as the invocation that sends it runs, a retry may
// still replace it.
func (l *load) sent(ctx context.Context, execution string) error {
	for {
		<-l.pace
		history, err := l.sfn.GetExecutionHistory(ctx, &sfn.GetExecutionHistoryInput{
			ExecutionArn: &execution, ReverseOrder: true, MaxResults: 1,
		})
		if err != nil {
			return err
		}
		switch last := history.Events[0]; last.Type {
		case types.HistoryEventTypeTaskSubmitted:
			return nil
		case types.HistoryEventTypeExecutionFailed:
			details := last.ExecutionFailedEventDetails
			return fmt.Errorf("it ended before it could be clicked: %s", awssdk.ToString(details.Error))
		}
	}
}

// ended waits for the end of an execution.
func (l *load) ended(ctx context.Context, execution string) (*sfn.DescribeExecutionOutput, error) {
	for {
		<-l.pace
		end, err := l.sfn.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: &execution})
		if err != nil {
			return nil, fmt.Errorf("while it runs: %w", err)
		}
		if end.Status != types.ExecutionStatusRunning {
			return end, nil
		}
	}
}
