package infra

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
)

// operators are the topic that notifies the operators, with its policy and the state of their subscriptions.
type operators struct {
	topic  *sns.Topic
	policy *sns.TopicPolicy
	confirmations
}

// newOperators creates the topic and subscribes the operators to it. It returns nil if there are none.
func (b *builder) newOperators() (*operators, error) {
	if len(b.args.AlarmEmails) == 0 {
		return nil, nil
	}
	name := b.name + "-alarms"
	// The topic is not encrypted: CloudWatch and EventBridge cannot use the key alias/aws/sns, and the notifications would
	// be lost. They contain no link.
	// https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
	topic, err := sns.NewTopic(b.ctx, name, &sns.TopicArgs{Tags: b.tags}, b.child)
	if err != nil {
		return nil, fmt.Errorf("alarm topic: %w", err)
	}
	policy, err := sns.NewTopicPolicy(b.ctx, name, &sns.TopicPolicyArgs{
		Arn: topic.Arn, Policy: applyArn(topic.Arn, operatorsPolicy),
	}, b.child)
	if err != nil {
		return nil, fmt.Errorf("alarm topic policy: %w", err)
	}
	var subscriptions []*sns.TopicSubscription
	for _, email := range b.args.AlarmEmails {
		// With a dash, the name could also be that of an approver such as alarms-ops@example.com.
		subscription, err := b.subscribe(name+":"+email, email, &sns.TopicSubscriptionArgs{Topic: topic.Arn})
		if err != nil {
			return nil, err
		}
		subscriptions = append(subscriptions, subscription)
	}
	return &operators{topic, policy, newConfirmations(b.args.AlarmEmails, subscriptions)}, nil
}

// operatorsPolicy lets the alarms of the account and EventBridge publish. For EventBridge, the statement must have no
// condition.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
func operatorsPolicy(topic arn.ARN) (string, error) {
	publish := func(id, service string, condition condition) statement {
		return statement{
			ID: id, Effect: "Allow", Principal: map[string]string{"Service": service},
			Action: []string{"sns:Publish"}, Resource: topic.String(), Condition: condition,
		}
	}
	return policyDocument{ID: "notifications", Statement: []statement{
		publish("alarms", "cloudwatch.amazonaws.com", condition{"StringEquals": {"aws:SourceAccount": topic.AccountID}}),
		publish("failures", "events.amazonaws.com", nil),
	}}.encode()
}
