package main

import (
	"cmp"
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

type describer interface {
	DescribeExecution(context.Context, *sfn.DescribeExecutionInput, ...func(*sfn.Options)) (*sfn.DescribeExecutionOutput, error)
}

// executions describes executions in the function's own account and region; its role keeps it to its own state
// machine's. It is an approval.Executions.
type executions struct {
	client    describer
	arnPrefix string // arn:PARTITION:states:REGION:ACCOUNT:execution:
}

func (e executions) Describe(ctx context.Context, reference approval.Reference) (approval.State, error) {
	out, err := e.client.DescribeExecution(ctx, &sfn.DescribeExecutionInput{
		ExecutionArn: aws.String(e.arnPrefix + reference.Workflow + ":" + reference.Execution),
	})
	if err != nil {
		return approval.State{}, fmt.Errorf("describe execution: %w", err)
	}
	return approval.State{
		Status:    string(out.Status),
		Error:     aws.ToString(out.Error),
		StartedAt: aws.ToTime(out.StartDate),
		Result:    cmp.Or(aws.ToString(out.Output), aws.ToString(out.Cause)),
	}, nil
}
