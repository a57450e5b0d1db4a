package asl

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// choice goes on with the first rule that holds, or with Default.
type choice struct {
	Type, Comment string
	Choices       []rule
	Default       string
}

type rule struct {
	condition
	Next string
}

// condition is either And or one comparison of Variable.
type condition struct {
	And          []condition
	Variable     string
	IsPresent    *bool
	StringEquals *string

	variable expression
}

func (c *choice) prepare(map[string]Function) error {
	if len(c.Choices) == 0 {
		return errors.New("field Choices is empty")
	}
	for i := range c.Choices {
		path := fmt.Sprintf("Choices[%d]", i)
		if c.Choices[i].Next == "" {
			return fmt.Errorf("%s: Next is missing", path)
		}
		if err := c.Choices[i].prepare(path); err != nil {
			return err
		}
	}
	return nil
}

func (c *condition) prepare(path string) error {
	operators := 0
	for _, present := range []bool{c.And != nil, c.IsPresent != nil, c.StringEquals != nil} {
		if present {
			operators++
		}
	}
	if operators != 1 {
		return fmt.Errorf("%s: exactly one of And, IsPresent and StringEquals is required", path)
	}
	if c.And == nil {
		var err error
		if c.variable, err = parseExpression(c.Variable, contextPaths); err != nil || c.variable.asString {
			return fmt.Errorf("%s.Variable: %q is not a known path", path, c.Variable)
		}
		return nil
	}
	if c.Variable != "" || len(c.And) == 0 {
		return fmt.Errorf("%s: And takes conditions and no Variable", path)
	}
	for i := range c.And {
		if err := c.And[i].prepare(fmt.Sprintf("%s.And[%d]", path, i)); err != nil {
			return err
		}
	}
	return nil
}

func (c *choice) targets() []string {
	var names []string
	for _, rule := range c.Choices {
		names = append(names, rule.Next)
	}
	if c.Default != "" {
		names = append(names, c.Default)
	}
	return names
}

func (c *choice) run(_ context.Context, v visit, input json.RawMessage) (json.RawMessage, string, error) {
	for _, rule := range c.Choices {
		holds, err := rule.holds(v, input)
		if err != nil {
			return nil, "", err
		}
		if holds {
			return input, rule.Next, nil
		}
	}
	if c.Default == "" {
		return nil, "", &Error{Name: errNoChoiceMatched, Cause: fmt.Sprintf("No rule of the state '%s' holds.", v.state)}
	}
	return input, c.Default, nil
}

// holds fails for the comparison of a variable that is not there, as AWS does.
func (c *condition) holds(v visit, input json.RawMessage) (bool, error) {
	for i := range c.And {
		if holds, err := c.And[i].holds(v, input); err != nil || !holds {
			return false, err
		}
	}
	if c.And != nil {
		return true, nil
	}
	if c.IsPresent != nil {
		_, found, err := c.variable.find(v, input)
		if err != nil {
			return false, runtimeError(v.state, err)
		}
		return found == *c.IsPresent, nil
	}
	value, err := c.variable.eval(v, input)
	if err != nil {
		return false, err
	}
	var text *string // stays nil for null
	return json.Unmarshal(value, &text) == nil && text != nil && *text == *c.StringEquals, nil
}
