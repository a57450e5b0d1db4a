package approval

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
)

// ExecutionRef identifies an execution of this workflow.
type ExecutionRef struct {
	// StateMachine is the name of the state machine.
	StateMachine string
	// Name is the name of the execution.
	Name string
	// StartedAt is when the execution started, to the millisecond. It distinguishes executions with the same name, which can
	// come again 90 days after the end of the first one.
	StartedAt time.Time
}

// Status is the state of an execution.
type Status string

// The states of an execution. All but the first two are those of Step Functions.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html
const (
	// StatusWaiting means that a task waits for a decision.
	StatusWaiting Status = "WAITING"
	// StatusMoving means that the execution runs, but no task waits: it is between two states or two attempts of a task.
	StatusMoving    Status = "MOVING"
	StatusSucceeded Status = "SUCCEEDED"
	StatusFailed    Status = "FAILED"
	StatusTimedOut  Status = "TIMED_OUT"
	StatusAborted   Status = "ABORTED"
)

// Execution is the present state of an execution.
type Execution struct {
	// Status is the state.
	Status Status
	// Request is the payload of the newest task, whether it still waits or not.
	Request Request
	// AskedAt is when that task began to wait.
	AskedAt time.Time
	// Output is the result of an execution that succeeded.
	Output string
	// Error and Cause say why an execution failed.
	Error, Cause string
}

// isOf reports whether the link is for this execution, rather than for an earlier one with the same name. A link has the
// start to the millisecond, as AWS does. An emulator may have it more precisely.
func (e Execution) isOf(link Link) bool {
	return e.Request.Execution.StartedAt.UnixMilli() == link.Execution.StartedAt.UnixMilli()
}

// ValidName reports whether name can be the name of an execution: 1 to 80 characters without white space, control
// characters, wildcards, brackets and special characters.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
func ValidName(name string) bool {
	length := utf8.RuneCountInString(name)
	return length >= 1 && length <= 80 && utf8.ValidString(name) && !strings.ContainsFunc(name, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune("<>{}[]?*\"#%\\^|~`$&,;:/\ufffe\uffff", r)
	})
}

// stateMachineName returns the name of the state machine in the ARN of an execution:
// arn:PARTITION:states:REGION:ACCOUNT:execution:STATE-MACHINE:NAME.
func stateMachineName(executionARN string) (string, error) {
	parsed, err := arn.Parse(executionARN)
	parts := strings.Split(parsed.Resource, ":")
	if err != nil || parsed.Service != "states" || len(parts) != 3 || parts[0] != "execution" {
		return "", errors.New("is not the ARN of an execution")
	}
	return parts[1], nil
}

// consoleDomains are the AWS console's domains by partition.
var consoleDomains = map[string]string{
	"aws":        "console.aws.amazon.com",
	"aws-cn":     "console.amazonaws.cn",
	"aws-us-gov": "console.amazonaws-us-gov.com",
	"aws-eusc":   "console.amazonaws-eusc.eu",
}

// ConsoleURL returns the URL of a state machine or an execution in the AWS console. It returns "" for any other ARN, and
// for a partition whose console is unknown.
func ConsoleURL(resourceARN string) string {
	parsed, err := arn.Parse(resourceARN)
	kind, _, _ := strings.Cut(parsed.Resource, ":")
	page := map[string]string{"stateMachine": "statemachines/view", "execution": "v2/executions/details"}[kind]
	domain := consoleDomains[parsed.Partition]
	if err != nil || parsed.Service != "states" || page == "" || domain == "" {
		return ""
	}
	return fmt.Sprintf("https://%s.%s/states/home?region=%[1]s#/%[3]s/%[4]s", parsed.Region, domain, page, resourceARN)
}
