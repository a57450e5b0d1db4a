package infra

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// topic is an SNS topic with its policy and the addresses that are subscribed to it.
type topic struct {
	arn, name          pulumi.StringOutput
	policy             *sns.TopicPolicy
	emails             []string
	pending, protected pulumi.BoolArray // of each address
}

// topics are the topics that the function publishes to.
type topics struct{ approvers, outcomes, operators *topic }

// newTopics creates them.
func (b *builder) newTopics() (t topics, err error) {
	if t.approvers, err = b.newApprovers(); err != nil {
		return t, err
	}
	if t.outcomes, err = b.newOutcomes(); err != nil {
		return t, err
	}
	t.operators, err = b.newOperators()
	return t, err
}

// newApprovers creates the topic of the approvers, with a subscription for each of them to their own e-mails, whatever group
// they are in. SNS delivers only to confirmed subscriptions. The subscriptions come after the policy, which must allow an added
// address first.
func (b *builder) newApprovers() (*topic, error) {
	addresses := b.args.addresses()
	// SNS encrypts the e-mails: whoever reads one can decide. The account's roles need no grant for this key.
	args := &sns.TopicArgs{KmsMasterKeyId: pulumi.String("alias/aws/sns"), Tags: b.tags}
	t, err := b.newTopic(b.name, args, func(topic arn.ARN) (string, error) {
		return approversPolicy(topic, addresses)
	}, b.protect())
	if err != nil {
		return nil, err
	}
	for _, email := range addresses {
		// SNS compares the message attribute exactly.
		// https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
		args := &sns.TopicSubscriptionArgs{FilterPolicy: pulumi.JSONMarshal(map[string][]string{"approver": {email}})}
		if err := b.subscribe(t, b.part(email), email, args, pulumi.DependsOn([]pulumi.Resource{t.policy})); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// approversPolicy denies every subscription except for those of the approvers. It allows nothing. The default policy,
// which it replaces, allows the account's principals and AWS services to publish and to subscribe. Whoever needs that, such
// as the function and Pulumi, has a policy of its own.
// https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html
func approversPolicy(topic arn.ARN, emails []string) (string, error) {
	// SNS requires IDs that are unique. Two conditions of one statement would both have to be met.
	deny := func(id, key string, values []string) statement {
		return statement{
			ID: id, Effect: "Deny", Principal: map[string]string{"AWS": "*"},
			Action: []string{"sns:Subscribe"}, Resource: topic.String(),
			Condition: condition{"StringNotEquals": {key: values}},
		}
	}
	return encodePolicy("subscriptions",
		deny("endpoints", "sns:Endpoint", emails),
		deny("protocols", "sns:Protocol", []string{"email"}),
	)
}

// newOutcomes creates the topic of the outcomes, with a subscription for each address that is to be notified. newOutcomePolicy gives
// it its policy.
func (b *builder) newOutcomes() (*topic, error) {
	args := &sns.TopicArgs{KmsMasterKeyId: pulumi.String("alias/aws/sns"), Tags: b.tags}
	t, err := b.newTopic(b.part("outcomes"), args, nil)
	if err != nil {
		return nil, err
	}
	return t, b.subscribeAll(t, "outcomes", b.args.NotifyEmails)
}

// newOutcomePolicy denies everybody but the function's role to publish an outcome, because programs act on it. It replaces SNS's
// default policy, with which the principals of the account could.
func (b *builder) newOutcomePolicy(outcomes *topic, role *iam.Role) error {
	text := pulumi.All(outcomes.arn, role.Arn).ApplyT(func(arns []any) (string, error) {
		publish := onlyFor(arns[1].(string), "sns:Publish", arns[0].(string))
		publish.ID = "publish" // for the reason in approversPolicy
		return encodePolicy("outcomes", publish)
	}).(pulumi.StringOutput)
	_, err := sns.NewTopicPolicy(b.ctx, b.part("outcomes"), &sns.TopicPolicyArgs{Arn: outcomes.arn, Policy: text}, b.child)
	if err != nil {
		return fmt.Errorf("policy of the topic of the outcomes: %w", err)
	}
	return nil
}

// newOperators creates the topic of the operators, with a subscription for each of them. Without operators, the topic's ARN
// is empty.
func (b *builder) newOperators() (*topic, error) {
	if len(b.args.AlarmEmails) == 0 {
		return &topic{arn: pulumi.String("").ToStringOutput()}, nil
	}
	// The topic is not encrypted: CloudWatch cannot use the key alias/aws/sns, and the notifications would be lost. They contain
	// no link.
	// https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
	t, err := b.newTopic(b.part("alarms"), &sns.TopicArgs{Tags: b.tags}, operatorsPolicy)
	if err != nil {
		return nil, err
	}
	return t, b.subscribeAll(t, "alarms", b.args.AlarmEmails)
}

// subscribeAll subscribes addresses to everything that a topic gets.
func (b *builder) subscribeAll(t *topic, purpose string, emails []string) error {
	for _, email := range emails {
		// A colon, because no approver's address has one: with a dash, this could be the name for alarms-ops@example.com.
		if err := b.subscribe(t, b.part(purpose+":"+email), email, &sns.TopicSubscriptionArgs{}); err != nil {
			return err
		}
	}
	return nil
}

// operatorsPolicy lets the alarms of the account publish. The function has a policy of its own.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
func operatorsPolicy(topic arn.ARN) (string, error) {
	return encodePolicy("notifications", statement{
		ID: "alarms", Effect: "Allow", Principal: map[string]string{"Service": "cloudwatch.amazonaws.com"},
		Action: []string{"sns:Publish"}, Resource: topic.String(),
		Condition: condition{"StringEquals": {"aws:SourceAccount": topic.AccountID}},
	})
}

// newTopic creates a topic without subscriptions, and its policy unless that is nil.
func (b *builder) newTopic(name string, args *sns.TopicArgs, policy func(arn.ARN) (string, error), opts ...pulumi.ResourceOption) (*topic, error) {
	created, err := sns.NewTopic(b.ctx, name, args, append(opts, b.child)...)
	if err != nil {
		return nil, fmt.Errorf("topic %s: %w", name, err)
	}
	if policy == nil {
		return &topic{arn: created.Arn, name: created.Name}, nil
	}
	policyArgs := &sns.TopicPolicyArgs{Arn: created.Arn, Policy: applyArn(created.Arn, policy)}
	topicPolicy, err := sns.NewTopicPolicy(b.ctx, name, policyArgs, b.child)
	if err != nil {
		return nil, fmt.Errorf("policy of topic %s: %w", name, err)
	}
	return &topic{arn: created.Arn, name: created.Name, policy: topicPolicy}, nil
}

// subscribe creates a subscription called name with the address as its endpoint. The arguments say what it gets.
func (b *builder) subscribe(
	t *topic, name, email string, args *sns.TopicSubscriptionArgs, opts ...pulumi.ResourceOption,
) error {
	args.Topic, args.Protocol, args.Endpoint = t.arn, pulumi.String("email"), pulumi.String(email)
	subscription, err := sns.NewTopicSubscription(b.ctx, name, args, append(opts, b.child)...)
	if err != nil {
		return fmt.Errorf("subscription of %s: %w", email, err)
	}
	t.emails = append(t.emails, email)
	t.pending = append(t.pending, subscription.PendingConfirmation)
	t.protected = append(t.protected, subscription.ConfirmationWasAuthenticated)
	return nil
}

// unconfirmed returns the addresses that have not confirmed, as of the last refresh of the stack. SNS sends them nothing.
func (t *topic) unconfirmed() pulumi.StringArrayOutput {
	return t.selectEmails(func(pending, _ bool) bool { return pending })
}

// unprotected returns the addresses that have confirmed without AWS credentials, so the unsubscribe link of each e-mail
// works without them too.
// https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html
func (t *topic) unprotected() pulumi.StringArrayOutput {
	return t.selectEmails(func(pending, protected bool) bool { return !pending && !protected })
}

func (t *topic) selectEmails(wanted func(pending, protected bool) bool) pulumi.StringArrayOutput {
	return pulumi.All(t.pending, t.protected).ApplyT(func(flags []any) []string {
		pending, protected := flags[0].([]bool), flags[1].([]bool)
		selected := []string{} // an empty list shows as [] rather than null
		for i, email := range t.emails {
			if wanted(pending[i], protected[i]) {
				selected = append(selected, email)
			}
		}
		return selected
	}).(pulumi.StringArrayOutput)
}
