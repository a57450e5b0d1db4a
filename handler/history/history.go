// Package history reads the state of an execution from its history: whether a task waits, for what, and how the execution
// ended. It serves the function and those who operate the workflow.
package history

import (
	"cmp"
	"context"
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

// Client is the part of a client of Step Functions that reads histories.
type Client interface {
	GetExecutionHistory(context.Context, *sfn.GetExecutionHistoryInput, ...func(*sfn.Options)) (*sfn.GetExecutionHistoryOutput, error)
}

// Read returns the state of the execution with an ARN. Its error is the client's, or says what is wrong with the history. It
// quotes nothing of the history, which contains the task token.
func Read(ctx context.Context, client Client, executionARN string) (approval.Execution, error) {
	events, err := newest(ctx, client, executionARN)
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
func newest(ctx context.Context, client Client, executionARN string) ([]types.HistoryEvent, error) {
	page, err := client.GetExecutionHistory(ctx, newestEvents(executionARN, waitingPage))
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(page.Events, isScheduled) {
		return page.Events, nil
	}
	var events []types.HistoryEvent // from the start again, because the token of a page is good for pages of its size
	pages := sfn.NewGetExecutionHistoryPaginator(client, newestEvents(executionARN, historyPage))
	for pages.HasMorePages() && !slices.ContainsFunc(events, isScheduled) {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		events = append(events, page.Events...)
	}
	return events, nil
}

func newestEvents(executionARN string, most int32) *sfn.GetExecutionHistoryInput {
	return &sfn.GetExecutionHistoryInput{ExecutionArn: aws.String(executionARN), ReverseOrder: true, MaxResults: most}
}

func isScheduled(event types.HistoryEvent) bool {
	return event.Type == types.HistoryEventTypeTaskScheduled
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
		if details := event.ExecutionAbortedEventDetails; details != nil {
			execution.Error, execution.Cause = aws.ToString(details.Error), aws.ToString(details.Cause)
		}
	default:
		execution.Status = approval.StatusMoving
	}
}

// readRequest sets the request from the event that scheduled its task. It uses nothing else of the history for it.
func readRequest(execution *approval.Execution, event types.HistoryEvent) error {
	details := event.TaskScheduledEventDetails
	if details == nil {
		return fmt.Errorf("event %d has no details", event.Id)
	}
	request, err := approval.ParseTask([]byte(aws.ToString(details.Parameters)))
	if err != nil {
		return fmt.Errorf("event %d: %w", event.Id, err)
	}
	execution.Request, execution.AskedAt = request, aws.ToTime(event.Timestamp)
	return nil
}
