//go:build e2e

package e2e

import (
	"cmp"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
)

// burst is one message more than SNS delivers to a subscription within a second.
const burst = 11

// TestEndToEndBurst starts requests together, which suspends nobody, and has SNS suspend an approver, whom the outputs and the other's
// e-mails then name. It subscribes the approver again as infra/operate.md says. It also crashes the function.
func TestEndToEndBurst(t *testing.T) {
	approvers := approverAddresses(t)[:2]
	onlyOnSandbox(t)
	g := newGate(t, copyTree(t), approvers...)
	g.replace(t, "main.go", atOnce, "")
	g.set(t, "spread=15s")
	g.deploy(t)
	g.confirm(t, approvers...)
	t.Run("requests that start together", func(t *testing.T) { startTogether(t, g) })
	t.Run("the function crashes before a request", func(t *testing.T) { crashBefore(t, g) })
	suspendedOnPurpose = append(suspendedOnPurpose, g.output("topicArn"))
	t.Run("suspended", func(t *testing.T) { suspend(t, g, ann) })
	t.Run("subscribed again", func(t *testing.T) { subscribeAgain(t, g, ann) })
	t.Run("no call was denied", noDeniedCall)
}

// startTogether starts requests at the same moment. Each has an e-mail to each approver.
func startTogether(t *testing.T, g *gate) {
	requests := make([]*request, burst)
	var group sync.WaitGroup
	for i := range requests {
		group.Go(func() { requests[i] = g.ask(t, fmt.Sprintf(`{"subject": "Request %d"}`, i)) })
	}
	group.Wait()
	for _, r := range requests {
		r.receive(t)
		if strings.Contains(string(r.emails[ann]), "\nNot asked:") {
			t.Error("the e-mail names somebody who was not asked")
		}
	}
	checkDeliveries(t)
}

// crashBefore starts a request while the function has no configuration, as if a deployment went on. The request is sent afterwards.
func crashBefore(t *testing.T, g *gate) {
	var r *request
	t.Run("start", func(t *testing.T) {
		g.configure(t, "--environment", "Variables={}") // until the end of this part
		r = g.ask(t, `{}`)
		for crashed := false; !crashed; {
			for _, event := range g.events(t, r.execution, 20) {
				details := event.TaskFailedEventDetails
				crashed = crashed || details != nil && awssdk.ToString(details.Error) == "Runtime.ExitError"
				if event.Type == types.HistoryEventTypeExecutionFailed {
					t.Fatal("the execution has failed")
				}
			}
		}
	})
	r.receive(t)
	r.do(t, approve(ann, 200, approved), approvedBy(ann))
}

// suspend sends more e-mails to an approver within a second than SNS delivers.
func suspend(t *testing.T, g *gate, approver int) {
	client := sns.New(sns.Options{
		Region: cmp.Or(os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION")), BaseEndpoint: awssdk.String(os.Getenv("AWS_ENDPOINT_URL")),
		Credentials: credentials.NewStaticCredentialsProvider(os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY"), ""),
	})
	address := snstypes.MessageAttributeValue{DataType: awssdk.String("String"), StringValue: &g.approvers[approver]}
	time.Sleep(time.Second) // since the last e-mail
	for range burst {
		if _, err := client.Publish(t.Context(), &sns.PublishInput{
			TopicArn: awssdk.String(g.output("topicArn")), Message: awssdk.String("burst"),
			MessageAttributes: map[string]snstypes.MessageAttributeValue{"approver": address},
		}); err != nil {
			t.Fatal(err)
		}
	}
	if got := g.confirmed(t); got != 1 {
		t.Fatalf("%d approvers are confirmed after %d e-mails within a second, want 1", got, burst)
	}
	g.up(t, "--refresh")
	checkOutputs(t, g, map[string]string{"pendingApprovers": "[" + g.approvers[approver] + "]", "whatNext": "Confirm the subscription of " + g.approvers[approver]})
	r := g.ask(t, `{}`)
	if want := "\nNot asked:  " + g.approvers[approver] + "\n"; !strings.Contains(string(r.next(t, bob)), want) {
		t.Errorf("the e-mail to the other approver does not contain %q", want)
	}
	r.do(t, noEmail(approver))
}

// subscribeAgain subscribes an approver who is suspended.
func subscribeAgain(t *testing.T, g *gate, approver int) {
	address, topic := g.approvers[approver], g.output("topicArn")
	aws(t, nil, "sns", "subscribe", "--topic-arn", topic, "--protocol", "email", "--notification-endpoint", address,
		"--attributes", fmt.Sprintf(`{"FilterPolicy": "{\"approver\":[\"%s\"]}"}`, address))
	confirmOnSandbox(t, address, topic)
	g.pulumi(t, "up", "--refresh", "--yes", "--skip-preview", "--expect-no-changes")
	r := g.askAll(t, `{}`)
	r.do(t, approve(approver, 200, approved), approvedBy(approver))
}
