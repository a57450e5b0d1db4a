package stepfunctions

import (
	"crypto/rand"
	"encoding/json"
	"fmt"

	"approval-workflow/handler/approval"
)

// maxInput limits the input of an execution in bytes.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
const maxInput = 262_144

type startInput struct {
	StateMachineArn, Name, Input *string
}

type startOutput struct {
	ExecutionArn string  `json:"executionArn"`
	StartDate    float64 `json:"startDate"`
}

func (s *Service) startExecution(in startInput) (startOutput, error) {
	if err := checkStateMachine(in.StateMachineArn); err != nil {
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
	if !json.Valid([]byte(input)) {
		return apiError{"InvalidExecutionInput", "Invalid State Machine Execution Input: it is not JSON"}
	}
	return nil
}
