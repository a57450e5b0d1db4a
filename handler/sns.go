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

// notifier is an [approval.Notifier] that publishes to an SNS topic. The filter policy of each subscription accepts the
// e-mails to one approver.
type notifier struct {
	client   topicClient
	topicARN string
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
	_, err := n.client.Publish(ctx, &sns.PublishInput{
		TopicArn: aws.String(n.topicARN),
		Subject:  aws.String(email.Subject),
		Message:  aws.String(email.Body),
		MessageAttributes: map[string]types.MessageAttributeValue{
			"approver": {DataType: aws.String("String"), StringValue: aws.String(email.To)},
		},
	})
	return callError("publish approval request", err, false)
}
