package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"approval-workflow/handler/approval"
)

type taskSender interface {
	SendTaskSuccess(context.Context, *sfn.SendTaskSuccessInput, ...func(*sfn.Options)) (*sfn.SendTaskSuccessOutput, error)
}

// callback is an [approval.Callback] that answers Step Functions.
type callback struct {
	client taskSender
}

func (c callback) Succeed(ctx context.Context, token approval.Token, output []byte) error {
	_, err := c.client.SendTaskSuccess(ctx, &sfn.SendTaskSuccessInput{
		TaskToken: aws.String(string(token)),
		Output:    aws.String(string(output)),
	})
	if err != nil {
		return &approval.Error{Code: callbackCode(err), Err: fmt.Errorf("send task success: %w", err)}
	}
	return nil
}

// callbackCode classifies an error of SendTaskSuccess. TaskTimedOut is also the error for a task that was answered before.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html#API_SendTaskSuccess_Errors
func callbackCode(err error) approval.Code {
	switch {
	case errors.As(err, new(*types.InvalidToken)), errors.As(err, new(*types.TaskTimedOut)),
		errors.As(err, new(*types.TaskDoesNotExist)):
		return approval.CodeClosed
	case transient(err):
		return approval.CodeUnavailable
	}
	return approval.CodeInternal
}
