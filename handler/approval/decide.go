package approval

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// An execution whose state is about to change is read again after minPause, then after twice as long each time, up to
// maxPause: the quota of GetExecutionHistory is shared by the account.
const (
	minPause = 250 * time.Millisecond
	maxPause = 2 * time.Second
)

// Outcome is the result of a click.
type Outcome struct {
	View
	// Record is what the execution keeps of this click.
	Record Record
}

// Look returns what a link asks for. Its error is always an [*Error]. It says why the approver cannot decide, and what the
// approver may see of the request comes with it.
func (s *Service) Look(ctx context.Context, link Link) (View, error) {
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	execution, err := s.read(ctx, link, new(backoff))
	view := execution.view(link)
	if err == nil {
		err = refusal(execution, link)
	}
	return view, err
}

// Decide passes the decision to the waiting execution. Its error is always an [*Error]. What the approver may see of the
// request comes with it. No error means that Step Functions has accepted the decision, and that the execution has not ended
// in another way as far as Decide could see: see settle.
func (s *Service) Decide(ctx context.Context, click Click) (Outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	record, err := newRecord(click, time.Now())
	if err != nil {
		return Outcome{}, err
	}
	var token Token
	var between backoff
	for {
		execution, err := s.read(ctx, click.Link, &between)
		outcome := Outcome{View: execution.view(click.Link), Record: record}
		if err != nil || execution.keeps(click.Decision, record) { // the answer to an earlier try may get lost
			return outcome, classify(err, token, CodeUnavailable, CodeInternal)
		}
		if err := refusal(execution, click.Link); err != nil && (code(err) != CodeAlreadyCounted || click.Decision != Reject) {
			return outcome, err
		}
		result := newResult(execution.Request, click.Decision, record)
		token = execution.Request.TaskToken
		err = classify(s.ports.Callback.Succeed(ctx, token, result.encode()), token, CodeUnavailable, CodeInternal)
		if code(err) == CodeClosed { // another click answered the task, or its time ran out
			if err := between.pause(ctx); err != nil {
				return outcome, err
			}
			continue
		}
		if err != nil {
			return outcome, err
		}
		return s.settle(ctx, click.Link, outcome, result, execution.Request.Schedule)
	}
}

// read returns the state of the execution as soon as a task waits or the execution has ended. Whoever was removed from the
// approvers learns nothing about it.
func (s *Service) read(ctx context.Context, link Link, between *backoff) (Execution, error) {
	if !slices.ContainsFunc(s.config.Approvers, func(a string) bool { return strings.EqualFold(a, link.Approver) }) {
		return Execution{}, &Error{Code: CodeNotApprover}
	}
	for {
		execution, err := s.ports.Executions.Read(ctx, link.Execution)
		if err != nil {
			return Execution{}, classify(err, execution.Request.TaskToken, CodeUnavailable, CodeInternal)
		}
		if execution.Status != StatusMoving {
			return execution, nil
		}
		if err := between.pause(ctx); err != nil {
			return Execution{}, err
		}
	}
}

// backoff is the last pause between two reads.
type backoff time.Duration

// pause waits before the next read.
func (b *backoff) pause(ctx context.Context) error {
	*b = min(max(2**b, backoff(minPause)), backoff(maxPause))
	select {
	case <-time.After(time.Duration(*b)):
		return nil
	case <-ctx.Done():
		return &Error{Code: CodeUnavailable, Err: fmt.Errorf("no task of the execution waits: %w", ctx.Err())}
	}
}

// refusal returns why the approver of a link cannot decide on the execution, or nil.
func refusal(execution Execution, link Link) error {
	switch {
	case !execution.isOf(link):
		return &Error{Code: CodeClosed, Err: errors.New("the name belongs to another execution now")}
	case execution.Status != StatusWaiting:
		return &Error{Code: execution.closedCode()}
	case execution.Request.requestedBy(link.Approver):
		return &Error{Code: CodeRequester}
	case by(execution.Request.Approvals, link.Approver):
		return &Error{Code: CodeAlreadyCounted}
	}
	return nil
}

// code returns the code of an error, or "" for nil.
func code(err error) Code {
	var known *Error
	if errors.As(err, &known) {
		return known.Code
	}
	return ""
}
