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
	// StartedAt is when the execution started, to the millisecond. Whoever guesses the name of another execution learns
	// nothing about it without this time.
	StartedAt time.Time
}

// Execution is the state of an execution in the words of Step Functions.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html
type Execution struct {
	// Status is RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED or PENDING_REDRIVE.
	Status string
	// StartedAt is when the execution started.
	StartedAt time.Time
	// Output is the result of an execution that succeeded.
	Output string
	// Error and Cause say why an execution failed.
	Error, Cause string
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
