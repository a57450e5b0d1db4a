package infra

import (
	"slices"
	"testing"
)

// attempts are subscriptions to the approvers' topic, and whether its policy denies them: with the queue of testArgs,
// and without queues.
var attempts = []struct {
	protocol, endpoint    string
	withQueue, withoutAny bool
}{
	{"email", "ann@example.com", false, false},
	{"email", "bob@example.com", false, false},
	{"email", "mallory@example.com", true, true},
	{"email", "ANN@example.com", true, true},
	{"email", "*", true, true},
	{"email", "ops@example.com", true, true}, // gets alarms only
	{"email-json", "ann@example.com", true, true},
	{"EMAIL", "ann@example.com", true, true},
	{"https", "https://example.com/ann@example.com", true, true},
	{"sms", "+15550100", true, true},
	{"lambda", "arn:aws:lambda:eu-west-1:123456789012:function:outbox", true, true},
	{"sqs", "arn:aws:sqs:eu-west-1:123456789012:outbox", false, true},
	{"sqs", "arn:aws:sqs:eu-west-1:123456789012:outbox2", true, true},
}

func TestTopicPolicyDeniesOtherSubscriptions(t *testing.T) {
	withoutAny := testArgs
	withoutAny.Queues = nil
	policies := map[bool][]statement{true: approversPolicy(t, testArgs), false: approversPolicy(t, withoutAny)}
	for _, test := range attempts {
		keys := map[string]string{"sns:Protocol": test.protocol, "sns:Endpoint": test.endpoint}
		for withQueue, want := range map[bool]bool{true: test.withQueue, false: test.withoutAny} {
			if got := denied(t, policies[withQueue], "sns:Subscribe", keys); got != want {
				t.Errorf("with a queue %t: denied %s of %s = %t, want %t", withQueue, test.protocol, test.endpoint, got, want)
			}
		}
	}
}

// TestTopicPolicyDeniesNothingElse checks that the policy only denies to subscribe, in the form that SNS requires: each
// statement is about the topic and has an ID of its own.
func TestTopicPolicyDeniesNothingElse(t *testing.T) {
	var ids []string
	for _, s := range approversPolicy(t, testArgs) {
		if s.Effect != "Deny" || !slices.Equal(s.Action, []string{"sns:Subscribe"}) {
			t.Errorf("statement = %+v, want one that denies sns:Subscribe", s)
		}
		if want := "arn:aws:sns:eu-west-1:123456789012:approval-1234567"; s.Resource != want {
			t.Errorf("resource = %s, want %s", s.Resource, want)
		}
		if s.ID == "" || slices.Contains(ids, s.ID) {
			t.Errorf("ID = %q, want another one than %q", s.ID, ids)
		}
		ids = append(ids, s.ID)
	}
}

// approversPolicy returns the policy of the approvers' topic.
func approversPolicy(t *testing.T, args ApprovalWorkflowArgs) []statement {
	t.Helper()
	c := &cloud{partition: "aws"}
	deployArgs(t, c, args, "approval")
	policy := c.ofType("aws:sns/topicPolicy:TopicPolicy")["approval"]
	if want := "arn:aws:sns:eu-west-1:123456789012:approval-1234567"; policy["arn"] != want {
		t.Errorf("topic = %v, want %s", policy["arn"], want)
	}
	return decodePolicy(t, policy["policy"])
}
