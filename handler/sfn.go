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

// callback answers the waiting task of an execution. It is an approval.Callback.
type callback struct {
	client taskSender
}

func (c callback) Succeed(ctx context.Context, token approval.Token, output []byte) error {
	_, err := c.client.SendTaskSuccess(ctx, &sfn.SendTaskSuccessInput{
		TaskToken: aws.String(string(token)),
		Output:    aws.String(string(output)),
	})
	if err == nil {
		return nil
	}
	var (
		invalid  *types.InvalidToken
		timedOut *types.TaskTimedOut
		gone     *types.TaskDoesNotExist
	)
	code := approval.CodeInternal
	switch {
	case errors.As(err, &invalid):
		code = approval.CodeInvalidToken
	case errors.As(err, &timedOut), errors.As(err, &gone):
		code = approval.CodeClosed
	case transient(err):
		code = approval.CodeUnavailable
	}
	return &approval.Error{Code: code, Err: fmt.Errorf("send task success: %w", err)}
}
