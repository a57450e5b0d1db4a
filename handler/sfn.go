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

func callbackCode(err error) approval.Code {
	var (
		invalid  *types.InvalidToken
		timedOut *types.TaskTimedOut
		gone     *types.TaskDoesNotExist
	)
	switch {
	case errors.As(err, &invalid):
		return approval.CodeInvalidToken
	case errors.As(err, &timedOut), errors.As(err, &gone):
		return approval.CodeClosed
	case transient(err):
		return approval.CodeUnavailable
	}
	return approval.CodeInternal
}

type describer interface {
	DescribeExecution(context.Context, *sfn.DescribeExecutionInput, ...func(*sfn.Options)) (*sfn.DescribeExecutionOutput, error)
}

// executions is an [approval.Executions] for the function's own account and region. The function's role restricts it to
// its own state machine.
type executions struct {
	client    describer
	arnPrefix string // arn:PARTITION:states:REGION:ACCOUNT:execution:
}

func (e executions) Describe(ctx context.Context, ref approval.ExecutionRef) (approval.Execution, error) {
	out, err := e.client.DescribeExecution(ctx, &sfn.DescribeExecutionInput{
		ExecutionArn: aws.String(e.arnPrefix + ref.StateMachine + ":" + ref.Name),
	})
	if err != nil {
		return approval.Execution{}, fmt.Errorf("describe execution: %w", err)
	}
	return approval.Execution{
		Status:    string(out.Status),
		StartedAt: aws.ToTime(out.StartDate),
		Output:    aws.ToString(out.Output),
		Error:     aws.ToString(out.Error),
		Cause:     aws.ToString(out.Cause),
	}, nil
}
