package stepfunctions

import (
	"context"
	"fmt"
	"slices"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/local/asl"
)

// ExecutionARN returns the ARN of an execution.
func ExecutionARN(ref approval.ExecutionRef) string {
	return arnPrefix + "execution:" + ref.StateMachine + ":" + ref.Name
}

// Read implements [approval.Executions].
func (s *Service) Read(_ context.Context, ref approval.ExecutionRef) (approval.Execution, error) {
	executionARN := ExecutionARN(ref)
	e, err := s.lookup(&executionARN)
	if err != nil {
		return approval.Execution{}, fmt.Errorf("%w: %w", approval.ErrClosed, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.read(e)
}

// Ended implements [approval.Executions].
func (s *Service) Ended(_ context.Context, ref approval.ExecutionRef) (approval.Status, error) {
	executionARN := arnPrefix + "execution:" + ref.StateMachine + ":" + ref.Name
	e, err := s.lookup(&executionARN)
	if err != nil {
		return "", fmt.Errorf("%w: %w", approval.ErrClosed, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.status == statusRunning {
		return approval.StatusMoving, nil
	}
	return approval.Status(e.status), nil
}

// Waiting returns the requests that wait for a decision, the newest execution first.
func (s *Service) Waiting() []approval.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	var requests []approval.Request
	for _, e := range slices.Backward(s.executions) {
		if execution, err := s.read(e); err == nil && execution.Status == approval.StatusWaiting {
			requests = append(requests, execution.Request)
		}
	}
	return requests
}

// read returns the state of an execution. The caller holds the mutex.
func (s *Service) read(e *execution) (approval.Execution, error) {
	task := s.tasks.Newest(executionPrefix + e.name)
	execution := approval.Execution{
		Status: e.readStatus(task), AskedAt: task.Since, Output: text(e.output), Error: text(e.errorName), Cause: text(e.cause),
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

// readStatus returns the status of an execution by its newest task.
func (e *execution) readStatus(task asl.Wait) approval.Status {
	switch {
	case e.status != statusRunning:
		return approval.Status(e.status)
	case task.Open && task.Payload != nil:
		return approval.StatusWaiting
	}
	return approval.StatusMoving
}

func text(value *string) string {
	if value == nil {
		return ""
	}
	return *value
}
