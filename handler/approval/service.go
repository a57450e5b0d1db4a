// Package approval contains the use cases of the approval workflow: it asks the approvers by e-mail and passes their
// decisions to the waiting execution. It knows neither AWS's APIs nor HTTP.
package approval

import (
	"context"
	"crypto/sha256"
	"errors"
	"strings"
	"time"
)

// Notifier sends e-mails to the approvers. Its errors should be an [*Error] with [CodeNotificationRefused] or
// [CodeNotificationUnavailable].
type Notifier interface {
	// Confirmed returns the addresses that would get an e-mail now.
	Confirmed(ctx context.Context) ([]string, error)
	// Notify sends an e-mail to one approver.
	Notify(ctx context.Context, approver string, email Email) error
}

// Callback answers tasks that wait for their token. Its errors should be an [*Error] with [CodeClosed] or
// [CodeUnavailable]. Any other error counts as [CodeInternal].
type Callback interface {
	// Succeed ends the task with output, a JSON value.
	Succeed(ctx context.Context, token Token, output []byte) error
}

// Executions reads the state of this workflow's executions.
type Executions interface {
	// Read returns the state of an execution. Its error should be an [*Error] with [CodeClosed], if the execution does not
	// exist or is not of this workflow, or [CodeUnavailable]. Any other error counts as [CodeInternal].
	Read(ctx context.Context, ref ExecutionRef) (Execution, error)
	// Ended returns how an execution has ended, or [StatusMoving] if it has not. It is cheaper than Read.
	Ended(ctx context.Context, ref ExecutionRef) (Status, error)
}

// Keys provides the key that signs links. Its errors should be an [*Error] with [CodeUnavailable]. Any other error
// counts as [CodeInternal].
type Keys interface {
	// LinkKey returns the key, of at least 32 bytes. It is the same for the life of a deployment.
	LinkKey(ctx context.Context) ([]byte, error)
}

// CallTimeout limits the time that one invocation spends in calls to the ports, with all retries. API Gateway waits for
// 30 seconds: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
const CallTimeout = 10 * time.Second

// Config configures a [Service].
type Config struct {
	// APIURL is where the links lead, such as https://api.example.com.
	APIURL string
	// Approvers are the addresses of those who are asked and can decide.
	Approvers []string
	// Confirm makes the links ask before they decide.
	Confirm bool
	// Name is what the subjects call the workflow. If it is empty, they do not name it.
	Name string
	// ASCIISubjects replaces every character of a subject beyond ASCII with a question mark.
	ASCIISubjects bool
	// NoConsole leaves the address of the AWS console out of the e-mails, for executions that are not on AWS.
	NoConsole bool
}

// Ports are the systems that a [Service] uses.
type Ports struct {
	Notifier   Notifier
	Callback   Callback
	Executions Executions
	Keys       Keys
}

// Service implements the use cases.
type Service struct {
	config Config
	ports  Ports
}

// NewService returns a Service.
func NewService(config Config, ports Ports) *Service {
	config.APIURL = strings.TrimRight(config.APIURL, "/")
	return &Service{config: config, ports: ports}
}

// Confirm reports whether the links ask before they decide.
func (s *Service) Confirm() bool { return s.config.Confirm }

// VerifyLink decodes the query of a click. Its error is always an [*Error]. It has the code [CodeInvalidLink], with the
// same words whatever is wrong, unless the signature is that of this workflow.
func (s *Service) VerifyLink(ctx context.Context, rawQuery string) (Link, error) {
	link, signature, err := parseLink(rawQuery)
	if err != nil {
		return Link{}, &Error{Code: CodeInvalidLink, Err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	key, err := s.linkKey(ctx)
	if err != nil {
		return Link{}, err
	}
	if !link.verify(key, signature) {
		return Link{}, &Error{Code: CodeInvalidLink, Err: errors.New("the signature is wrong")}
	}
	return link, nil
}

// linkKey returns the key that signs links. It refuses a short key, because anybody could guess it. Its error is always an
// [*Error].
func (s *Service) linkKey(ctx context.Context) ([]byte, error) {
	key, err := s.ports.Keys.LinkKey(ctx)
	if err == nil && len(key) < sha256.Size {
		err = errors.New("the key of the links is too short")
	}
	if err != nil {
		return nil, classify(err, "", CodeUnavailable, CodeInternal)
	}
	return key, nil
}

// classify returns the error of a port as an [*Error] without the token. An error that has no code gets the code late if
// the time ran out, and otherwise the code other.
func classify(err error, token Token, late, other Code) error {
	if err == nil {
		return nil
	}
	var known *Error
	if errors.As(err, &known) {
		return &Error{Code: known.Code, Message: token.hide(known.Message), Err: token.redact(known.Err)}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		other = late
	}
	return &Error{Code: other, Err: token.redact(err)}
}
