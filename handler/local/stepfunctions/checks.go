package stepfunctions

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxInput bounds an execution's input in bytes.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
const maxInput = 262_144

// checkLength counts in characters.
func checkLength(member, value string, least, most int) error {
	length := utf8.RuneCountInString(value)
	var constraint string
	switch {
	case length < least:
		constraint = fmt.Sprintf("greater than or equal to %d", least)
	case length > most:
		constraint = fmt.Sprintf("less than or equal to %d", most)
	default:
		return nil
	}
	return fault{"ValidationException", fmt.Sprintf("1 validation error detected: Value at '%s' failed to satisfy "+
		"constraint: Member must have length %s", member, constraint)}
}

// checkARN takes the ARN of a resource of that type, which has that many parts.
func checkARN(member string, arn *string, resourceType string, length int) error {
	if arn == nil {
		return fault{"ValidationException", fmt.Sprintf("1 validation error detected: Value null at '%s' failed to satisfy "+
			"constraint: Member must not be null", member)}
	}
	if err := checkLength(member, *arn, 1, 256); err != nil {
		return err
	}
	parts := strings.Split(*arn, ":")
	if len(parts) != length || parts[0] != "arn" || parts[2] != "states" || parts[5] != resourceType {
		return fault{"InvalidArn", fmt.Sprintf("Invalid Arn: '%s' is not the ARN of a %s", *arn, resourceType)}
	}
	return nil
}

func checkStateMachine(arn *string) error {
	if err := checkARN("stateMachineArn", arn, "stateMachine", 7); err != nil {
		return err
	}
	if *arn != StateMachineARN {
		return fault{"StateMachineDoesNotExist", fmt.Sprintf("State Machine Does Not Exist: '%s'. The local run has %s.",
			*arn, StateMachineARN)}
	}
	return nil
}

// lookup finds an execution by its ARN.
func (s *Service) lookup(arn *string) (*execution, error) {
	if err := checkARN("executionArn", arn, "execution", 8); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if name, ok := strings.CutPrefix(*arn, executionPrefix); ok {
		if e := s.find(name); e != nil {
			return e, nil
		}
	}
	return nil, fault{"ExecutionDoesNotExist", fmt.Sprintf("Execution Does Not Exist: '%s'", *arn)}
}
