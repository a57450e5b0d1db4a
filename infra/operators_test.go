package infra

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestOperatorsPolicy checks who may publish to the topic of the operators. EventBridge sends no condition keys, so that a
// condition would deny it.
func TestOperatorsPolicy(t *testing.T) {
	c := &cloud{partition: "aws"}
	deploy(t, c, "approval")
	const topic = "arn:aws:sns:eu-west-1:123456789012:approval-alarms-1234567"
	policy := c.ofType("aws:sns/topicPolicy:TopicPolicy")["approval-alarms"]
	want := []statement{
		{
			ID: "alarms", Effect: "Allow", Principal: map[string]string{"Service": "cloudwatch.amazonaws.com"},
			Action: []string{"sns:Publish"}, Resource: topic,
			Condition: condition{"StringEquals": {"aws:SourceAccount": "123456789012"}},
		},
		{
			ID: "failures", Effect: "Allow", Principal: map[string]string{"Service": "events.amazonaws.com"},
			Action: []string{"sns:Publish"}, Resource: topic,
		},
	}
	if diff := cmp.Diff(want, decodePolicy(t, policy["policy"])); diff != "" || policy["arn"] != topic {
		t.Errorf("policy of %v (-want +got):\n%s", policy["arn"], diff)
	}
}
