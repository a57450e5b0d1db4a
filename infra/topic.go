package infra

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// newTopic creates the topic with a subscription for each approver. SNS delivers only to confirmed subscriptions. The
// others are pending.
func (b *builder) newTopic() (topic *sns.Topic, pending pulumi.StringArrayOutput, err error) {
	topic, err = sns.NewTopic(b.ctx, b.name, &sns.TopicArgs{
		// The e-mails contain task tokens, so SNS encrypts them. The account's roles can use this key without a grant.
		KmsMasterKeyId: pulumi.String("alias/aws/sns"),
		Tags:           b.tags,
	}, b.child)
	if err != nil {
		return nil, pending, fmt.Errorf("topic: %w", err)
	}
	unconfirmed, err := b.subscribe(b.name+"-", topic, b.args.Emails)
	if err != nil {
		return nil, pending, err
	}
	return topic, unconfirmed.ToBoolArrayOutput().ApplyT(b.pendingEmails).(pulumi.StringArrayOutput), nil
}

// subscribe creates a subscription to a topic for each address, and returns which of them are pending. The names of the
// resources begin with name.
func (b *builder) subscribe(name string, topic *sns.Topic, emails []string) (pending pulumi.BoolArray, err error) {
	for _, email := range emails {
		subscription, err := sns.NewTopicSubscription(b.ctx, name+email, &sns.TopicSubscriptionArgs{
			Topic:    topic.Arn,
			Protocol: pulumi.String("email"),
			Endpoint: pulumi.String(email),
		}, b.child)
		if err != nil {
			return nil, fmt.Errorf("subscription of %s: %w", email, err)
		}
		pending = append(pending, subscription.PendingConfirmation)
	}
	return pending, nil
}

func (b *builder) pendingEmails(unconfirmed []bool) []string {
	pending := []string{} // an empty list shows as [] rather than null
	for i, email := range b.args.Emails {
		if unconfirmed[i] {
			pending = append(pending, email)
		}
	}
	return pending
}
