package stepfunctions

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
)

// checkLength returns an error unless value has least to most characters.
func checkLength(member, value string, least, most int) error {
	switch length := utf8.RuneCountInString(value); {
	case length < least:
		return invalid("Value at '%s' failed to satisfy constraint: Member must have length greater than or equal to %d",
			member, least)
	case length > most:
		return invalid("Value at '%s' failed to satisfy constraint: Member must have length less than or equal to %d",
			member, most)
	}
	return nil
}

// checkARN returns an error unless value is the ARN of a resource of that kind, whose kind is followed by that many
// names.
func checkARN(member string, value *string, kind string, names int) error {
	if value == nil {
		return invalid("Value null at '%s' failed to satisfy constraint: Member must not be null", member)
	}
	if err := checkLength(member, *value, 1, 256); err != nil {
		return err
	}
	parsed, err := arn.Parse(*value)
	if err != nil || parsed.Service != "states" || !strings.HasPrefix(parsed.Resource, kind+":") ||
		strings.Count(parsed.Resource, ":") != names {
		return apiError{"InvalidArn", fmt.Sprintf("Invalid Arn: '%s' is not the ARN of a resource of type %s", *value, kind)}
	}
	return nil
}

func checkStateMachine(stateMachineARN *string) error {
	if err := checkARN("stateMachineArn", stateMachineARN, "stateMachine", 1); err != nil {
		return err
	}
	if *stateMachineARN != StateMachineARN {
		return apiError{"StateMachineDoesNotExist", fmt.Sprintf(
			"State Machine Does Not Exist: '%s'. The local run has %s.", *stateMachineARN, StateMachineARN)}
	}
	return nil
}

// lookup returns the execution with that ARN.
func (s *Service) lookup(executionARN *string) (*execution, error) {
	if err := checkARN("executionArn", executionARN, "execution", 2); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if name, ok := strings.CutPrefix(*executionARN, executionPrefix); ok {
		if e := s.find(name); e != nil {
			return e, nil
		}
	}
	return nil, apiError{"ExecutionDoesNotExist", fmt.Sprintf("Execution Does Not Exist: '%s'", *executionARN)}
}
