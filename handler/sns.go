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

// notifier sends e-mails to the subscribers of an SNS topic. It is an approval.Notifier.
type notifier struct {
	client   topicClient
	topicARN string
}

// Audience asks the topic: SNS takes an e-mail for a topic without a confirmed subscription, and drops it.
// https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html
func (n notifier) Audience(ctx context.Context) (approval.Audience, error) {
	out, err := n.client.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: aws.String(n.topicARN)})
	if err != nil {
		return approval.Audience{}, notificationError("count the topic's subscriptions", err)
	}
	confirmed, err := strconv.Atoi(out.Attributes["SubscriptionsConfirmed"])
	if err != nil {
		return approval.Audience{}, fmt.Errorf("read SubscriptionsConfirmed: %w", err)
	}
	pending, err := strconv.Atoi(out.Attributes["SubscriptionsPending"])
	if err != nil {
		return approval.Audience{}, fmt.Errorf("read SubscriptionsPending: %w", err)
	}
	return approval.Audience{Confirmed: confirmed, Pending: pending}, nil
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
