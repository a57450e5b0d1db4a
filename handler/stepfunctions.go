package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"approval-workflow/handler/approval"
)

const (
	// waitingPage is the number of events that are read at first. The newest events of a task that waits say that it was
	// scheduled, started and submitted. Each event can have another copy of the execution's input.
	waitingPage = 3
	// historyPage is the number of events that each call reads of any other execution. From its end back to its newest task
	// there are at most ten, because each retry of a task schedules it again. Only an execution that ended twice, after a
	// redrive, takes another page.
	historyPage = 10
)

type historyClient interface {
	GetExecutionHistory(context.Context, *sfn.GetExecutionHistoryInput, ...func(*sfn.Options)) (*sfn.GetExecutionHistoryOutput, error)
}

// executions is an [approval.Executions] for the function's own account and region. The function's role restricts it to
// its own state machine.
type executions struct {
	client    historyClient
	arnPrefix string // arn:PARTITION:states:REGION:ACCOUNT:execution:
}

// Read implements [approval.Executions].
func (e executions) Read(ctx context.Context, ref approval.ExecutionRef) (approval.Execution, error) {
	events, err := e.newest(ctx, ref)
	if err != nil {
		return approval.Execution{}, err
	}
	var execution approval.Execution
	submitted := false
	for _, event := range events {
		submitted = submitted || event.Type == types.HistoryEventTypeTaskSubmitted
		if execution.Status == "" {
			readStatus(&execution, event, submitted)
		}
		if isScheduled(event) {
			err := readRequest(&execution, event)
			return execution, err
		}
	}
	execution.Status = cmp.Or(execution.Status, approval.StatusMoving)
	return execution, nil
}

// newest returns the events of an execution from the newest one back to its newest task or further.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html
func (e executions) newest(ctx context.Context, ref approval.ExecutionRef) ([]types.HistoryEvent, error) {
	page, err := e.pages(ref, waitingPage).NextPage(ctx)
	if err != nil {
		return nil, historyError(err)
	}
	if slices.ContainsFunc(page.Events, isScheduled) {
		return page.Events, nil
	}
	var events []types.HistoryEvent // from the start again, because the token of a page is good for pages of its size
	for pages := e.pages(ref, historyPage); pages.HasMorePages() && !slices.ContainsFunc(events, isScheduled); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, historyError(err)
		}
		events = append(events, page.Events...)
	}
	return events, nil
}

func (e executions) pages(ref approval.ExecutionRef, size int32) *sfn.GetExecutionHistoryPaginator {
	return sfn.NewGetExecutionHistoryPaginator(e.client, &sfn.GetExecutionHistoryInput{
		ExecutionArn: e.arn(ref),
		ReverseOrder: true,
		MaxResults:   size,
	})
}

func (e executions) arn(ref approval.ExecutionRef) *string {
	return aws.String(e.arnPrefix + ref.StateMachine + ":" + ref.Name)
}

func isScheduled(event types.HistoryEvent) bool {
	return event.Type == types.HistoryEventTypeTaskScheduled
}

func historyError(err error) error {
	return callError("get execution history", err, errors.As(err, new(*types.ExecutionDoesNotExist)))
}

// readStatus sets the status by an event that is newer than all others which say something about it. An answer before
// TaskSubmitted may be lost if the function then fails, so a task counts as waiting only after TaskSubmitted.
func readStatus(execution *approval.Execution, event types.HistoryEvent, submitted bool) {
	switch event.Type {
	case types.HistoryEventTypeTaskSubmitted, types.HistoryEventTypeTaskStarted:
		// The task may have ended all the same: an answer can come before TaskSubmitted.
	case types.HistoryEventTypeTaskScheduled:
		execution.Status = approval.StatusMoving
		if submitted {
			execution.Status = approval.StatusWaiting
		}
	case types.HistoryEventTypeExecutionSucceeded:
		execution.Status = approval.StatusSucceeded
		if details := event.ExecutionSucceededEventDetails; details != nil {
			execution.Output = aws.ToString(details.Output)
		}
	case types.HistoryEventTypeExecutionFailed:
		execution.Status = approval.StatusFailed
		if details := event.ExecutionFailedEventDetails; details != nil {
			execution.Error, execution.Cause = aws.ToString(details.Error), aws.ToString(details.Cause)
		}
	case types.HistoryEventTypeExecutionTimedOut:
		execution.Status = approval.StatusTimedOut
	case types.HistoryEventTypeExecutionAborted:
		execution.Status = approval.StatusAborted
	default:
		execution.Status = approval.StatusMoving
	}
}

// readRequest sets the request from the event that scheduled its task. It uses nothing else of the history for it. Its
// errors quote nothing of the event, which contains the task token.
func readRequest(execution *approval.Execution, event types.HistoryEvent) error {
	var parameters struct{ Payload json.RawMessage }
	if details := event.TaskScheduledEventDetails; details == nil {
		return fmt.Errorf("event %d has no details", event.Id)
	} else if json.Unmarshal([]byte(aws.ToString(details.Parameters)), &parameters) != nil {
		return fmt.Errorf("event %d: the task's parameters are not JSON", event.Id)
	}
	request, err := approval.ParseRequest(parameters.Payload)
	if err != nil {
		return fmt.Errorf("event %d: %w", event.Id, err)
	}
	execution.Request, execution.AskedAt = request, aws.ToTime(event.Timestamp)
	return nil
}

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
	closed := errors.As(err, new(*types.InvalidToken)) || errors.As(err, new(*types.TaskTimedOut)) ||
		errors.As(err, new(*types.TaskDoesNotExist))
	return callError("send task success", err, closed)
}
