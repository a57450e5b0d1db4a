package infra

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	topicARN        = "arn:aws:sns:eu-west-1:123456789012:approval-1234567"
	outcomeTopicARN = "arn:aws:sns:eu-west-1:123456789012:approval--outcomes-1234567"
	alarmTopicARN   = "arn:aws:sns:eu-west-1:123456789012:approval--alarms-1234567"
)

// topicPolicyOf returns the policy of a topic.
func topicPolicyOf(t *testing.T, name, topicARN string) []statement {
	t.Helper()
	policy := deployed(t).ofType("aws:sns/topicPolicy:TopicPolicy")[name]
	if policy["arn"] != topicARN {
		t.Errorf("topic = %v, want %s", policy["arn"], topicARN)
	}
	return decodePolicy(t, policy["policy"])
}

func TestTopicPolicyDeniesOtherSubscriptions(t *testing.T) {
	policy := topicPolicyOf(t, "approval", topicARN)
	for _, test := range []struct {
		protocol, endpoint string
		want               bool
	}{
		{"email", "ann@example.com", false},
		{"email", "bob@example.com", false},
		{"email", "dora@example.com", false}, // in a group only
		{"email", "Bob@example.com", true},   // as a group spells it
		{"email", "mallory@example.com", true},
		{"email", "ANN@example.com", true},
		{"email", "*", true},
		{"email", "ops@example.com", true}, // gets alarms only
		{"email-json", "ann@example.com", true},
		{"EMAIL", "ann@example.com", true},
		{"https", "https://example.com/ann@example.com", true},
		{"sms", "+15550100", true},
		{"lambda", "arn:aws:lambda:eu-west-1:123456789012:function:outbox", true},
		{"sqs", "arn:aws:sqs:eu-west-1:123456789012:outbox", true},
	} {
		keys := map[string]string{"sns:Protocol": test.protocol, "sns:Endpoint": test.endpoint}
		if got := denied(t, policy, "sns:Subscribe", keys); got != test.want {
			t.Errorf("denied %s of %s = %t, want %t", test.protocol, test.endpoint, got, test.want)
		}
	}
}

// denied reports whether a policy denies an action on a request with these condition keys, to whoever sent it. It knows the
// negated operators: a key must differ from all values, and a request without the key meets the condition.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
func denied(t *testing.T, policy []statement, action string, keys map[string]string) bool {
	t.Helper()
	return slices.ContainsFunc(policy, func(s statement) bool {
		if s.Effect != "Deny" || s.Principal["AWS"] != "*" || !slices.Contains(s.Action, action) {
			return false
		}
		for operator, comparisons := range s.Condition {
			if operator != "StringNotEquals" && operator != "ArnNotEquals" {
				t.Fatalf("this test does not know the operator %s", operator)
			}
			for key, values := range comparisons {
				list, several := values.([]any)
				if !several {
					list = []any{values}
				}
				if value, ok := keys[key]; ok && slices.Contains(list, any(value)) {
					return false
				}
			}
		}
		return true
	})
}

// TestTopicPolicyDeniesNothingElse checks that the policy only denies to subscribe, in the form that SNS requires: each
// statement is about the topic and has an ID of its own.
func TestTopicPolicyDeniesNothingElse(t *testing.T) {
	var ids []string
	for _, s := range topicPolicyOf(t, "approval", topicARN) {
		if s.Effect != "Deny" || !slices.Equal(s.Action, []string{"sns:Subscribe"}) || s.Resource != topicARN {
			t.Errorf("statement = %+v, want one that denies sns:Subscribe on the topic", s)
		}
		if s.ID == "" || slices.Contains(ids, s.ID) {
			t.Errorf("ID = %q, want another one than %q", s.ID, ids)
		}
		ids = append(ids, s.ID)
	}
}

// TestFilterPolicies checks that each approver gets only the e-mails for them, and an operator every alarm.
func TestFilterPolicies(t *testing.T) {
	args := with(func(a *ApprovalWorkflowArgs) { a.Emails[0] = `o'neil&sons@example.com` })
	got := map[string]any{}
	for name, subscription := range deploy(t, &cloud{partition: "aws"}, args, "approval").ofType(subscriptionToken) {
		got[name] = subscription["filterPolicy"]
	}
	want := map[string]any{
		"approval--ann@example.com":            map[string]any{"approver": []any{"ann@example.com"}},
		"approval--bob@example.com":            map[string]any{"approver": []any{"bob@example.com"}}, // also in dba
		"approval--dan@example.com":            map[string]any{"approver": []any{"dan@example.com"}},
		"approval--dora@example.com":           map[string]any{"approver": []any{"dora@example.com"}},
		"approval--o'neil&sons@example.com":    map[string]any{"approver": []any{"o'neil&sons@example.com"}},
		"approval--alarms:ops@example.com":     nil,
		"approval--outcomes:team@example.com":  nil,
		"approval--alarms:on-call@example.com": nil,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("filter policies (-want +got):\n%s", diff)
	}
}

// TestOutcomePolicy checks that nobody but the function can publish an outcome.
func TestOutcomePolicy(t *testing.T) {
	policy := topicPolicyOf(t, "approval--outcomes", outcomeTopicARN)
	for principal, want := range map[string]bool{
		"arn:aws:iam::123456789012:role/approval--function-1234567": false,
		"arn:aws:iam::123456789012:role/approval--function-123456":  true,
		"arn:aws:iam::123456789012:user/admin":                      true,
		"":                                                          true,
	} {
		if got := denied(t, policy, "sns:Publish", map[string]string{"aws:PrincipalArn": principal}); got != want {
			t.Errorf("denied %q to publish = %t, want %t", principal, got, want)
		}
	}
	if denied(t, policy, "sns:Subscribe", map[string]string{"aws:PrincipalArn": "arn:aws:iam::123456789012:user/admin"}) {
		t.Error("nobody can subscribe")
	}
}

// TestOperatorsPolicy checks who may publish to the topic of the operators.
func TestOperatorsPolicy(t *testing.T) {
	want := []statement{{
		ID: "alarms", Effect: "Allow", Principal: map[string]string{"Service": "cloudwatch.amazonaws.com"},
		Action: []string{"sns:Publish"}, Resource: alarmTopicARN,
		Condition: condition{"StringEquals": {"aws:SourceAccount": "123456789012"}},
	}}
	if diff := cmp.Diff(want, topicPolicyOf(t, "approval--alarms", alarmTopicARN)); diff != "" {
		t.Errorf("policy (-want +got):\n%s", diff)
	}
	// CloudWatch cannot publish to a topic that is encrypted with the key alias/aws/sns.
	topic := deployed(t).ofType("aws:sns/topic:Topic")["approval--alarms"]
	if got := slices.Sorted(maps.Keys(topic)); !slices.Equal(got, []string{"tags"}) {
		t.Errorf("arguments of the alarms' topic = %v, want only tags", got)
	}
}
