// Package asl runs state machines that are defined in the Amazon States Language. It knows only the part of the language
// that the definition of the approval workflow uses. It is strict: [Parse] refuses whatever it does not know, so that no
// part of a definition is ignored.
package asl

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// Machine is a definition that is ready to run. It is safe for concurrent use.
type Machine struct {
	definition string

	startAt string
	states  map[string]state
}

// state is a state of any type.
type state interface {
	// prepare compiles the state and refuses what it cannot run.
	prepare(functions Functions) error
	// transitions returns the transitions to the states that may follow. The usual one is the first.
	transitions() []Transition
	// run returns the output of the state and the name of the state that follows, or "" at the end.
	run(ctx context.Context, v visit, input json.RawMessage) (output json.RawMessage, next string, err error)
}

// visit is one entry of an execution into a state.
type visit struct {
	execution  Execution
	tasks      *Tasks
	state      string
	entered    time.Time
	retryCount int
	token      string // of the attempt, in a task
}

// Execution describes an execution to itself: the states can refer to its fields.
type Execution struct {
	// ID is its ARN.
	ID string
	// Name is the last part of the ARN.
	Name string
	// StartTime is when it was started.
	StartTime time.Time
	// Input is any JSON value.
	Input json.RawMessage
	// Entered, if it is not nil, is called with the name of each state that the execution enters, before the state runs.
	Entered func(state string)
}

// Run runs an execution to its end and returns its output. Its task tokens are in tasks. It returns an [*Error] if the
// execution fails, and the cause of ctx if ctx ends first.
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
		if execution.Entered != nil {
			execution.Entered(name)
		}
		v := visit{execution: execution, tasks: tasks, state: name, entered: time.Now()}
		output, next, err := m.states[name].run(ctx, v, input)
		if err != nil || next == "" {
			return output, err
		}
		name, input = next, output
	}
}

// Transition leads from a state to one that may follow.
type Transition struct {
	// To is the name of the state that follows.
	To string
	// When describes to a person in which case it follows. It is empty if it always does, unless there is an error.
	When string
}

// Definition returns the text that the machine was parsed from.
func (m *Machine) Definition() string { return m.definition }

// StartAt returns the name of the first state.
func (m *Machine) StartAt() string { return m.startAt }

// Transitions returns the transitions from a state, the usual one first. A state at the end of an execution has none.
func (m *Machine) Transitions(state string) []Transition { return m.states[state].transitions() }

// Fails reports whether a state fails the execution.
func (m *Machine) Fails(state string) bool {
	_, fails := m.states[state].(*fail)
	return fails
}
