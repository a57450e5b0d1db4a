//go:build e2e

package e2e

import (
	"context"
	"flag"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
)

var loadSize = flag.Int("load", 40, "number of executions that TestEndToEndLoad starts at once, with about five clicks each")

// load is a deployed stack with many executions at the same time.
type load struct {
	stateMachine string // its ARN
	sfn          *sfn.Client
	timeout      time.Duration // of a request
	approvers    []approver
	rounds       chan struct{}    // limits the executions that are clicked at the same time
	pace         <-chan time.Time // limits the rate of calls to Step Functions
	outbox       outbox
	faults       *faults
	tally        tally
}

// TestEndToEndLoad starts many executions at once. Several approvers click the links of each at the same moment, while
// SNS, Step Functions and Lambda fail now and then. It checks that every execution ends by exactly one decision and that
// the answer to every click is true.
func TestEndToEndLoad(t *testing.T) {
	if os.Getenv("SANDBOX_GATEWAY") == "" {
		t.Skip("SANDBOX_GATEWAY is not set, and only the sandbox can make AWS fail")
	}
	l := newLoad(t, *loadSize)
	start := time.Now()
	var group sync.WaitGroup
	for number := range *loadSize {
		group.Go(func() {
			if err := l.play(t.Context(), number); err != nil {
				t.Errorf("execution %d: %v", number, err)
			}
		})
	}
	group.Wait()
	took := time.Since(start).Round(time.Second)
	l.faults.count(t, &l.tally)
	t.Logf("%d executions in %s, faults of seed %d:\n%s", *loadSize, took, faultSeed, &l.tally)
	noDeniedCall(t)
}

func newLoad(t *testing.T, size int) *load {
	t.Helper()
	s := newStack(t, copyTree(t), "email", "alarmEmail")
	timeout := time.Minute + time.Duration(size)*300*time.Millisecond // enough to click every link before it expires
	s.pulumi(t, "config", "set", "timeout", timeout.String())
	s.up(t)
	confirmSubscription(t, s)
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

// confirmSubscription confirms the approver's subscription.
func confirmSubscription(t *testing.T, s *stack) {
	t.Helper()
	email := strings.TrimSpace(string(s.pulumi(t, "config", "get", "email")))
	subscription := map[string]string{"email": email, "topicArn": s.output(t, "topicArn")}
	var answer struct{ Confirmed []string }
	if err := sandbox(http.MethodPost, "confirm", subscription, &answer); err != nil || len(answer.Confirmed) != 1 {
		t.Fatalf("confirmed = %v, %v, want one subscription", answer.Confirmed, err)
	}
}

// newStepFunctions returns a client that is configured by the environment. The AWS CLI is too slow for so many calls.
func newStepFunctions() *sfn.Client {
	return sfn.New(sfn.Options{
		Region: os.Getenv("AWS_REGION"), BaseEndpoint: awssdk.String(os.Getenv("AWS_ENDPOINT_URL")),
		Credentials: awssdk.CredentialsProviderFunc(func(context.Context) (awssdk.Credentials, error) {
			return awssdk.Credentials{
				AccessKeyID: os.Getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY"),
			}, nil
		}),
	})
}
