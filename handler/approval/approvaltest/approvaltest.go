// Package approvaltest provides a fake of SNS, Step Functions and KMS for tests.
package approvaltest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"approval-workflow/handler/approval"
)

// Fake implements the ports of package approval in memory. Like AWS it drops e-mails to addresses that have not confirmed,
// accepts the first answer to a task token only, and refuses unknown tokens. It runs executions as the state machine does:
// a result of the task ends the execution, or begins another task with a new token.
type Fake struct {
	// ConfirmedAddresses are the addresses that have confirmed their subscription.
	ConfirmedAddresses []string
	// ConfirmedErr, SucceedErr, ReadErr and KeyErr are the results of the methods, unless they are nil. Read returns
	// the state of the execution with its error, as a reader may that fails halfway.
	ConfirmedErr, SucceedErr, ReadErr, KeyErr error
	// NotifyErr returns the result of Notify for an approver, unless it is nil.
	NotifyErr func(approver string) error
	// AnnounceErr returns the result of Announce for a notice, unless it is nil.
	AnnounceErr func(approval.Notice) error
	// Key is the key that signs links.
	Key []byte
	// Hang makes every method except LinkKey wait until its context ends. HangKey does the same to LinkKey.
	Hang, HangKey bool
	// Latency is how long every method except LinkKey takes.
	Latency time.Duration
	// Reads replace the results of the next calls of Read, before ReadErr.
	Reads []approval.Execution
	// LoseAnswers is the number of calls of Succeed whose answer gets lost after they were carried out: they return the
	// error of a retry that finds the task closed.
	LoseAnswers int

	mu         sync.Mutex
	executions map[string]*execution // by name
	emails     []approval.Email
	notices    []approval.Notice
	answers    []Answer
	reads      []approval.ExecutionRef
}

// Answer is an answer to a task token that the fake accepted.
type Answer struct{ Token, Output string }

// Key is the key of a new Fake.
const Key = "a key of 32 bytes for tests only."

// New returns a Fake with confirmed subscriptions of the addresses.
func New(addresses ...string) *Fake {
	return &Fake{ConfirmedAddresses: addresses, Key: []byte(Key), executions: map[string]*execution{}}
}

// Ports returns the fake in the place of every port.
func (f *Fake) Ports() approval.Ports {
	return approval.Ports{Notifier: f, Callback: f, Executions: f, Keys: f}
}

// Confirmed implements [approval.Notifier].
func (f *Fake) Confirmed(ctx context.Context) ([]string, error) {
	if err := f.wait(ctx); err != nil {
		return nil, err
	}
	return f.ConfirmedAddresses, f.ConfirmedErr
}

// Notify implements [approval.Notifier].
func (f *Fake) Notify(ctx context.Context, email approval.Email) error {
	if err := f.wait(ctx); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.NotifyErr != nil {
		if err := f.NotifyErr(email.To); err != nil {
			return err
		}
	}
	if slices.ContainsFunc(f.ConfirmedAddresses, func(c string) bool { return strings.EqualFold(c, email.To) }) {
		f.emails = append(f.emails, email)
	}
	return nil
}

// Announce implements [approval.Notifier]. Approvers who have not confirmed get nothing.
func (f *Fake) Announce(ctx context.Context, notice approval.Notice) error {
	if err := f.wait(ctx); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.AnnounceErr != nil {
		if err := f.AnnounceErr(notice); err != nil {
			return err
		}
	}
	if notice.To == "" || slices.ContainsFunc(f.ConfirmedAddresses, func(c string) bool { return strings.EqualFold(c, notice.To) }) {
		f.notices = append(f.notices, notice)
	}
	return nil
}

// LinkKey implements [approval.Keys].
func (f *Fake) LinkKey(ctx context.Context) ([]byte, error) {
	if f.HangKey {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return f.Key, f.KeyErr
}

// CheckKey implements [approval.Keys].
func (f *Fake) CheckKey(ctx context.Context) error {
	_, err := f.LinkKey(ctx)
	return err
}

// Succeed implements [approval.Callback].
func (f *Fake) Succeed(ctx context.Context, token approval.Token, output []byte) error {
	if err := f.wait(ctx); err != nil {
		return err
	}
	return f.succeed(token, output)
}

func (f *Fake) succeed(token approval.Token, output []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.SucceedErr != nil {
		return f.SucceedErr
	}
	closed := fmt.Errorf("task timed out: %w: %s", approval.ErrClosed, string(token))
	for _, e := range f.executions {
		if e.state.Status == approval.StatusWaiting && e.state.Request.TaskToken == token {
			if err := e.resume(output); err != nil {
				return err
			}
			f.answers = append(f.answers, Answer{Token: string(token), Output: string(output)})
			if f.LoseAnswers > 0 {
				f.LoseAnswers--
				return closed
			}
			return nil
		}
	}
	return closed
}

func (f *Fake) wait(ctx context.Context) error {
	if f.Hang {
		<-ctx.Done()
		return ctx.Err()
	}
	select {
	case <-time.After(f.Latency):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

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
	e, ok := f.executions[ref.Name]
	if !ok {
		return approval.Execution{}, cmp.Or(f.ReadErr, fmt.Errorf("Execution Does Not Exist: %w", approval.ErrClosed))
	}
	return e.state, f.ReadErr
}

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

// Stop stops an execution for a reason.
func (f *Fake) Stop(name, cause string) {
	f.End(name, approval.StatusAborted, "")
	f.mu.Lock()
	defer f.mu.Unlock()
	f.executions[name].state.Cause = cause
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

// Emails returns the e-mails that arrived, sorted by time.
func (f *Fake) Emails() []approval.Email {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.emails)
}

// Notices returns the notices that arrived.
func (f *Fake) Notices() []approval.Notice {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.notices)
}

// Answers returns the answers that were accepted, the oldest first.
func (f *Fake) Answers() []Answer {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.answers)
}

// CallsOfRead returns the executions that were read, the oldest first.
func (f *Fake) CallsOfRead() []approval.ExecutionRef {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.reads)
}
