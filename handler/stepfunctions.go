package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/history"
)

// executions is an [approval.Executions] for the function's own account and region. The function's role restricts it to
// its own state machine.
type executions struct {
	client    history.Client
	arnPrefix string // arn:PARTITION:states:REGION:ACCOUNT:execution:
}

// Read implements [approval.Executions].
func (e executions) Read(ctx context.Context, ref approval.ExecutionRef) (approval.Execution, error) {
	execution, err := history.Read(ctx, e.client, e.arnPrefix+ref.StateMachine+":"+ref.Name)
	return execution, callError("get execution history", err, isA[*types.ExecutionDoesNotExist](err))
}

type taskSender interface {
	SendTaskSuccess(context.Context, *sfn.SendTaskSuccessInput, ...func(*sfn.Options)) (*sfn.SendTaskSuccessOutput, error)
}

// callback is an [approval.Callback] that answers Step Functions.
type callback struct {
	client taskSender
}

// Succeed implements [approval.Callback]. TaskTimedOut is also the error for a task that was answered before.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html#API_SendTaskSuccess_Errors
func (c callback) Succeed(ctx context.Context, token approval.Token, output []byte) error {
	_, err := c.client.SendTaskSuccess(ctx, &sfn.SendTaskSuccessInput{
		TaskToken: aws.String(string(token)),
		Output:    aws.String(string(output)),
	})
	closed := isA[*types.InvalidToken](err) || isA[*types.TaskTimedOut](err) || isA[*types.TaskDoesNotExist](err)
	return callError("send task success", err, closed)
}
