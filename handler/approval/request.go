package approval

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// maxInput bounds the input of a request in bytes. A state passes on at most 262,144 bytes; the rest is room for the
// record of the decision, so that what could be asked about can also be approved.
// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
const maxInput = 262_144 - 8_192

// Request is what the state machine's task hands over: the input of the send-request invocation.
type Request struct {
	// TaskToken answers the waiting task.
	TaskToken Token `json:"taskToken"`
	// Execution is the one that waits.
	Execution Execution `json:"execution"`
	// Input is the execution's own input, any JSON value.
	Input json.RawMessage `json:"input"`
	// Wait is how long the state machine waits for the decision.
	Wait Wait `json:"wait"`
}

// Execution names an execution of the state machine.
type Execution struct {
	// ID is its ARN.
	ID string `json:"id"`
	// Name is the last part of the ARN.
	Name string `json:"name"`
	// StartedAt is when it was started.
	StartedAt time.Time `json:"startedAt"`
}

// Wait says how the state machine waits: for equal spans of time, each of which begins with an e-mail.
type Wait struct {
	// Seconds is how long a span lasts. Its links die with it.
	Seconds int `json:"seconds"`
	// PauseSeconds is how long after a span the next one begins.
	PauseSeconds int `json:"pauseSeconds"`
	// Reminders is how many spans follow the first one.
	Reminders int `json:"reminders"`
	// RetryCount is how often the task was tried before: for a reminder, or because an e-mail was not sent.
	RetryCount int `json:"retryCount"`
}

func (w Wait) span() time.Duration { return time.Duration(w.Seconds) * time.Second }

// reminder is which reminder the e-mail is that is sent now, 0 for the first e-mail. The RetryCount has both the spans
// that ended and the errors. The time that has passed tells them apart, unless a span is shorter than the retries of an
// error take.
func (r Request) reminder(now time.Time) int {
	spans := int(now.Sub(r.Execution.StartedAt) / r.Wait.span())
	return max(0, min(r.Wait.RetryCount, r.Wait.Reminders, spans))
}

// deadline is when the request ends whose next span begins now.
func (r Request) deadline(now time.Time) time.Time {
	left := time.Duration(r.Wait.Reminders - r.reminder(now))
	pause := time.Duration(r.Wait.PauseSeconds) * time.Second
	return now.Add(r.Wait.span() + left*(pause+r.Wait.span()))
}

// ParseRequest decodes the payload of the send-request invocation. Its error names every fault at once and quotes
// nothing of the payload; what could be read comes with it.
func ParseRequest(payload []byte) (Request, error) {
	var request Request
	if err := json.Unmarshal(payload, &request); err != nil {
		return Request{}, invalidRequest(describe(err))
	}
	var faults []string
	if length := utf8.RuneCountInString(string(request.TaskToken)); length == 0 {
		faults = append(faults, "taskToken is missing")
	} else if length > maxTokenLength {
		faults = append(faults, fmt.Sprintf("taskToken is longer than %d characters", maxTokenLength))
	}
	if _, err := parseExecutionARN(request.Execution.ID); err != nil {
		faults = append(faults, "execution.id "+err.Error())
	}
	if !ValidName(request.Execution.Name) {
		faults = append(faults, "execution.name is not the name of an execution")
	}
	if request.Execution.StartedAt.IsZero() {
		faults = append(faults, "execution.startedAt is missing")
	}
	if request.Input == nil {
		faults = append(faults, "input is missing")
	} else if len(request.Input) > maxInput {
		faults = append(faults, fmt.Sprintf("input has %d bytes, and more than %d leave no room for the decision",
			len(request.Input), maxInput))
	}
	if wait := request.Wait; wait.Seconds < 1 || wait.PauseSeconds < 0 || wait.Reminders < 0 || wait.RetryCount < 0 {
		faults = append(faults, "wait is missing or out of range")
	}
	if len(faults) > 0 {
		return request, invalidRequest(strings.Join(faults, "; "))
	}
	return request, nil
}

func invalidRequest(fault string) error {
	return &Error{Code: CodeInvalidRequest, Message: "The task's payload is not an approval request: " + fault + "."}
}

// describe says what is wrong with a JSON text without quoting it, since it holds a task token.
func describe(err error) string {
	var syntax *json.SyntaxError
	var mismatch *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Sprintf("it is no JSON at byte %d", syntax.Offset)
	case errors.As(err, &mismatch) && mismatch.Field != "":
		return mismatch.Field + " has the wrong type"
	case errors.As(err, &mismatch):
		return "it is no JSON object"
	default: // time.Time's own error quotes the value
		return "execution.startedAt is no RFC 3339 time"
	}
}

// ValidName tells whether name can be that of an execution: 1–80 characters, none of them white space, a control
// character or a wildcard, bracket or special character.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
func ValidName(name string) bool {
	length := utf8.RuneCountInString(name)
	return length >= 1 && length <= 80 && utf8.ValidString(name) && !strings.ContainsFunc(name, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune("<>{}[]?*\"#%\\^|~`$&,;:/\ufffe\uffff", r)
	})
}

// executionARN is what an execution's ARN tells:
// arn:PARTITION:states:REGION:ACCOUNT:execution:STATE-MACHINE:NAME.
type executionARN struct{ partition, region, stateMachine string }

func parseExecutionARN(arn string) (executionARN, error) {
	parts := strings.Split(arn, ":")
	if len(parts) != 8 || parts[0] != "arn" || parts[2] != "states" || parts[5] != "execution" {
		return executionARN{}, errors.New("is not the ARN of an execution")
	}
	return executionARN{partition: parts[1], region: parts[3], stateMachine: parts[6]}, nil
}

// consoleURL is the execution's page in the AWS console, or empty where the partition's console is not known.
func consoleURL(id string) string {
	arn, err := parseExecutionARN(id)
	if err != nil {
		return ""
	}
	domain := map[string]string{
		"aws":        "console.aws.amazon.com",
		"aws-cn":     "console.amazonaws.cn",
		"aws-us-gov": "console.amazonaws-us-gov.com",
		"aws-eusc":   "console.amazonaws-eusc.eu",
	}[arn.partition]
	if domain == "" {
		return ""
	}
	return fmt.Sprintf("https://%s.%s/states/home?region=%s#/v2/executions/details/%s", arn.region, domain, arn.region, id)
}
