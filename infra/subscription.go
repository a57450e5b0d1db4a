package infra

import (
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// newApprovers subscribes each approver to the e-mails for them. SNS delivers only to confirmed subscriptions. The
// others are pending. The subscriptions come after the policy, which must allow an added address first.
func (b *builder) newApprovers(topic *sns.Topic, policy *sns.TopicPolicy) (pending pulumi.StringArrayOutput, err error) {
	afterPolicy := pulumi.DependsOn([]pulumi.Resource{policy})
	unconfirmed := make(pulumi.BoolArray, len(b.args.Emails))
	for i, email := range b.args.Emails {
		filter, err := approverFilter(email)
		if err != nil {
			return pending, fmt.Errorf("filter policy of %s: %w", email, err)
		}
		args := &sns.TopicSubscriptionArgs{Topic: topic.Arn, FilterPolicy: pulumi.String(filter)}
		subscription, err := b.subscribe(b.name+"-"+email, email, args, afterPolicy)
		if err != nil {
			return pending, err
		}
		unconfirmed[i] = subscription.PendingConfirmation
	}
	return unconfirmed.ToBoolArrayOutput().ApplyT(b.pendingEmails).(pulumi.StringArrayOutput), nil
}

// approverFilter returns the filter policy for the e-mails to one approver. SNS compares the message attribute exactly.
// https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
func approverFilter(email string) (string, error) {
	text, err := json.Marshal(map[string][]string{"approver": {email}})
	return string(text), err
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

// subscribe creates a subscription called name with the address as its endpoint. The arguments say what it gets.
func (b *builder) subscribe(
	name, email string, args *sns.TopicSubscriptionArgs, opts ...pulumi.ResourceOption,
) (*sns.TopicSubscription, error) {
	args.Protocol, args.Endpoint = pulumi.String("email"), pulumi.String(email)
	subscription, err := sns.NewTopicSubscription(b.ctx, name, args, append(opts, b.child)...)
	if err != nil {
		return nil, fmt.Errorf("subscription of %s: %w", email, err)
	}
	return subscription, nil
}
