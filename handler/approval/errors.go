package approval

import (
	"context"
	"errors"
)

// The kinds of errors that a port reports by wrapping one of these. Any other error of a port is permanent.
var (
	// ErrClosed means that the task or the execution has ended, or never existed.
	ErrClosed = errors.New("closed")
	// ErrUnavailable means that the same call may succeed later: throttling, an outage, no answer in time.
	ErrUnavailable = errors.New("unavailable")
)

// Code classifies an [Error] by what can be done about it. The state machine's Retry and Catch match the codes of Send
// by their text.
type Code string

// Codes of [Service.Send].
const (
	// CodeInvalidRequest means that the task's payload is not a request, or that a key of the execution's input has a wrong
	// value. A retry does not help.
	CodeInvalidRequest Code = "InvalidRequestError"
	// CodeTooFewApprovers means that fewer approvers have confirmed their subscription than have to agree. SNS would drop
	// the e-mails to the others silently.
	CodeTooFewApprovers Code = "TooFewApproversError"
	// CodeNotificationRefused means that SNS refused the e-mail for good: no permission, no such topic, a bad parameter.
	CodeNotificationRefused Code = "NotificationRefusedError"
	// CodeNotificationUnavailable means that SNS did not accept the e-mail but may accept it later: throttling, an outage,
	// no answer in time.
	CodeNotificationUnavailable Code = "NotificationUnavailableError"
)

// CodeInvalidEvent means that [ParseEnd] refuses an event. A retry does not help. The other codes of [Service.Report] are those of
// Send about notifications.
const CodeInvalidEvent Code = "InvalidEvent"

// Codes of [Service.VerifyLink], [Service.Look] and [Service.Decide].
const (
	// CodeInvalidLink means that this workflow did not sign the link.
	CodeInvalidLink Code = "InvalidLink"
	// CodeNotApprover means that the approver of the link was removed from the configuration.
	CodeNotApprover Code = "NotAnApprover"
	// CodeRequester means that the approver is the requester, who cannot decide on their own request.
	CodeRequester Code = "RequesterCannotDecide"
	// CodeClosed means that the execution has ended or is gone, for another reason than the following ones.
	CodeClosed Code = "Closed"
	// CodeAlreadyCounted means that this approver's approval counts, and that the execution waits for others.
	CodeAlreadyCounted Code = "AlreadyCounted"
	// CodeAlreadyApproved means that the execution was approved before.
	CodeAlreadyApproved Code = "AlreadyApproved"
	// CodeAlreadyRejected means that the execution was rejected before.
	CodeAlreadyRejected Code = "AlreadyRejected"
	// CodeExpired means that nobody decided in time.
	CodeExpired Code = "Expired"
	// CodeStopped means that somebody stopped the execution.
	CodeStopped Code = "Stopped"
	// CodeInvalidReason means that the reason is too long.
	CodeInvalidReason Code = "InvalidReason"
	// CodeUnavailable means that AWS did not confirm the decision: throttling, an outage, no answer in time.
	CodeUnavailable Code = "Unavailable"
	// CodeInternal means anything else. Only an operator can fix it.
	CodeInternal Code = "Internal"
)

// SendCodes returns every code of [Service.Send].
func SendCodes() []Code {
	return []Code{
		CodeInvalidRequest, CodeTooFewApprovers, CodeNotificationRefused, CodeNotificationUnavailable,
	}
}

// DecideCodes returns every code of [Service.VerifyLink], [Service.Look] and [Service.Decide].
func DecideCodes() []Code {
	return []Code{
		CodeInvalidLink, CodeNotApprover, CodeRequester, CodeClosed, CodeAlreadyCounted, CodeAlreadyApproved,
		CodeAlreadyRejected, CodeExpired, CodeStopped, CodeInvalidReason, CodeUnavailable, CodeInternal,
	}
}

// Transient reports whether a retry of the same request may succeed.
func (c Code) Transient() bool { return c == CodeNotificationUnavailable || c == CodeUnavailable }

// Error reports why Send or Decide failed. Its text is for the log, its Message for people. Neither contains a task
// token.
type Error struct {
	// Code says what can be done about the error.
	Code Code
	// Message tells the requester or the approver what was wrong with the request. It may be empty.
	Message string
	// Err is the underlying error of another system, or nil.
	Err error
}

func (e *Error) Error() string {
	text := string(e.Code)
	if e.Message != "" {
		text += ": " + e.Message
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns the code of an [*Error], "" for nil, and [CodeInternal] for any other error.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if known, ok := errors.AsType[*Error](err); ok {
		return known.Code
	}
	return CodeInternal
}

// portCodes are the codes of a use case for the errors of the ports.
type portCodes struct{ closed, unavailable, other Code }

var (
	sendCodes   = portCodes{CodeNotificationRefused, CodeNotificationUnavailable, CodeNotificationRefused}
	decideCodes = portCodes{CodeClosed, CodeUnavailable, CodeInternal}
)

// classify returns the error of a port as an [*Error] without the tokens, or nil for nil.
func (c portCodes) classify(err error, tokens ...Token) error {
	if err == nil {
		return nil
	}
	code := c.other
	switch {
	case errors.Is(err, ErrClosed):
		code = c.closed
	case unavailable(err):
		code = c.unavailable
	}
	for _, token := range tokens {
		err = token.redact(err)
	}
	return &Error{Code: code, Err: err}
}

// unavailable reports whether a port may succeed later.
func unavailable(err error) bool {
	return errors.Is(err, ErrUnavailable) || errors.Is(err, context.DeadlineExceeded)
}

// SettingError reports a setting that cannot be read. Its text does not say how to change the setting: that depends on where
// it was typed.
type SettingError struct {
	// Problem says what is wrong.
	Problem string
	// Suggestion is what was probably meant, or "" if that cannot be known.
	Suggestion string
}

func (e *SettingError) Error() string { return e.Problem }
