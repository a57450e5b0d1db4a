//go:build e2e

package e2e

import (
	"flag"
	"net/http"
	"strings"
	"testing"
	"time"
)

var approverFlag = flag.String("approvers", "",
	"addresses of three approvers, separated by commas; on an AWS account, people must confirm them while the test waits")

// simulated are addresses that accept every e-mail. Nobody can read it, so only the sandbox can confirm them.
// https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html
const simulated = "success+ann@simulator.amazonses.com," +
	"success+bob@simulator.amazonses.com,success+cy@simulator.amazonses.com"

// confirmationTime is how long a test waits until people have confirmed their subscriptions.
const confirmationTime = 10 * time.Minute

// approverAddresses returns the addresses of Ann, Bob and Cy.
func approverAddresses(t *testing.T) []string {
	t.Helper()
	list := *approverFlag
	if list == "" && onSandbox() {
		list = simulated
	}
	if list == "" {
		t.Skip("-approvers is not set. It lists three addresses whose subscriptions people confirm while the test waits.")
	}
	addresses := strings.Split(list, ",")
	if len(addresses) != 3 {
		t.Fatalf("-approvers lists %d addresses, want 3", len(addresses))
	}
	return addresses
}

// confirm makes sure that approvers have confirmed their subscriptions. On an AWS account it waits for people, and skips
// the test if they do not.
func (s *stack) confirm(t *testing.T, approvers ...string) {
	t.Helper()
	if onSandbox() {
		for _, approver := range approvers {
			confirmOnSandbox(t, approver, s.output("topicArn"))
		}
	}
	t.Logf("waiting until %s have confirmed the subscriptions to %s", strings.Join(approvers, ", "), s.output("topicArn"))
	for start := time.Now(); time.Since(start) < confirmationTime; time.Sleep(10 * time.Second) {
		if s.confirmed(t) == len(approvers) {
			return
		}
	}
	t.Skipf("not all of %v have confirmed their subscriptions within %s", approvers, confirmationTime)
}

// confirmed returns the number of e-mail subscriptions that are confirmed.
func (s *stack) confirmed(t *testing.T) int {
	t.Helper()
	var list struct {
		Subscriptions []struct{ Protocol, SubscriptionArn string }
	}
	aws(t, &list, "sns", "list-subscriptions-by-topic", "--topic-arn", s.output("topicArn"))
	count := 0
	for _, subscription := range list.Subscriptions {
		if subscription.Protocol == "email" && strings.HasPrefix(subscription.SubscriptionArn, "arn:") {
			count++
		}
	}
	return count
}

// confirmOnSandbox confirms a subscription as a person does with the link from SNS.
func confirmOnSandbox(t *testing.T, approver, topic string) {
	t.Helper()
	subscription := map[string]string{"email": approver, "topicArn": topic}
	if err := sandbox(http.MethodPost, "confirm", subscription, new(any)); err != nil {
		t.Fatal(err)
	}
}
