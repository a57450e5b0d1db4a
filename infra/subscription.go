package infra

import (
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// confirmations are addresses by the state of their subscription, as of the last refresh of the stack.
type confirmations struct {
	// pending have not confirmed. SNS sends them nothing.
	pending pulumi.StringArrayOutput
	// unprotected have confirmed without AWS credentials, so the unsubscribe link of each e-mail works without them too.
	// https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html
	unprotected pulumi.StringArrayOutput
}

// newConfirmations returns the state of the subscriptions of the addresses, which are in the same order.
func newConfirmations(emails []string, subscriptions []*sns.TopicSubscription) confirmations {
	pending, protected := make(pulumi.BoolArray, len(emails)), make(pulumi.BoolArray, len(emails))
	for i, subscription := range subscriptions {
		pending[i], protected[i] = subscription.PendingConfirmation, subscription.ConfirmationWasAuthenticated
	}
	selected := func(choose func(pending, protected bool) bool) pulumi.StringArrayOutput {
		return pulumi.All(pending, protected).ApplyT(func(flags []any) []string {
			pending, protected := flags[0].([]bool), flags[1].([]bool)
			chosen := []string{} // an empty list shows as [] rather than null
			for i, email := range emails {
				if choose(pending[i], protected[i]) {
					chosen = append(chosen, email)
				}
			}
			return chosen
		}).(pulumi.StringArrayOutput)
	}
	return confirmations{
		pending:     selected(func(pending, _ bool) bool { return pending }),
		unprotected: selected(func(pending, protected bool) bool { return !pending && !protected }),
	}
}

// newApprovers subscribes each approver to the e-mails for them. SNS delivers only to confirmed subscriptions. The
// subscriptions come after the policy, which must allow an added address first.
func (b *builder) newApprovers(topic *sns.Topic, policy *sns.TopicPolicy) (confirmations, error) {
	afterPolicy := pulumi.DependsOn([]pulumi.Resource{policy})
	var subscriptions []*sns.TopicSubscription
	for _, email := range b.args.Emails {
		filter, err := approverFilter(email)
		if err != nil {
			return confirmations{}, fmt.Errorf("filter policy of %s: %w", email, err)
		}
		args := &sns.TopicSubscriptionArgs{Topic: topic.Arn, FilterPolicy: pulumi.String(filter)}
		subscription, err := b.subscribe(b.name+"-"+email, email, args, afterPolicy)
		if err != nil {
			return confirmations{}, err
		}
		subscriptions = append(subscriptions, subscription)
	}
	return newConfirmations(b.args.Emails, subscriptions), nil
}

// approverFilter returns the filter policy for the e-mails to one approver. SNS compares the message attribute exactly.
// https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
func approverFilter(email string) (string, error) {
	text, err := json.Marshal(map[string][]string{"approver": {email}})
	return string(text), err
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
