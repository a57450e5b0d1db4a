// Package asl runs state machines that are defined in the Amazon States Language. It knows only the part of the language
// that the definitions of this repository use. It is strict: [Parse] refuses whatever it does not know, so that no part
// of a definition is ignored.
package asl

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// maxData limits what a state accepts and passes on, in bytes.
// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
const maxData = 262_144

// Machine is a definition that is ready to run. It is safe for concurrent use.
type Machine struct {
	startAt string
	states  map[string]state
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

// state is a state of any type.
type state interface {
	// prepare compiles the state and refuses what it cannot run.
	prepare(resources Resources) error
	// transitions returns the transitions to the states that may follow. The usual one is the first.
	transitions() []Transition
	// run returns the output of the state and the name of the state that follows, or "" at the end.
	run(ctx context.Context, v visit, input json.RawMessage) (output json.RawMessage, next string, err error)
}

// ErrStopped is the cause to cancel the context of [Machine.Run] with if somebody stops the execution.
var ErrStopped = errors.New("the execution was stopped")

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
