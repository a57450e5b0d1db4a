package approval

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// An execution that still runs is described again. It may pass through its last states after a decision, and
// DescribeExecution lags behind: it is eventually consistent.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html
const (
	describeAttempts = 4
	describeInterval = 500 * time.Millisecond
)

// explain replaces the code of a closed task with one that says why the task is closed, if the execution shows it. It
// reports whether record itself closed the task: if the answer to a decision is lost, the SDK's retry finds the task
// closed.
func (s *Service) explain(ctx context.Context, closed *Error, link Link, record Record) bool {
	ref := link.Execution
	if ref.StateMachine == "" || ref.Name == "" {
		return false
	}
	for attempt := range describeAttempts {
		if attempt > 0 {
			select {
			case <-time.After(describeInterval):
			case <-ctx.Done():
				return false
			}
		}
		execution, err := s.executions.Describe(ctx, ref)
		if err != nil {
			closed.Err = errors.Join(closed.Err, link.Token.redact(err))
			return false
		}
		if !execution.StartedAt.Equal(ref.StartedAt) {
			return false
		}
		if code := execution.closedCode(); code != CodeReplaced || attempt == describeAttempts-1 {
			closed.Code = code
			return execution.endedBy(record)
		}
	}
	return false
}

// endedBy reports whether record is the decision that ended the execution.
func (e Execution) endedBy(record Record) bool {
	var approved struct{ Approval Record }
	var rejected Record
	_ = json.Unmarshal([]byte(e.Output), &approved) // a result that is not a record leaves these empty
	_ = json.Unmarshal([]byte(e.Cause), &rejected)
	return record.decided(approved.Approval) || record.decided(rejected)
}

// closedCode returns why a task of the execution is closed.
func (e Execution) closedCode() Code {
	switch e.Status {
	case "RUNNING":
		return CodeReplaced
	case "SUCCEEDED":
		return CodeAlreadyApproved
	case "ABORTED":
		return CodeStopped
	case "TIMED_OUT":
		return CodeExpired
	}
	switch e.Error { // the error names of the state machine's Fail states
	case "Rejected":
		return CodeAlreadyRejected
	case "Expired":
		return CodeExpired
	}
	return CodeClosed
}
