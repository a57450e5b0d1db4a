package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"approval-workflow/handler/approval"
)

type topicClient interface {
	GetTopicAttributes(context.Context, *sns.GetTopicAttributesInput, ...func(*sns.Options)) (*sns.GetTopicAttributesOutput, error)
	Publish(context.Context, *sns.PublishInput, ...func(*sns.Options)) (*sns.PublishOutput, error)
}

// notifier is an [approval.Notifier] that publishes to an SNS topic.
type notifier struct {
	client   topicClient
	topicARN string
}

// Subscribers asks the topic, because SNS accepts an e-mail for a topic without a confirmed subscription and drops it.
// https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html
func (n notifier) Subscribers(ctx context.Context) (approval.Subscribers, error) {
	out, err := n.client.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: aws.String(n.topicARN)})
	if err != nil {
		return approval.Subscribers{}, notificationError("count the topic's subscriptions", err)
	}
	confirmed, err := strconv.Atoi(out.Attributes["SubscriptionsConfirmed"])
	if err != nil {
		return approval.Subscribers{}, fmt.Errorf("read SubscriptionsConfirmed: %w", err)
	}
	pending, err := strconv.Atoi(out.Attributes["SubscriptionsPending"])
	if err != nil {
		return approval.Subscribers{}, fmt.Errorf("read SubscriptionsPending: %w", err)
	}
	return approval.Subscribers{Confirmed: confirmed, Pending: pending}, nil
}

func (n notifier) Notify(ctx context.Context, email approval.Email) error {
	_, err := n.client.Publish(ctx, &sns.PublishInput{
		TopicArn: aws.String(n.topicARN),
		Subject:  aws.String(email.Subject),
		Message:  aws.String(email.Body),
	})
	if err != nil {
		return notificationError("publish approval request", err)
	}
	return nil
}

func notificationError(operation string, err error) error {
	code := approval.CodeNotificationRefused
	if transient(err) {
		code = approval.CodeNotificationUnavailable
	}
	return &approval.Error{Code: code, Err: fmt.Errorf("%s: %w", operation, err)}
}
