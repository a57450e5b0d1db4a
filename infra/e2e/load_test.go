//go:build e2e

package e2e

import (
	"context"
	"flag"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
)

var loadSize = flag.Int("load", 35, "number of executions that TestEndToEndLoad starts at once, with about seven clicks each")

// load is a deployed stack with many executions at the same time.
type load struct {
	stateMachine string // its ARN
	function     string // its name
	sfn          *sfn.Client
	timeout      time.Duration // of a request
	approvers    []string
	rounds       chan struct{}    // limits the executions that are clicked at the same time
	pace         <-chan time.Time // limits the rate of calls to Step Functions
	outbox       outbox
	faults       *faults
	tally        tally
}

// TestEndToEndLoad starts many executions at once. Three approvers click the links of each several times at the same
// moment, while AWS fails now and then, and two of them have to agree. It checks that every execution ends by what was
// decided, and that the answer to every click is true.
func TestEndToEndLoad(t *testing.T) {
	onlyOnSandbox(t)
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
	group.Go(func() {
		if err := l.restart(); err != nil {
			t.Errorf("restart the function: %v", err)
		}
	})
	group.Wait()
	took := time.Since(start).Round(time.Second)
	l.faults.count(t, &l.tally)
	t.Logf("%d executions in %s, faults of seed %d:\n%s", *loadSize, took, faultSeed, &l.tally)
	noDeniedCall(t)
}

func newLoad(t *testing.T, size int) *load {
	t.Helper()
	approvers := approverAddresses(t)
	s := newStack(t, copyTree(t))
	const before = "args.Code = pulumi.NewFileArchive(zip)\n"
	s.replace(t, "main.go", before, before+"\t\targs.RequestRate, args.RequestBurst = 1_000, 1_000\n") // people click more slowly
	timeout := time.Minute + time.Duration(size)*time.Second                                           // enough to click every link before it expires
	s.set(t, "email", strings.Join(approvers, ","), "alarmEmail", approvers[0], "approvals", "2", "timeout", timeout.String())
	s.up(t)
	s.confirm(t, approvers...)
	l := &load{
		stateMachine: s.output("stateMachineArn"),
		function:     s.output("functionName"),
		sfn:          newStepFunctions(),
		timeout:      timeout,
		approvers:    approvers,
		rounds:       make(chan struct{}, 6),
		pace:         time.Tick(25 * time.Millisecond),
		faults:       newFaults(t),
	}
	if err := l.faults.perhaps(1, startingFaults); err != nil {
		t.Fatal(err)
	}
	return l
}

// restart changes the configuration of the function while links are clicked, so that it starts again. KMS fails at first.
func (l *load) restart() error {
	time.Sleep(20 * time.Second)
	for range 3 {
		if err := l.faults.perhaps(1, startingFaults); err != nil {
			return err
		}
	}
	_, err := output("aws", "lambda", "update-function-configuration", "--function-name", l.function, "--timeout", "21")
	return err
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
