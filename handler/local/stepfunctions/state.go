package stepfunctions

import (
	"context"
	"fmt"
	"slices"

	"approval-workflow/handler/approval"
)

// ExecutionARN returns the ARN of an execution.
func ExecutionARN(ref approval.ExecutionRef) string {
	return arnPrefix + "execution:" + ref.StateMachine + ":" + ref.Name
}

// Succeed implements [approval.Callback].
func (s *Service) Succeed(_ context.Context, token approval.Token, output []byte) error {
	if err := s.tasks.Succeed(string(token), output); err != nil {
		return fmt.Errorf("%w: %w", approval.ErrClosed, err)
	}
	return nil
}

// Read implements [approval.Executions].
func (s *Service) Read(_ context.Context, ref approval.ExecutionRef) (approval.Execution, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, err := s.lookup(ref)
	if err != nil {
		return approval.Execution{}, err
	}
	return s.read(e)
}

func (s *Service) lookup(ref approval.ExecutionRef) (*execution, error) {
	e := s.find(ExecutionARN(ref))
	if e == nil {
		return nil, fmt.Errorf("%w: %w", approval.ErrClosed, noExecution(ExecutionARN(ref)))
	}
	return e, nil
}

// read returns the state of an execution. The caller holds the mutex.
func (s *Service) read(e *execution) (approval.Execution, error) {
	task := s.tasks.Newest(e.arn)
	execution := approval.Execution{
		Status: e.status, AskedAt: task.Since, Output: text(e.output), Error: text(e.errorName), Cause: text(e.cause),
	}
	if e.status == statusRunning {
		execution.Status = approval.StatusMoving
	}
	if e.status == statusRunning && task.Open {
		execution.Status = approval.StatusWaiting
	}
	if task.Payload == nil {
		return execution, nil
	}
	var err error
	if execution.Request, err = approval.ParseRequest(task.Payload); err != nil {
		return approval.Execution{}, fmt.Errorf("read the task's payload: %s", err.Error()) // not the click's own error
	}
	return execution, nil
}

func text(value *string) string {
	if value == nil {
		return ""
	}
	return *value
}

// Progress is how far an execution has got.
type Progress struct {
	summary
	// Error and Cause say why it ended, if it did not succeed.
	Error *string `json:"error,omitempty"`
	Cause *string `json:"cause,omitempty"`
	// States has a name for each state that it has entered, the oldest first. As long as it runs, it is in the last one.
	States []string `json:"states"`
	// Request is how far its request has got. It is nil before the first task and if the payload cannot be read.
	*approval.Progress
}

// Progress returns the progress of every execution, the newest one first. The configuration says who can still approve.
func (s *Service) Progress(config approval.Config) []Progress {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []Progress{} // an empty list is [], not null
	for _, e := range slices.Backward(s.executions) {
		progress := Progress{
			summary: e.summary(), Error: e.errorName, Cause: e.cause, States: append([]string{}, e.visits...),
		}
		if execution, err := s.read(e); err == nil && !execution.AskedAt.IsZero() {
			request := config.Progress(execution)
			progress.Progress = &request
		}
		list = append(list, progress)
	}
	return list
}
