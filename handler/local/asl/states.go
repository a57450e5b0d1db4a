package asl

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// transition says what follows a state that can be the last one.
type transition struct {
	Next string
	End  bool
}

func (t transition) check() error {
	if (t.Next == "") != t.End {
		return errors.New("exactly one of Next and End: true is required")
	}
	return nil
}

func (t transition) transitions() []Transition {
	if t.End {
		return nil
	}
	return []Transition{{To: t.Next}}
}

// pass is a state whose result is the value of Parameters.
type pass struct {
	Type, Comment string
	Parameters    json.RawMessage
	ResultPath    *resultPath
	transition

	parameters template
}

func (p *pass) prepare(Resources) error {
	if p.Parameters == nil {
		return errors.New("Parameters is missing")
	}
	var err error
	if p.parameters, err = parseTemplate("Parameters", p.Parameters, contextPaths); err != nil {
		return err
	}
	if err := p.ResultPath.check(); err != nil {
		return err
	}
	return p.check()
}

func (p *pass) run(_ context.Context, v visit, input json.RawMessage) (json.RawMessage, string, error) {
	result, err := p.parameters.render(v, input)
	if err != nil {
		return nil, "", err
	}
	output, err := p.ResultPath.apply(v.state, input, result)
	if err != nil {
		return nil, "", err
	}
	return output, p.Next, nil
}

// fail is a state that fails the execution.
// https://docs.aws.amazon.com/step-functions/latest/dg/state-fail.html
type fail struct {
	Type, Comment           string
	Error, Cause, CausePath string

	causePath expression
}

func (f *fail) prepare(Resources) error {
	if f.Error == "" {
		return errors.New("Error is missing")
	}
	if (f.Cause == "") == (f.CausePath == "") {
		return errors.New("exactly one of Cause and CausePath is required")
	}
	if f.Cause != "" {
		return nil
	}
	if strings.HasPrefix(f.CausePath, "States.StringToJson") {
		return errors.New("CausePath: States.StringToJson does not return a string")
	}
	var err error
	if f.causePath, err = parseExpression(f.CausePath, contextPaths); err != nil {
		return fmt.Errorf("CausePath: %w", err)
	}
	return nil
}

func (f *fail) transitions() []Transition { return nil }

func (f *fail) run(_ context.Context, v visit, input json.RawMessage) (json.RawMessage, string, error) {
	failure := &Error{Name: f.Error, Cause: f.Cause}
	if f.CausePath == "" {
		return nil, "", failure
	}
	cause, err := f.causePath(v, input)
	if err != nil {
		return nil, "", err
	}
	if err := json.Unmarshal(cause, &failure.Cause); err != nil {
		return nil, "", runtimeError(v.state, errors.New("CausePath does not lead to a string"))
	}
	return nil, "", failure
}
