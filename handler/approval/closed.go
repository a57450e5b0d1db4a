package approval

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// State is how an execution stands, in Step Functions' own words.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html
type State struct {
	// Status is RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED or PENDING_REDRIVE.
	Status string
	// Error is the name of the Fail state's error, if it ended in one.
	Error string
	// StartedAt is when it was started.
	StartedAt time.Time
	// Result is its output or its cause, whichever it ended with.
	Result string
}

const (
	// describeTries is how often an execution that still runs is asked about: one that was decided this moment runs on
	// through its last states, and DescribeExecution lags behind.
	describeTries    = 4
	describeInterval = 500 * time.Millisecond
)

// explain replaces the code of a closed task by one that says why it is closed, if the execution tells. It returns true
// if it was record that closed it: the answer to a decision can get lost, and the SDK's retry then finds the task closed.
func (s *Service) explain(ctx context.Context, closed *Error, link Link, record Record) bool {
	reference := link.Reference
	if reference.Workflow == "" || reference.Execution == "" {
		return false
	}
	for try := range describeTries {
		if try > 0 {
			select {
			case <-time.After(describeInterval):
			case <-ctx.Done():
				return false
			}
		}
		state, err := s.executions.Describe(ctx, reference)
		if err != nil {
			closed.Err = errors.Join(closed.Err, link.Token.redact(err))
			return false
		}
		if !state.StartedAt.Equal(reference.StartedAt) {
			return false
		}
		if code := state.code(); code != CodeReplaced || try == describeTries-1 {
			closed.Code = code
			return state.holds(record)
		}
	}
	return false
}

// holds tells whether the execution ended by this very decision.
func (s State) holds(record Record) bool {
	var result struct {
		Approval Record // in the output of an approval
		Record          // the cause of a rejection
	}
	_ = json.Unmarshal([]byte(s.Result), &result) // what is no record stays empty
	for _, kept := range []Record{result.Approval, result.Record} {
		if kept.Status == record.Status && kept.DecidedAt.Equal(record.DecidedAt) && kept.SourceIP == record.SourceIP {
			return true
		}
	}
	return false
}

// code says what the execution's state means for one of its tasks that is closed.
func (s State) code() Code {
	switch s.Status {
	case "RUNNING":
		return CodeReplaced
	case "SUCCEEDED":
		return CodeAlreadyApproved
	case "ABORTED":
		return CodeStopped
	case "TIMED_OUT":
		return CodeExpired
	}
	switch s.Error { // the error names of the state machine's Fail states
	case "Rejected":
		return CodeAlreadyRejected
	case "Expired":
		return CodeExpired
	}
	return CodeClosed
}
