package stepfunctions

import (
	"crypto/rand"
	"fmt"
	"strings"
	"unicode"

	"approval-workflow/handler/approval"
)

// The limits of StartExecution.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
const (
	maxInput       = 262_144 // bytes
	maxTraceHeader = 256     // characters, which must be ASCII
)

// startInput is a request to start an execution. The local run makes no traces, so it only checks the TraceHeader.
type startInput struct {
	StateMachineArn, Name, Input, TraceHeader *string
}

type startOutput struct {
	ExecutionArn string  `json:"executionArn"`
	StartDate    float64 `json:"startDate"`
}

func (s *Service) startExecution(in startInput) (startOutput, error) {
	if err := checkStateMachine(in.StateMachineArn); err != nil {
		return startOutput{}, err
	}
	if err := checkTraceHeader(in.TraceHeader); err != nil {
		return startOutput{}, err
	}
	name, input := rand.Text(), "{}"
	if in.Name != nil {
		name = *in.Name
	}
	if in.Input != nil {
		input = *in.Input
	}
	if err := checkStart(name, input); err != nil {
		return startOutput{}, err
	}
	e, err := s.start(name, input)
	if err != nil {
		return startOutput{}, err
	}
	return startOutput{executionPrefix + name, epoch(e.start)}, nil
}

func checkStart(name, input string) error {
	if err := checkLength("name", name, 1, 80); err != nil {
		return err
	}
	if len(input) > maxInput {
		return invalid("Value at 'input' failed to satisfy constraint: Member must have length less than or equal to %d", maxInput)
	}
	if !approval.ValidName(name) {
		return apiError{"InvalidName", fmt.Sprintf("Invalid Name: '%s'", name)}
	}
	if err := checkText([]byte(input)); err != nil {
		return apiError{"InvalidExecutionInput", "Invalid State Machine Execution Input: " + err.Error()}
	}
	return nil
}

func checkTraceHeader(value *string) error {
	if err := checkOptional("traceHeader", value, maxTraceHeader); err != nil {
		return err
	}
	if value != nil && strings.ContainsFunc(*value, func(r rune) bool { return r > unicode.MaxASCII }) {
		return invalid("Value at 'traceHeader' failed to satisfy constraint: Member must satisfy regular expression pattern: %s",
			`\p{ASCII}*`)
	}
	return nil
}
