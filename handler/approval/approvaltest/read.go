package approvaltest

import (
	"context"
	"errors"

	"approval-workflow/handler/approval"
)

// Read implements [approval.Executions].
func (f *Fake) Read(ctx context.Context, ref approval.ExecutionRef) (approval.Execution, error) {
	if err := f.wait(ctx); err != nil {
		return approval.Execution{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reads = append(f.reads, ref)
	if len(f.Reads) > 0 {
		next := f.Reads[0]
		f.Reads = f.Reads[1:]
		return next, nil
	}
	if f.ReadErr != nil {
		return approval.Execution{}, f.ReadErr
	}
	e, ok := f.executions[ref.Name]
	if !ok {
		return approval.Execution{}, &approval.Error{Code: approval.CodeClosed, Err: errors.New("Execution Does Not Exist")}
	}
	return e.state, nil
}

// Ended implements [approval.Executions].
func (f *Fake) Ended(ctx context.Context, ref approval.ExecutionRef) (approval.Status, error) {
	if err := f.wait(ctx); err != nil {
		return "", err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.looks++
	status := f.executions[ref.Name].state.Status
	if status == approval.StatusWaiting {
		status = approval.StatusMoving
	}
	return status, f.EndedErr
}
