package asl

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Resources are what the tasks of a definition can use, by ARN.
type Resources struct {
	// Functions are the Lambda functions that a task can invoke.
	Functions map[string]Function
	// StateMachines are the state machines that a task can start.
	StateMachines map[string]StateMachine
}

// Function is a Lambda function. The task that invokes it ignores its result and waits for an answer to the task token.
// An [*Error] fails the task with its name. Any other error fails it with States.TaskFailed.
type Function func(ctx context.Context, payload []byte) error

// Parse reads a definition. Its error names the state and the field that it refuses.
func Parse(definition string, resources Resources) (*Machine, error) {
	var document struct {
		Comment, StartAt string
		States           map[string]json.RawMessage
	}
	if err := decode("definition", []byte(definition), &document); err != nil {
		return nil, err
	}
	machine := &Machine{startAt: document.StartAt, states: map[string]state{}}
	for _, name := range slices.Sorted(maps.Keys(document.States)) {
		parsed, err := parseState(document.States[name], resources)
		if err != nil {
			return nil, fmt.Errorf("state %q: %w", name, err)
		}
		machine.states[name] = parsed
	}
	if err := machine.checkTransitions(); err != nil {
		return nil, err
	}
	return machine, nil
}

func parseState(text json.RawMessage, resources Resources) (state, error) {
	var kind struct{ Type string }
	if err := json.Unmarshal(text, &kind); err != nil {
		return nil, fmt.Errorf("decode Type: %w", err)
	}
	var parsed state
	switch kind.Type {
	case "Task":
		parsed = &task{}
	case "Choice":
		parsed = &choice{}
	case "Pass":
		parsed = &pass{}
	case "Fail":
		parsed = &fail{}
	default:
		return nil, fmt.Errorf("unknown Type %q", kind.Type)
	}
	if err := decode("fields", text, parsed); err != nil {
		return nil, err
	}
	return parsed, parsed.prepare(resources)
}

// checkTransitions refuses a transition to a state that does not exist, and a state that no transition leads to.
func (m *Machine) checkTransitions() error {
	if _, ok := m.states[m.startAt]; !ok {
		return fmt.Errorf("definition: StartAt %q is not a state", m.startAt)
	}
	reached := map[string]bool{m.startAt: true}
	for pending := []string{m.startAt}; len(pending) > 0; pending = pending[1:] {
		for _, follow := range m.states[pending[0]].transitions() {
			if _, ok := m.states[follow.To]; !ok {
				return fmt.Errorf("state %q: the next state %q does not exist", pending[0], follow.To)
			}
			if !reached[follow.To] {
				reached[follow.To] = true
				pending = append(pending, follow.To)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.states)) {
		if !reached[name] {
			return fmt.Errorf("state %q: no transition leads to it", name)
		}
	}
	return nil
}
