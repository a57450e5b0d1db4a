// Package approvaltest provides a fake of SNS, Step Functions and KMS for tests.
package approvaltest

import (
	"context"
	"fmt"
	"slices"
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
	// ConfirmedErr, SucceedErr, ReadErr and KeyErr are the results of the methods, unless they are nil.
	ConfirmedErr, SucceedErr, ReadErr, KeyErr error
	// NotifyErr returns the result of Notify for an approver, unless it is nil.
	NotifyErr func(approver string) error
	// Key replaces the constant Key, unless it is nil.
	Key []byte
	// Hang makes every method except LinkKey wait until its context ends. HangKey does the same to LinkKey.
	Hang, HangKey bool
	// Settling is how long an execution that has accepted an answer takes to carry it out. It may end otherwise meanwhile.
	Settling time.Duration
	// AfterAnswer is called after an answer was accepted, before the caller knows it, unless it is nil.
	AfterAnswer func()
	// EndedErr is the result of Ended, unless it is nil.
	EndedErr error
	// Latency is how long every method except LinkKey takes.
	Latency time.Duration
	// Reads replace the results of the next calls of Read, before ReadErr.
	Reads []approval.Execution
	// LoseAnswers is the number of calls of Succeed whose answer gets lost after they were carried out: they return the
	// error of a retry that finds the task closed.
	LoseAnswers int

	mu         sync.Mutex
	executions map[string]*execution // by name
	emails     []Email
	answers    []Answer
	reads      []approval.ExecutionRef
	looks      int // calls of Ended
}

// Email is an e-mail that the fake accepted, with the approver whom it is for.
type Email struct {
	Approver string
	approval.Email
}

// Answer is an answer to a task token that the fake accepted.
type Answer struct{ Token, Output string }

// New returns a Fake with confirmed subscriptions of the addresses.
func New(addresses ...string) *Fake {
	return &Fake{ConfirmedAddresses: addresses, executions: map[string]*execution{}}
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
func (f *Fake) Notify(ctx context.Context, approver string, email approval.Email) error {
	if err := f.wait(ctx); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.NotifyErr != nil {
		if err := f.NotifyErr(approver); err != nil {
			return err
		}
	}
	if slices.Contains(f.ConfirmedAddresses, approver) {
		f.emails = append(f.emails, Email{Approver: approver, Email: email})
	}
	return nil
}

// Key is the key that signs links.
const Key = "a key of 32 bytes for tests only."

// LinkKey implements [approval.Keys].
func (f *Fake) LinkKey(ctx context.Context) ([]byte, error) {
	if f.HangKey {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if f.KeyErr != nil {
		return nil, f.KeyErr
	}
	if f.Key != nil {
		return f.Key, nil
	}
	return []byte(Key), nil
}

// Succeed implements [approval.Callback].
func (f *Fake) Succeed(ctx context.Context, token approval.Token, output []byte) error {
	if err := f.wait(ctx); err != nil {
		return err
	}
	err := f.succeed(token, output)
	if err == nil && f.AfterAnswer != nil {
		f.AfterAnswer()
	}
	return err
}

func (f *Fake) succeed(token approval.Token, output []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.SucceedErr != nil {
		return f.SucceedErr
	}
	closed := &approval.Error{Code: approval.CodeClosed, Err: fmt.Errorf("task timed out: %s", string(token))}
	for _, e := range f.executions {
		if e.state.Status == approval.StatusWaiting && e.state.Request.TaskToken == token {
			if err := f.resume(e, output); err != nil {
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
