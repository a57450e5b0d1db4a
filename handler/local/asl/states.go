package asl

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// transition is how a state that can be the last one goes on.
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

func (t transition) targets() []string {
	if t.End {
		return nil
	}
	return []string{t.Next}
}

// pass makes its output of Parameters.
type pass struct {
	Type, Comment string
	Parameters    json.RawMessage
	transition

	parameters template
}

func (p *pass) prepare(map[string]Function) error {
	if p.Parameters == nil {
		return errors.New("field Parameters is missing")
	}
	var err error
	if p.parameters, err = parseTemplate("Parameters", p.Parameters, contextPaths); err != nil {
		return err
	}
	return p.check()
}

func (p *pass) run(_ context.Context, v visit, input json.RawMessage) (json.RawMessage, string, error) {
	output, err := p.parameters.render(v, input)
	if err == nil {
		err = limit(v.state, output)
	}
	if err != nil {
		return nil, "", err
	}
	return output, p.Next, nil
}

// fail ends the execution with an error.
type fail struct {
	Type, Comment           string
	Error, Cause, CausePath string

	causePath expression
}

func (f *fail) prepare(map[string]Function) error {
	if f.Error == "" {
		return errors.New("Error is missing")
	}
	if (f.Cause == "") == (f.CausePath == "") {
		return errors.New("exactly one of Cause and CausePath is required")
	}
	if f.Cause != "" {
		return nil
	}
	var err error
	if f.causePath, err = parseExpression(f.CausePath, contextPaths); err != nil {
		return fmt.Errorf("CausePath: %w", err)
	}
	return nil
}

func (f *fail) targets() []string { return nil }

func (f *fail) run(_ context.Context, v visit, input json.RawMessage) (json.RawMessage, string, error) {
	failure := &Error{Name: f.Error, Cause: f.Cause}
	if f.CausePath == "" {
		return nil, "", failure
	}
	cause, err := f.causePath.eval(v, input)
	if err != nil {
		return nil, "", err
	}
	if err := json.Unmarshal(cause, &failure.Cause); err != nil {
		return nil, "", runtimeError(v.state, errors.New("CausePath does not lead to a string"))
	}
	return nil, "", failure
}
