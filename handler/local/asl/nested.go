package asl

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// StateMachine runs the executions that a task starts. A [Machine] is a StateMachine.
type StateMachine interface {
	// Run runs an execution to its end and returns its output. It returns a [*StartError] if it refuses to start the
	// execution, an [*Error] if the execution fails, [ErrStopped] if somebody stops it, and [context.DeadlineExceeded] if it
	// takes too long. Any other error ends the execution that has the task too.
	Run(ctx context.Context, execution Execution, tasks *Tasks) (json.RawMessage, error)
}

// StartError says why a [StateMachine] refuses to start an execution. It fails the task with its name.
type StartError struct {
	// Name is what ErrorEquals matches, such as StepFunctions.AccessDeniedException.
	Name string
	// Cause is a text for people.
	Cause string
}

func (e *StartError) Error() string { return e.Name + ": " + e.Cause }

// nested runs an execution of another state machine and waits for its end.
// https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
type nested struct {
	arn     string
	machine StateMachine
	input   template
}

func (n *nested) prepare(t *task, resources Resources) error {
	if t.TimeoutSeconds != 0 {
		return errors.New("TimeoutSeconds is unknown for this Resource")
	}
	var parameters struct {
		StateMachineArn string
		Input           json.RawMessage
	}
	if err := decode("Parameters", t.Parameters, &parameters); err != nil {
		return err
	}
	n.arn = parameters.StateMachineArn
	n.machine = resources.StateMachines[n.arn]
	if n.machine == nil {
		return fmt.Errorf("Parameters.StateMachineArn: unknown state machine %q", n.arn)
	}
	if parameters.Input == nil {
		return errors.New("Parameters.Input is missing")
	}
	var err error
	n.input, err = parseObject("Parameters.Input", parameters.Input, contextPaths)
	return err
}

func (n *nested) attempt(ctx context.Context, v visit, input json.RawMessage) (json.RawMessage, error) {
	payload, err := n.input.renderPayload(v, input)
	if err != nil {
		return nil, err
	}
	name := rand.Text()
	execution := Execution{
		ID:        strings.Replace(n.arn, ":stateMachine:", ":execution:", 1) + ":" + name,
		Name:      name,
		StartTime: time.Now(),
		Input:     payload,
	}
	output, err := n.machine.Run(ctx, execution, v.tasks)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if refused, ok := errors.AsType[*StartError](err); ok {
		return nil, &Error{Name: refused.Name, Cause: refused.Cause}
	}
	ended := ended{
		ExecutionArn: execution.ID, Name: name, StateMachineArn: n.arn,
		StartDate: execution.StartTime.UnixMilli(), StopDate: time.Now().UnixMilli(),
	}
	if err != nil {
		return nil, ended.failure(payload, err)
	}
	return ended.result(payload, output)
}

// ended describes an execution that has ended, as DescribeExecution does. The names and the order of the fields, the
// times in milliseconds since 1970, and the form of Input are those of AWS, which has some more fields.
type ended struct {
	Cause           string `json:",omitempty"`
	Error           string `json:",omitempty"`
	ExecutionArn    string
	Input           any
	Name            string
	Output          json.RawMessage `json:",omitempty"`
	StartDate       int64
	StateMachineArn string
	Status          string
	StopDate        int64
}

// result returns the result of the task for an execution that succeeded. Input and Output are JSON values.
func (e ended) result(input, output json.RawMessage) (json.RawMessage, error) {
	e.Status, e.Input, e.Output = "SUCCEEDED", input, output
	return encode(e)
}

// failure returns the error of the task for an execution that ended with err. Its cause is JSON, in which Input is a JSON
// text.
func (e ended) failure(input json.RawMessage, err error) error {
	failure, failed := errors.AsType[*Error](err)
	switch {
	case failed:
		e.Status, e.Error, e.Cause = "FAILED", failure.Name, failure.Cause
	case errors.Is(err, ErrStopped):
		e.Status = "ABORTED"
	case errors.Is(err, context.DeadlineExceeded):
		e.Status = "TIMED_OUT"
	default:
		return err
	}
	e.Input = string(input)
	cause, err := encode(e)
	if err != nil {
		return err
	}
	return &Error{Name: errTaskFailed, Cause: string(cause)}
}
