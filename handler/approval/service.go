// Package approval contains the use cases of the approval workflow: it asks the approvers by e-mail and passes a decision
// to the waiting execution. It knows neither AWS's APIs nor HTTP.
package approval

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Notifier sends e-mails to the approvers. Its errors should be an [*Error] with [CodeNotificationRefused] or
// [CodeNotificationUnavailable].
type Notifier interface {
	// Subscribers counts the approvers who would get an e-mail now.
	Subscribers(ctx context.Context) (Subscribers, error)
	// Notify sends an e-mail.
	Notify(ctx context.Context, email Email) error
}

// Subscribers counts the subscriptions to the e-mails. Only confirmed ones get them.
type Subscribers struct{ Confirmed, Pending int }

// Callback answers tasks that wait for their token. Its errors should be an [*Error] with [CodeInvalidToken],
// [CodeClosed] or [CodeUnavailable]. Any other error counts as [CodeInternal].
type Callback interface {
	// Succeed ends the task with output, a JSON value.
	Succeed(ctx context.Context, token Token, output []byte) error
}

// Executions describes executions of this workflow.
type Executions interface {
	// Describe returns an error for an execution that does not exist or is not of this workflow.
	Describe(ctx context.Context, ref ExecutionRef) (Execution, error)
}

// CallTimeout limits the time that one invocation spends in calls to the ports, with all retries. API Gateway waits for
// 30 seconds: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
const CallTimeout = 10 * time.Second

// Config configures a [Service].
type Config struct {
	// APIURL is where the links lead, such as https://api.example.com.
	APIURL string
	// Confirm makes the links ask before they decide.
	Confirm bool
}

// Service implements the use cases.
type Service struct {
	config     Config
	notifier   Notifier
	callback   Callback
	executions Executions
}

// NewService returns a Service.
func NewService(config Config, notifier Notifier, callback Callback, executions Executions) *Service {
	config.APIURL = strings.TrimRight(config.APIURL, "/")
	return &Service{config: config, notifier: notifier, callback: callback, executions: executions}
}

// Confirm reports whether the links ask before they decide.
func (s *Service) Confirm() bool { return s.config.Confirm }

// Send e-mails the request to the approvers, unless nobody would get the e-mail. It returns the number of the reminder,
// or 0 for the first e-mail. Its error is always an [*Error].
func (s *Service) Send(ctx context.Context, request Request) (reminder int, err error) {
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	now := time.Now()
	subscribers, err := s.notifier.Subscribers(ctx)
	if err == nil && subscribers.Confirmed == 0 {
		return 0, &Error{Code: CodeNoConfirmedApprover, Message: subscribers.advice()}
	}
	if err == nil {
		err = s.notifier.Notify(ctx, compose(request, s.config, now))
	}
	return request.reminder(now), classify(err, request.TaskToken, CodeNotificationUnavailable, CodeNotificationRefused)
}

// advice tells the requester why nobody was asked.
func (s Subscribers) advice() string {
	const problem = "No approver has confirmed the subscription (pending: %d), so nobody would get the e-mail. "
	if s.Pending == 0 {
		return fmt.Sprintf(problem+"Run pulumi up --refresh so that SNS asks the approvers again. Then have one of them confirm, "+
			"and start a new execution.", s.Pending)
	}
	return fmt.Sprintf(problem+"Have an approver confirm, as the README says under Deploy, and start a new execution.", s.Pending)
}

// Decide passes the decision to the waiting execution and returns the record of it. Its error is always an [*Error].
func (s *Service) Decide(ctx context.Context, click Click) (Record, error) {
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	record, err := newRecord(click, time.Now())
	if err != nil {
		return Record{}, err
	}
	err = s.callback.Succeed(ctx, click.Link.Token, record.output())
	err = classify(err, click.Link.Token, CodeUnavailable, CodeInternal)
	var known *Error
	if errors.As(err, &known) && known.Code == CodeClosed && s.explain(ctx, known, click.Link, record) {
		return record, nil
	}
	if err != nil {
		return Record{}, err
	}
	return record, nil
}

// classify returns the error of a port as an [*Error] without the token. An error that has no code gets the code late if
// the time ran out, and otherwise the code other.
func classify(err error, token Token, late, other Code) error {
	if err == nil {
		return nil
	}
	var known *Error
	if errors.As(err, &known) {
		return &Error{Code: known.Code, Message: known.Message, Err: token.redact(known.Err)}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		other = late
	}
	return &Error{Code: other, Err: token.redact(err)}
}
