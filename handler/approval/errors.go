package approval

// Code classes an [Error] by what can be done about it. The codes of sending are the error names that the state
// machine's Retry and Catch match, letter for letter.
type Code string

// Codes of sending a request.
const (
	// CodeInvalidRequest is a task payload that no retry mends.
	CodeInvalidRequest Code = "InvalidRequestError"
	// CodeNoConfirmedApprover is a topic that would deliver the e-mail to nobody, and would not say so.
	CodeNoConfirmedApprover Code = "NoConfirmedApproverError"
	// CodeNotificationRefused is an e-mail that was refused for good: no permission, no such topic, a bad parameter.
	CodeNotificationRefused Code = "NotificationRefusedError"
	// CodeNotificationUnavailable is an e-mail that was not accepted now, but may be on a retry: throttling, an
	// outage, no answer in time.
	CodeNotificationUnavailable Code = "NotificationUnavailableError"
)

// Codes of a decision.
const (
	// CodeInvalidToken is a link whose task token is missing, malformed, or none that Step Functions gave out.
	CodeInvalidToken Code = "InvalidToken"
	// CodeClosed is a task that takes no decision any more, where nothing tells why.
	CodeClosed Code = "Closed"
	// CodeAlreadyApproved is a task whose execution was approved before.
	CodeAlreadyApproved Code = "AlreadyApproved"
	// CodeAlreadyRejected is a task whose execution was rejected before.
	CodeAlreadyRejected Code = "AlreadyRejected"
	// CodeExpired is a task that nobody decided in time.
	CodeExpired Code = "Expired"
	// CodeStopped is a task whose execution an operator stopped.
	CodeStopped Code = "Stopped"
	// CodeReplaced is the task of an e-mail that a newer one replaced; the execution still waits.
	CodeReplaced Code = "Replaced"
	// CodeInvalidReason is a reason that is too long.
	CodeInvalidReason Code = "InvalidReason"
	// CodeUnavailable is a decision that Step Functions did not confirm: throttling, an outage, no answer in time.
	CodeUnavailable Code = "Unavailable"
	// CodeInternal is anything else. Only an operator can mend it.
	CodeInternal Code = "Internal"
)

// Transient tells whether the very same request may come off later.
func (c Code) Transient() bool { return c == CodeNotificationUnavailable || c == CodeUnavailable }

// Error is a use case that did not come off. Its text is for the log; the approver is shown Message only. Neither ever
// holds a task token.
type Error struct {
	// Code says what can be done about it.
	Code Code
	// Message says what was wrong with the request. It may be empty and is fit for the requester or the approver.
	Message string
	// Err is the cause, if another system reported one.
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

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
