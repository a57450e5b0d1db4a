package approval

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"
)

// A state passes on at most 262,144 bytes. Each approval that is needed reserves room for its record, so that every
// request that was sent can also be approved.
// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
const (
	maxState  = 262_144
	maxRecord = 8_192
)

// Request is the payload of the state machine's task: the input of the send-request invocation.
type Request struct {
	// TaskToken answers the waiting task.
	TaskToken Token `json:"taskToken"`
	// Execution is the execution that waits.
	Execution WaitingExecution `json:"execution"`
	// Input is the input of the execution, any JSON value.
	Input json.RawMessage `json:"input"`
	// Approvals are the approvals so far.
	Approvals []Record `json:"approvals"`
	// ApprovalsNeeded is the number of approvers who have to agree if the input names no group. The input can ask for more.
	ApprovalsNeeded int `json:"approvalsNeeded"`
	// Groups are the same numbers of the groups that the input can name. It is nil in a definition from before there were groups.
	Groups map[string]int `json:"groups"`
	// EnteredAt is when the execution began to wait for the next approval.
	EnteredAt time.Time `json:"enteredAt"`
	// Schedule says when e-mails are sent.
	Schedule Schedule `json:"schedule"`
	// RetryCount is the number of earlier attempts of the task. Each of them ended without a decision, or failed to send its
	// e-mail.
	RetryCount int `json:"retryCount"`
}

// WaitingExecution is an execution as the context object of the state machine describes it.
type WaitingExecution struct {
	// ARN identifies the execution.
	ARN string `json:"id"`
	// Name is the last part of the ARN.
	Name string `json:"name"`
	// StartedAt is when the execution started.
	StartedAt time.Time `json:"startedAt"`
}

func (e WaitingExecution) ref() ExecutionRef {
	stateMachine, _ := stateMachineName(e.ARN) // ParseRequest has checked it
	return ExecutionRef{StateMachine: stateMachine, Name: e.Name, StartedAt: e.StartedAt}
}

// reminder returns the number of the reminder that is sent now, or 0 for the first e-mail. RetryCount counts both the
// intervals that ended and the errors. The elapsed time tells them apart, unless an interval is shorter than the retries
// after an error.
func (r Request) reminder(now time.Time) int {
	intervals := int(now.Sub(r.EnteredAt) / r.Schedule.Interval())
	return max(0, min(r.RetryCount, r.Schedule.Reminders, intervals))
}

// details returns the details of the input, which Send has checked.
func (r Request) details() details {
	details, _ := parseDetails(r.Input)
	return details
}

// expires returns when the request ends, if nobody decides after an e-mail or a reminder at that time.
func (r Request) expires(sent time.Time) time.Time {
	return sent.Add(r.Schedule.remaining(r.reminder(sent)))
}

// ParseRequest decodes the payload of the send-request invocation. Its [*Error] lists every problem and quotes nothing of
// the payload. It returns what it could decode even with an error. It does not check the keys of the input: Send does.
func ParseRequest(payload []byte) (Request, error) {
	var request Request
	if err := json.Unmarshal(payload, &request); err != nil {
		return Request{}, invalidRequest(describe(err))
	}
	return request, request.check()
}

// ParseTask decodes the parameters of the state machine's task, which have the payload in the key "Payload". Like [ParseRequest], it
// returns what it could decode even with an [*Error], which quotes nothing of the payload.
func ParseTask(parameters []byte) (Request, error) {
	var task struct{ Payload Request }
	if err := json.Unmarshal(parameters, &task); err != nil {
		return Request{}, invalidRequest(describe(err))
	}
	return task.Payload, task.Payload.check()
}

func (r Request) check() error {
	if problems := r.problems(); len(problems) > 0 {
		return invalidRequest(strings.Join(problems, "; "))
	}
	return nil
}

func (r Request) problems() []string {
	var problems []string
	if length := utf8.RuneCountInString(string(r.TaskToken)); length == 0 {
		problems = append(problems, "taskToken is missing")
	} else if length > maxTokenLength {
		problems = append(problems, fmt.Sprintf("taskToken is longer than %d characters", maxTokenLength))
	}
	problems = append(problems, r.Execution.problems()...)
	if r.Approvals == nil {
		problems = append(problems, "approvals is missing")
	}
	if r.EnteredAt.IsZero() {
		problems = append(problems, "enteredAt is missing")
	}
	if !validApprovals(r.ApprovalsNeeded) {
		problems = append(problems, "approvalsNeeded is missing or out of range")
	}
	for _, approvals := range r.Groups {
		if !validApprovals(approvals) {
			problems = append(problems, "a number of groups is out of range")
			break
		}
	}
	if r.Input == nil {
		problems = append(problems, "input is missing")
	}
	if !r.Schedule.valid() {
		problems = append(problems, "schedule is missing or out of range")
	}
	if r.RetryCount < 0 {
		problems = append(problems, "retryCount is negative")
	}
	return problems
}

func validApprovals(number int) bool { return number >= 1 && number <= MaxApprovals }

func (e WaitingExecution) problems() []string {
	var problems []string
	if _, err := stateMachineName(e.ARN); err != nil {
		problems = append(problems, "execution.id "+err.Error())
	}
	if !ValidName(e.Name) {
		problems = append(problems, "execution.name is not the name of an execution")
	} else if escape(e.Name) != e.Name {
		problems = append(problems, "execution.name contains characters that hide text or change its direction")
	}
	if e.StartedAt.IsZero() {
		problems = append(problems, "execution.startedAt is missing")
	}
	return problems
}

func invalidRequest(problem string) error {
	return &Error{Code: CodeInvalidRequest, Message: "The task's payload is not an approval request: " + problem + "."}
}

// describe returns what is wrong with a JSON text. It does not quote the text, which contains a task token.
func describe(err error) string {
	var syntax *json.SyntaxError
	var mismatch *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax) && strings.Contains(syntax.Error(), "max depth"):
		return tooDeep
	case errors.As(err, &syntax):
		return fmt.Sprintf("it is not JSON at byte %d", syntax.Offset)
	case errors.As(err, &mismatch) && mismatch.Field != "":
		return mismatch.Field + " has the wrong type"
	case errors.As(err, &mismatch):
		return "it is not a JSON object"
	default: // the error of time.Time quotes the value
		return "a time is not in the form of RFC 3339"
	}
}

// maxTokenLength is the largest number of characters in a task token.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
const maxTokenLength = 2048

const tokenPlaceholder = "[task token]"

// Token is a task token. Whoever has it and may call Step Functions can decide. It therefore prints, logs and encodes as
// a placeholder. Only a conversion to string gives its value.
type Token string

// String hides the token from the verbs of package fmt.
func (Token) String() string { return tokenPlaceholder }

// GoString hides the token from %#v.
func (Token) GoString() string { return tokenPlaceholder }

// LogValue hides the token from package log/slog.
func (Token) LogValue() slog.Value { return slog.StringValue(tokenPlaceholder) }

// MarshalText hides the token from encoders.
func (Token) MarshalText() ([]byte, error) { return []byte(tokenPlaceholder), nil }

// redact returns an error with the text of err but without the token: AWS's validation errors quote the value that they
// refuse. The result wraps nothing, because a wrapped error may contain the token too.
func (t Token) redact(err error) error {
	if err == nil || t == "" {
		return err
	}
	return errors.New(t.hide(err.Error()))
}

// hide replaces the token in a text.
func (t Token) hide(text string) string {
	if t == "" {
		return text
	}
	return strings.NewReplacer(string(t), tokenPlaceholder, url.QueryEscape(string(t)), tokenPlaceholder).Replace(text)
}
