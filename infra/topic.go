package infra

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// newTopic creates the topic with a subscription of each approver. SNS delivers to those who confirm theirs.
func (b *builder) newTopic() (*sns.Topic, error) {
	topic, err := sns.NewTopic(b.ctx, b.name, &sns.TopicArgs{
		// The requests hold task tokens. Roles of the account publish under this key without a grant of their own.
		KmsMasterKeyId: pulumi.String("alias/aws/sns"),
		Tags:           b.tags,
	}, b.child)
	if err != nil {
		return nil, fmt.Errorf("topic: %w", err)
	}
	for _, email := range b.config.Emails {
		_, err := sns.NewTopicSubscription(b.ctx, b.name+"-"+email, &sns.TopicSubscriptionArgs{
			Topic:    topic.Arn,
			Protocol: pulumi.String("email"),
			Endpoint: pulumi.String(email),
		}, b.child)
		if err != nil {
			return nil, fmt.Errorf("subscription of %s: %w", email, err)
		}
	}
	return topic, nil
}
