package main

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"approval-workflow/handler/approval"
)

type publisher interface {
	Publish(context.Context, *sns.PublishInput, ...func(*sns.Options)) (*sns.PublishOutput, error)
}

// notifier sends e-mails to the subscribers of an SNS topic. It is an approval.Notifier.
type notifier struct {
	client   publisher
	topicARN string
}

func (n notifier) Notify(ctx context.Context, email approval.Email) error {
	_, err := n.client.Publish(ctx, &sns.PublishInput{
		TopicArn: aws.String(n.topicARN),
		Subject:  aws.String(email.Subject),
		Message:  aws.String(email.Body),
	})
	if err == nil {
		return nil
	}
	code := approval.CodeNotificationRefused
	if transient(err) {
		code = approval.CodeNotificationUnavailable
	}
	return &approval.Error{Code: code, Err: fmt.Errorf("publish approval request: %w", err)}
}
