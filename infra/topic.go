package infra

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// newTopic creates the topic with its policy and a subscription for each approver.
func (b *builder) newTopic() (*sns.Topic, confirmations, error) {
	topic, err := sns.NewTopic(b.ctx, b.name, &sns.TopicArgs{
		// SNS encrypts the e-mails: whoever reads one can decide. The account's roles need no grant for this key.
		KmsMasterKeyId: pulumi.String("alias/aws/sns"),
		Tags:           b.tags,
	}, b.child)
	if err != nil {
		return nil, confirmations{}, fmt.Errorf("topic: %w", err)
	}
	policy, err := b.newTopicPolicy(topic)
	if err != nil {
		return nil, confirmations{}, err
	}
	approvers, err := b.newApprovers(topic, policy)
	return topic, approvers, err
}

func (b *builder) newTopicPolicy(topic *sns.Topic) (*sns.TopicPolicy, error) {
	policy, err := sns.NewTopicPolicy(b.ctx, b.name, &sns.TopicPolicyArgs{
		Arn: topic.Arn,
		Policy: topic.Arn.ApplyT(func(topicArn string) (string, error) {
			return topicPolicy(topicArn, b.args.Emails, b.args.Queues)
		}).(pulumi.StringOutput),
	}, b.child)
	if err != nil {
		return nil, fmt.Errorf("topic policy: %w", err)
	}
	return policy, nil
}

// topicPolicy denies every subscription except for those of the approvers and the queues. It allows nothing. The
// default policy, which it replaces, allows the account's principals and AWS services to publish and to subscribe.
// Whoever needs that, such as the function and Pulumi, has a policy of its own.
// https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html
func topicPolicy(topicArn string, emails, queues []string) (string, error) {
	protocols := []string{"email"}
	if len(queues) > 0 {
		protocols = append(protocols, "sqs")
	}
	// SNS requires IDs that are unique. Two conditions of one statement would both have to be met.
	deny := func(id, key string, values []string) statement {
		return statement{
			ID: id, Effect: "Deny", Principal: map[string]string{"AWS": "*"},
			Action: []string{"sns:Subscribe"}, Resource: topicArn,
			Condition: condition{"StringNotEquals": {key: values}},
		}
	}
	return policyDocument{ID: "subscriptions", Statement: []statement{
		deny("endpoints", "sns:Endpoint", slices.Concat(emails, queues)),
		deny("protocols", "sns:Protocol", protocols),
	}}.encode()
}
