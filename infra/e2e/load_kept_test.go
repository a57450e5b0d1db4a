//go:build e2e

package e2e

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
)

// decision is a decision that an execution keeps.
type decision struct {
	path   string // of the link that was clicked
	record record
}

// madeBy reports whether the decision is the result of that click.
func (d decision) madeBy(c clicked) bool {
	return d.path == c.path && d.record.Approver == c.approver && d.record.SourceIP == c.address
}

// endOf returns the error of an execution that failed, and the status of any other.
func endOf(end *sfn.DescribeExecutionOutput) string {
	return cmp.Or(awssdk.ToString(end.Error), string(end.Status))
}

// decisions returns the decisions that an execution keeps after its end, the oldest first. A rejection is the last one.
func (l *load) decisions(ctx context.Context, number int, end *sfn.DescribeExecutionOutput) (kept []decision, err error) {
	var approvals []record
	if endOf(end) == "SUCCEEDED" {
		approvals, err = approvalsInOutput(end, number)
	} else {
		approvals, err = l.approvalsInHistory(ctx, end)
	}
	for _, r := range approvals {
		kept = append(kept, decision{"/approve", r})
	}
	if err == nil && endOf(end) == "Rejected" {
		rejection := decision{path: "/reject"}
		err = json.Unmarshal([]byte(*end.Cause), &rejection.record)
		kept = append(kept, rejection)
	}
	return kept, err
}

func approvalsInOutput(end *sfn.DescribeExecutionOutput, number int) ([]record, error) {
	approvals, input, err := ended{Output: *end.Output}.approvals()
	if want := fmt.Sprintf(`{"request":%d}`, number); err == nil && string(input) != want {
		err = fmt.Errorf("input in the output = %s, want %s", input, want)
	}
	return approvals, err
}

// approvalsInHistory returns the approvals in the payload of the newest task.
func (l *load) approvalsInHistory(ctx context.Context, end *sfn.DescribeExecutionOutput) ([]record, error) {
	<-l.pace
	events, err := l.sfn.GetExecutionHistory(ctx, &sfn.GetExecutionHistoryInput{
		ExecutionArn: end.ExecutionArn, ReverseOrder: true, MaxResults: 20,
	})
	if err != nil {
		return nil, err
	}
	for _, event := range events.Events {
		if details := event.TaskScheduledEventDetails; details != nil {
			var parameters struct{ Payload struct{ Approvals []record } }
			err := json.Unmarshal([]byte(*details.Parameters), &parameters)
			return parameters.Payload.Approvals, err
		}
	}
	return nil, errors.New("no task among the last events")
}
