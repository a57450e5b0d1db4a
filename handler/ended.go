package main

import (
	"cmp"
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"approval-workflow/handler/approval"
)

// Ended implements [approval.Executions]. It asks for the newest event only, without its data: the output of an execution
// has another copy of its input.
func (e executions) Ended(ctx context.Context, ref approval.ExecutionRef) (approval.Status, error) {
	history, err := e.client.GetExecutionHistory(ctx, &sfn.GetExecutionHistoryInput{
		ExecutionArn: e.arn(ref), ReverseOrder: true, MaxResults: 1, IncludeExecutionData: aws.Bool(false),
	})
	if err != nil {
		return "", historyError(err)
	}
	var execution approval.Execution
	for _, event := range history.Events[:min(1, len(history.Events))] {
		readStatus(&execution, event, false)
	}
	return cmp.Or(execution.Status, approval.StatusMoving), nil
}
