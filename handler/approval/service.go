// Package approval holds the use cases of the approval workflow: asking an approver by e-mail, and handing the
// approver's decision to the waiting execution. It knows neither AWS nor HTTP.
package approval

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Notifier delivers an e-mail to the approvers. It answers a failure with an [*Error] of [CodeNotificationRefused] or
// [CodeNotificationUnavailable].
type Notifier interface {
	Notify(ctx context.Context, email Email) error
}

// Callback answers the task that waits with a token. It answers a failure with an [*Error] of [CodeInvalidToken],
// [CodeClosed] or [CodeUnavailable]; any other error counts as [CodeInternal].
type Callback interface {
	// Succeed ends the task with output, a JSON value.
	Succeed(ctx context.Context, token Token, output []byte) error
}

// Status is what an approver decided.
type Status string

// The decisions, as the state machine's Choice matches them.
const (
	Approved Status = "approved"
	Rejected Status = "rejected"
)

// maxUserAgent bounds what a client can write into the record, in bytes. With it the output of an approved execution
// is never larger than the task's payload was, so that an input that could be asked about can also be passed on.
const maxUserAgent = 256

// Record is a decision as the execution keeps it.
type Record struct {
	// Status is the decision.
	Status Status `json:"status"`
	// DecidedAt is when the click came in, in UTC.
	DecidedAt time.Time `json:"decidedAt"`
	// SourceIP is the address the click came from, as the gateway saw it.
	SourceIP string `json:"sourceIp,omitempty"`
	// UserAgent is what the client called itself, cut to 256 bytes.
	UserAgent string `json:"userAgent,omitempty"`
}

// Click is an approver's decision as it comes in.
type Click struct {
	Token     Token
	Status    Status
	SourceIP  string
	UserAgent string
}

// Config is what a [Service] needs to know.
type Config struct {
	// APIURL is where the links lead, without a trailing slash.
	APIURL string
	// Timeout is how long a request stays open; the state machine enforces it.
	Timeout time.Duration
	// CallTimeout bounds one call of Notifier or Callback, retries included.
	CallTimeout time.Duration
}

// Service carries out the use cases.
type Service struct {
	config   Config
	notifier Notifier
	callback Callback
	now      func() time.Time
}

// NewService returns a Service that sends with notifier and decides with callback.
func NewService(config Config, notifier Notifier, callback Callback) *Service {
	config.APIURL = strings.TrimRight(config.APIURL, "/")
	return &Service{config: config, notifier: notifier, callback: callback, now: time.Now}
}

// Send e-mails the request to the approvers. Its error is always an [*Error].
func (s *Service) Send(ctx context.Context, request Request) error {
	ctx, cancel := context.WithTimeout(ctx, s.config.CallTimeout)
	defer cancel()
	email := compose(request, s.config.APIURL, s.now().Add(s.config.Timeout))
	return fail(request.TaskToken, CodeNotificationUnavailable, CodeNotificationRefused, s.notifier.Notify(ctx, email))
}

// Decide hands the click to the waiting execution and returns what was put on record. Its error is always an
// [*Error].
func (s *Service) Decide(ctx context.Context, click Click) (Record, error) {
	ctx, cancel := context.WithTimeout(ctx, s.config.CallTimeout)
	defer cancel()
	record := Record{
		Status:    click.Status,
		DecidedAt: s.now().UTC().Truncate(time.Millisecond),
		SourceIP:  click.SourceIP,
		UserAgent: cut(strings.ToValidUTF8(click.UserAgent, "?"), maxUserAgent),
	}
	output, err := json.Marshal(record)
	if err != nil {
		return Record{}, &Error{Code: CodeInternal, Err: fmt.Errorf("encode record: %w", err)}
	}
	if err := fail(click.Token, CodeUnavailable, CodeInternal, s.callback.Succeed(ctx, click.Token, output)); err != nil {
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

// cut shortens text to at most limit bytes, at a rune boundary.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "")
}
