package infra

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// newTopic creates the topic with a subscription of each approver. SNS delivers to those who confirm theirs; the others
// are pending.
func (b *builder) newTopic() (topic *sns.Topic, pending pulumi.StringArrayOutput, err error) {
	topic, err = sns.NewTopic(b.ctx, b.name, &sns.TopicArgs{
		// The requests hold task tokens. Roles of the account publish under this key without a grant of their own.
		KmsMasterKeyId: pulumi.String("alias/aws/sns"),
		Tags:           b.tags,
	}, b.child)
	if err != nil {
		return nil, pending, fmt.Errorf("topic: %w", err)
	}
	unconfirmed, err := b.subscribe(b.name+"-", topic, b.config.Emails)
	if err != nil {
		return nil, pending, err
	}
	return topic, unconfirmed.ToBoolArrayOutput().ApplyT(b.pendingEmails).(pulumi.StringArrayOutput), nil
}

// subscribe subscribes each address to a topic by a resource whose name begins with name, and returns which of the
// subscriptions are pending.
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
	pending := []string{} // shown as [], not as null
	for i, email := range b.config.Emails {
		if unconfirmed[i] {
			pending = append(pending, email)
		}
	}
	return pending
}
