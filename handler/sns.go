package main

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"approval-workflow/handler/approval"
)

type topicClient interface {
	ListSubscriptionsByTopic(context.Context, *sns.ListSubscriptionsByTopicInput, ...func(*sns.Options)) (*sns.ListSubscriptionsByTopicOutput, error)
	Publish(context.Context, *sns.PublishInput, ...func(*sns.Options)) (*sns.PublishOutput, error)
}

// notifier is an [approval.Notifier] that publishes to SNS topics.
type notifier struct {
	client topicClient
	// topicARN is the topic of the approvers. The filter policy of each subscription accepts the e-mails to one approver.
	topicARN string
	// outcomeTopicARN and alarmTopicARN are those of the team and of the operators. An empty one means that nobody subscribes.
	outcomeTopicARN, alarmTopicARN string
}

// Confirmed asks the topic, because SNS accepts an e-mail for a subscription that is not confirmed and drops it. In place
// of the ARN, such a subscription has the text PendingConfirmation.
// https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html
func (n notifier) Confirmed(ctx context.Context) ([]string, error) {
	var confirmed []string
	pages := sns.NewListSubscriptionsByTopicPaginator(n.client, &sns.ListSubscriptionsByTopicInput{TopicArn: aws.String(n.topicARN)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, callError("list the topic's subscriptions", err, false)
		}
		for _, subscription := range page.Subscriptions {
			if aws.ToString(subscription.Protocol) == "email" && strings.HasPrefix(aws.ToString(subscription.SubscriptionArn), "arn:") {
				confirmed = append(confirmed, aws.ToString(subscription.Endpoint))
			}
		}
	}
	return confirmed, nil
}

// Notify implements [approval.Notifier].
func (n notifier) Notify(ctx context.Context, email approval.Email) error {
	err := n.publish(ctx, n.topicARN, email.Subject, email.Body, map[string]string{"approver": email.To})
	return callError("publish approval request", err, false)
}

// Announce implements [approval.Notifier].
func (n notifier) Announce(ctx context.Context, notice approval.Notice) error {
	topic, attributes := n.topicARN, map[string]string{"approver": notice.To}
	switch notice.Audience {
	case approval.AudienceApprover:
	case approval.AudienceTeam:
		topic, attributes = n.outcomeTopicARN, notice.Attributes
	case approval.AudienceOperators:
		topic, attributes = n.alarmTopicARN, nil
	}
	if topic == "" {
		return nil
	}
	return callError("publish outcome", n.publish(ctx, topic, notice.Subject, notice.Body, attributes), false)
}

func (n notifier) publish(ctx context.Context, topicARN, subject, body string, attributes map[string]string) error {
	values := map[string]types.MessageAttributeValue{}
	for name, value := range attributes {
		values[name] = types.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String(value)}
	}
	_, err := n.client.Publish(ctx, &sns.PublishInput{
		TopicArn: aws.String(topicARN), Subject: aws.String(subject), Message: aws.String(body), MessageAttributes: values,
	})
	return err
}
