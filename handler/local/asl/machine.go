// Package asl executes the part of the Amazon States Language that the approval workflow's definition uses. It is
// strict: [Parse] refuses whatever it does not know, so that nothing in a definition is ever ignored.
package asl

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
)

// maxData bounds what a state takes in and passes on, in bytes.
// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
const maxData = 262_144

// Function is a Lambda function that a task invokes. Its result does not matter to a task that waits for its token.
// An [*Error] fails the task by that name; any other error fails it as States.TaskFailed.
type Function func(ctx context.Context, payload []byte) error

// Machine is a definition that is ready to run. It is safe for concurrent use.
type Machine struct {
	startAt string
	states  map[string]state
}

// Execution is what a run of the machine knows of itself.
type Execution struct {
	// ID is its ARN.
	ID string
	// Name is the last part of the ARN.
	Name string
	// StartTime is when it was started.
	StartTime time.Time
	// Input is any JSON value.
	Input json.RawMessage
}

// state is one of the state types.
type state interface {
	// prepare compiles the state and refuses what it cannot execute.
	prepare(functions map[string]Function) error
	// targets are the names of the states that may follow.
	targets() []string
	// run returns the state's output and the state that follows, or "" at the end.
	run(ctx context.Context, v visit, input json.RawMessage) (output json.RawMessage, next string, err error)
}

// Parse reads a definition whose tasks invoke functions, by their ARNs. Its error names the state and the field.
func Parse(definition string, functions map[string]Function) (*Machine, error) {
	var document struct {
		Comment, StartAt string
		States           map[string]json.RawMessage
	}
	if err := decode("definition", []byte(definition), &document); err != nil {
		return nil, err
	}
	machine := &Machine{startAt: document.StartAt, states: map[string]state{}}
	for _, name := range slices.Sorted(maps.Keys(document.States)) {
		parsed, err := parseState(document.States[name], functions)
		if err != nil {
			return nil, fmt.Errorf("state %q: %w", name, err)
		}
		machine.states[name] = parsed
	}
	return machine, machine.checkTransitions()
}

func parseState(text json.RawMessage, functions map[string]Function) (state, error) {
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
	return parsed, parsed.prepare(functions)
}

// checkTransitions refuses a way to a state that is not there, and a state that no way leads to.
func (m *Machine) checkTransitions() error {
	if _, ok := m.states[m.startAt]; !ok {
		return fmt.Errorf("definition: StartAt %q is not a state", m.startAt)
	}
	reached := map[string]bool{m.startAt: true}
	for pending := []string{m.startAt}; len(pending) > 0; pending = pending[1:] {
		for _, target := range m.states[pending[0]].targets() {
			if _, ok := m.states[target]; !ok {
				return fmt.Errorf("state %q: %q, which should follow, is not a state", pending[0], target)
			}
			if !reached[target] {
				reached[target] = true
				pending = append(pending, target)
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

// Run runs an execution to its end, with its tokens in tasks, and returns its output. It fails with an [*Error], or
// with the cause of ctx if that ended first.
func (m *Machine) Run(ctx context.Context, execution Execution, tasks *Tasks) (json.RawMessage, error) {
	var data bytes.Buffer
	if err := json.Compact(&data, execution.Input); err != nil {
		return nil, fmt.Errorf("decode input: %w", err)
	}
	execution.Input = data.Bytes()
	input := execution.Input
	for name := m.startAt; ; {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		v := visit{execution: execution, tasks: tasks, state: name, entered: time.Now()}
		output, next, err := m.states[name].run(ctx, v, input)
		if err != nil || next == "" {
			return output, err
		}
		name, input = next, output
	}
}
