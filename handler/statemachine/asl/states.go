package asl

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
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

// pass is a state whose output is the value of Parameters.
type pass struct {
	Type, Comment string
	Parameters    json.RawMessage
	transition

	parameters template
}

func (p *pass) prepare(Functions) error {
	if p.Parameters == nil {
		return errors.New("Parameters is missing")
	}
	var err error
	if p.parameters, err = parseTemplate("Parameters", p.Parameters, inState); err != nil {
		return err
	}
	return p.check()
}

func (p *pass) run(_ context.Context, v visit, input json.RawMessage) (json.RawMessage, string, error) {
	output, err := p.parameters.render(v, input)
	return output, p.Next, err
}

// wait is a state that passes on its input after a number of seconds, which is in the input.
// https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html
type wait struct {
	Type, Comment, SecondsPath string
	transition

	seconds expression
}

func (w *wait) prepare(Functions) error {
	var err error
	if w.seconds, err = parsePath(w.SecondsPath, inState); err != nil {
		return fmt.Errorf("SecondsPath: %w", err)
	}
	return w.check()
}

func (w *wait) run(ctx context.Context, v visit, input json.RawMessage) (json.RawMessage, string, error) {
	value, err := w.seconds.value(v, input)
	if err != nil {
		return nil, "", err
	}
	var seconds uint32
	if json.Unmarshal(value, &seconds) != nil {
		return nil, "", runtimeError(v.state, "SecondsPath does not lead to a number of seconds")
	}
	select {
	case <-time.After(time.Duration(seconds) * time.Second):
		return input, w.Next, nil
	case <-ctx.Done():
		return nil, "", context.Cause(ctx)
	}
}

// fail is a state that fails the execution.
// https://docs.aws.amazon.com/step-functions/latest/dg/state-fail.html
type fail struct {
	Type, Comment           string
	Error, Cause, CausePath string

	causePath expression
}

func (f *fail) prepare(Functions) error {
	if f.Error == "" {
		return errors.New("Error is missing")
	}
	if (f.Cause == "") == (f.CausePath == "") {
		return errors.New("exactly one of Cause and CausePath is required")
	}
	if f.CausePath != "" {
		var err error
		if f.causePath, err = parseExpression(f.CausePath, inState); err != nil {
			return fmt.Errorf("CausePath: %w", err)
		}
	}
	return nil
}

func (f *fail) transitions() []Transition { return nil }

func (f *fail) run(_ context.Context, v visit, input json.RawMessage) (json.RawMessage, string, error) {
	failure := &Error{Name: f.Error, Cause: f.Cause}
	if f.CausePath == "" {
		return nil, "", failure
	}
	cause, err := f.causePath.value(v, input)
	if err != nil {
		return nil, "", err
	}
	if err := json.Unmarshal(cause, &failure.Cause); err != nil {
		return nil, "", runtimeError(v.state, "CausePath does not lead to a string")
	}
	return nil, "", failure
}

// choice is a state that passes its input to the state of the first rule that holds, or to Default.
type choice struct {
	Type, Comment string
	Choices       []rule
	Default       string
}

// rule holds if all its conditions do.
type rule struct {
	And  []condition
	Next string
}

// condition compares Variable in one way.
type condition struct {
	Variable     string
	IsPresent    *bool
	StringEquals *string

	variable expression
}

func (c *choice) prepare(Functions) error {
	for i, rule := range c.Choices {
		if len(rule.And) == 0 {
			return fmt.Errorf("Choices[%d]: And is missing", i)
		}
		for j := range rule.And {
			if err := rule.And[j].prepare(); err != nil {
				return fmt.Errorf("Choices[%d].And[%d]: %w", i, j, err)
			}
		}
	}
	return nil
}

func (c *condition) prepare() error {
	if (c.IsPresent == nil) == (c.StringEquals == nil) {
		return errors.New("exactly one of IsPresent and StringEquals is required")
	}
	var err error
	if c.variable, err = parsePath(c.Variable, inState); err != nil {
		return fmt.Errorf("Variable: %w", err)
	}
	return nil
}

func (c *choice) transitions() []Transition {
	var follow []Transition
	for _, rule := range c.Choices {
		var texts []string // that the variables must have
		for _, condition := range rule.And {
			if condition.StringEquals != nil {
				texts = append(texts, *condition.StringEquals)
			}
		}
		follow = append(follow, Transition{To: rule.Next, When: strings.Join(texts, " and ")})
	}
	return append(follow, Transition{To: c.Default, When: "otherwise"})
}

func (c *choice) run(_ context.Context, v visit, input json.RawMessage) (json.RawMessage, string, error) {
	for _, rule := range c.Choices {
		if holds, err := rule.holds(v, input); holds || err != nil {
			return input, rule.Next, err
		}
	}
	return input, c.Default, nil
}

// holds reports whether the rule holds. As on AWS, StringEquals fails the execution if the variable is missing.
func (r rule) holds(v visit, input json.RawMessage) (bool, error) {
	for _, c := range r.And {
		value, found := c.variable.find(v, input)
		if c.IsPresent != nil {
			if found != *c.IsPresent {
				return false, nil
			}
			continue
		}
		if !found {
			return false, c.variable.missing(v)
		}
		var text any // stays nil for a number that is too large
		if _ = json.Unmarshal(value, &text); text != *c.StringEquals {
			return false, nil
		}
	}
	return true, nil
}
