// Package approval holds the use cases of the approval workflow: asking an approver by e-mail, and handing the
// approver's decision to the waiting execution. It knows neither AWS nor HTTP.
package approval

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Notifier delivers an e-mail to the approvers. It answers a failure with an [*Error] of [CodeNotificationRefused] or
// [CodeNotificationUnavailable].
type Notifier interface {
	// Audience counts whom an e-mail would reach now.
	Audience(ctx context.Context) (Audience, error)
	Notify(ctx context.Context, email Email) error
}

// Audience is how many subscriptions get the e-mails, and how many would once they are confirmed.
type Audience struct{ Confirmed, Pending int }

// Callback answers the task that waits with a token. It answers a failure with an [*Error] of [CodeInvalidToken],
// [CodeClosed] or [CodeUnavailable]; any other error counts as [CodeInternal].
type Callback interface {
	// Succeed ends the task with output, a JSON value.
	Succeed(ctx context.Context, token Token, output []byte) error
}

// Executions tells how an execution of this workflow's own state machine stands.
type Executions interface {
	// Describe fails for an execution that is not there, or not this workflow's.
	Describe(ctx context.Context, reference Reference) (State, error)
}

// CallTimeout bounds what one invocation asks of the ports, their retries included: a click is answered well within the
// 30 seconds that API Gateway waits.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
const CallTimeout = 10 * time.Second

// Config is what a [Service] needs to know.
type Config struct {
	// APIURL is where the links lead, without a trailing slash.
	APIURL string
	// Confirm makes the links ask before they decide.
	Confirm bool
}

// Service carries out the use cases.
type Service struct {
	config     Config
	notifier   Notifier
	callback   Callback
	executions Executions
	now        func() time.Time
}

// NewService returns a Service that sends with notifier, decides with callback, and asks executions why it cannot.
func NewService(config Config, notifier Notifier, callback Callback, executions Executions) *Service {
	config.APIURL = strings.TrimRight(config.APIURL, "/")
	return &Service{config: config, notifier: notifier, callback: callback, executions: executions, now: time.Now}
}

// Confirm tells whether the links ask before they decide.
func (s *Service) Confirm() bool { return s.config.Confirm }

// Send e-mails the request to the approvers and returns which reminder that was, 0 for the first e-mail. It sends nothing
// that nobody would get. Its error is always an [*Error].
func (s *Service) Send(ctx context.Context, request Request) (reminder int, err error) {
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	now := s.now()
	audience, err := s.notifier.Audience(ctx)
	if err == nil && audience.Confirmed == 0 {
		return 0, &Error{Code: CodeNoConfirmedApprover, Message: audience.remedy()}
	}
	if err == nil {
		err = s.notifier.Notify(ctx, compose(request, s.config, now))
	}
	return request.reminder(now), fail(request.TaskToken, CodeNotificationUnavailable, CodeNotificationRefused, err)
}

// remedy tells the one who started the execution why nobody was asked.
func (a Audience) remedy() string {
	const pending = "No approver has confirmed the subscription (pending: %d), so nobody would get the e-mail. "
	if a.Pending == 0 {
		return fmt.Sprintf(pending+"Run pulumi up --refresh to have SNS ask the approvers again, have one of them confirm, "+
			"and start a new execution.", a.Pending)
	}
	return fmt.Sprintf(pending+"Have an approver confirm, as the README says under Deploy, and start a new execution.", a.Pending)
}

// Decide hands the click to the waiting execution and returns what was put on record. Its error is always an
// [*Error].
func (s *Service) Decide(ctx context.Context, click Click) (Record, error) {
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	record, err := newRecord(click, s.now())
	if err != nil {
		return Record{}, err
	}
	err = fail(click.Link.Token, CodeUnavailable, CodeInternal, s.callback.Succeed(ctx, click.Link.Token, record.output()))
	var known *Error
	if errors.As(err, &known) && known.Code == CodeClosed && s.explain(ctx, known, click.Link, record) {
		return record, nil
	}
	if err != nil {
		return Record{}, err
	}
	return record, nil
}

// fail makes an [*Error] of what a port answered and takes the token out of it. An error without a code is late if
// the time ran out, else other.
func fail(token Token, late, other Code, err error) error {
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
