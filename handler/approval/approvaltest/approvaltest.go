// Package approvaltest provides a fake of SNS and Step Functions for tests.
package approvaltest

import (
	"context"
	"errors"
	"sync"
	"time"

	"approval-workflow/handler/approval"
)

// Fake implements the ports of package approval in memory. It behaves like AWS: it accepts e-mails even if nobody has
// confirmed a subscription, accepts only the first answer to a task token, and refuses unknown tokens. Like those of AWS,
// its errors quote the token.
type Fake struct {
	// Subscriptions is the number of subscriptions to the e-mails.
	Subscriptions approval.Subscribers
	// SubscribersErr, NotifyErr, SucceedErr and DescribeErr are the errors of the methods. A nil error changes nothing.
	SubscribersErr, NotifyErr, SucceedErr, DescribeErr error
	// Hang makes every method wait until its context ends.
	Hang bool
	// Latency is how long every method takes, unless its context ends before.
	Latency time.Duration
	// Executions are the results of Describe in order. The last one repeats.
	Executions []approval.Execution

	mu        sync.Mutex
	tasks     map[string]bool // by token: whether the task still waits
	emails    []approval.Email
	answers   []Answer
	described []approval.ExecutionRef
}

// Answer is an answer to a task token that the fake accepted.
type Answer struct{ Token, Output string }

// New returns a Fake with one confirmed subscription and a waiting task for each token.
func New(tokens ...string) *Fake {
	f := &Fake{Subscriptions: approval.Subscribers{Confirmed: 1}, tasks: map[string]bool{}}
	for _, token := range tokens {
		f.tasks[token] = true
	}
	return f
}

// Subscribers implements [approval.Notifier].
func (f *Fake) Subscribers(ctx context.Context) (approval.Subscribers, error) {
	if err := f.delay(ctx); err != nil {
		return approval.Subscribers{}, err
	}
	return f.Subscriptions, f.SubscribersErr
}

// Notify implements [approval.Notifier].
func (f *Fake) Notify(ctx context.Context, email approval.Email) error {
	if err := f.delay(ctx); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.NotifyErr == nil {
		f.emails = append(f.emails, email)
	}
	return f.NotifyErr
}

// Succeed implements [approval.Callback].
func (f *Fake) Succeed(ctx context.Context, token approval.Token, output []byte) error {
	if err := f.delay(ctx); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	waits, known := f.tasks[string(token)]
	switch {
	case f.SucceedErr != nil:
		return f.SucceedErr
	case !known:
		return &approval.Error{Code: approval.CodeInvalidToken, Err: errors.New("Invalid Token: " + string(token))}
	case !waits:
		return &approval.Error{Code: approval.CodeClosed, Err: errors.New("Task Timed Out: " + string(token))}
	}
	f.tasks[string(token)] = false
	f.answers = append(f.answers, Answer{Token: string(token), Output: string(output)})
	return nil
}

// Describe implements [approval.Executions].
func (f *Fake) Describe(ctx context.Context, ref approval.ExecutionRef) (approval.Execution, error) {
	if err := f.delay(ctx); err != nil {
		return approval.Execution{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.described = append(f.described, ref)
	switch {
	case f.DescribeErr != nil:
		return approval.Execution{}, f.DescribeErr
	case len(f.Executions) == 0:
		return approval.Execution{}, errors.New("describe execution: Execution Does Not Exist")
	}
	return f.Executions[min(len(f.described), len(f.Executions))-1], nil
}

// delay returns the error of the context if it ends before the call does.
func (f *Fake) delay(ctx context.Context) error {
	if f.Hang {
		<-ctx.Done()
		return ctx.Err()
	}
	if f.Latency == 0 {
		return nil
	}
	select {
	case <-time.After(f.Latency):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Emails returns the e-mails that were accepted, the oldest first.
func (f *Fake) Emails() []approval.Email {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]approval.Email(nil), f.emails...)
}

// Answers returns the answers that were accepted, the oldest first.
func (f *Fake) Answers() []Answer {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]Answer(nil), f.answers...)
}

// Described returns the executions that were described, the oldest first.
func (f *Fake) Described() []approval.ExecutionRef {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]approval.ExecutionRef(nil), f.described...)
}
