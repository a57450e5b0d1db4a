package approvaltest

import (
	"encoding/json"
	"fmt"
	"time"

	"approval-workflow/handler/approval"
)

// execution is an execution of the fake's state machine.
type execution struct {
	state approval.Execution
	tasks int // so far
}

// Start begins an execution whose task waits with the request.
func (f *Fake) Start(request approval.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.executions[request.Execution.Name] = &execution{
		state: approval.Execution{Status: approval.StatusWaiting, Request: request, AskedAt: time.Now()},
		tasks: 1,
	}
}

// End ends an execution from outside: it was stopped, timed out or failed with an error.
func (f *Fake) End(name string, status approval.Status, errorName string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	state := &f.executions[name].state
	state.Status, state.Error = status, errorName
}

// Execution returns the state of an execution.
func (f *Fake) Execution(name string) approval.Execution {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.executions[name].state
}

// Retry ends an interval without a decision: the task begins again with a new token. It returns the new task's payload.
func (f *Fake) Retry(name string) approval.Request {
	f.mu.Lock()
	defer f.mu.Unlock()
	e := f.executions[name]
	e.begin()
	e.state.Request.RetryCount++
	return e.state.Request
}

// begin begins the next task.
func (e *execution) begin() {
	e.tasks++
	e.state.Request.TaskToken = approval.Token(fmt.Sprintf("%s-%d", string(e.state.Request.TaskToken), e.tasks))
	e.state.AskedAt = time.Now()
}

// resume continues an execution with the answer to its task, at once or after the time that the fake settles.
func (f *Fake) resume(e *execution, output []byte) error {
	if f.Settling == 0 {
		return e.resume(output)
	}
	e.state.Status = approval.StatusMoving
	time.AfterFunc(f.Settling, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if e.state.Status == approval.StatusMoving { // not stopped meanwhile
			e.state.Status = approval.StatusWaiting
			_ = e.resume(output) // the tests answer with JSON
		}
	})
	return nil
}

// resume continues after the task with its result, as the definition of the state machine says.
func (e *execution) resume(output []byte) error {
	var result struct {
		Status    string
		Approvals []approval.Record
		Rejection json.RawMessage
	}
	if err := json.Unmarshal(output, &result); err != nil {
		return fmt.Errorf("InvalidOutput: %w", err)
	}
	switch result.Status {
	case "pending":
		e.begin()
		e.state.Request.Approvals = result.Approvals
		e.state.Request.RetryCount, e.state.Request.EnteredAt = 0, time.Now()
	case "approved":
		text, err := json.Marshal(map[string]any{"input": e.state.Request.Input, "approvals": result.Approvals})
		if err != nil {
			return err
		}
		e.state.Status, e.state.Output = approval.StatusSucceeded, string(text)
	case "rejected":
		e.state.Status, e.state.Error, e.state.Cause = approval.StatusFailed, "Rejected", string(result.Rejection)
	default:
		e.state.Status, e.state.Error = approval.StatusFailed, "Undecided"
	}
	return nil
}
