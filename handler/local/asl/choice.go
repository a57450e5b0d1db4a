package asl

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// choice is a state that passes its input to the state of the first rule that holds, or to Default.
type choice struct {
	Type, Comment string
	Choices       []rule
	Default       string
}

type rule struct {
	condition
	Next string
}

// condition is And or one comparison of Variable.
type condition struct {
	And          []condition
	Variable     string
	IsPresent    *bool
	StringEquals *string

	variable path
}

func (c *choice) prepare(Resources) error {
	if len(c.Choices) == 0 {
		return errors.New("Choices is empty")
	}
	for i := range c.Choices {
		field := fmt.Sprintf("Choices[%d]", i)
		if c.Choices[i].Next == "" {
			return fmt.Errorf("%s: Next is missing", field)
		}
		if err := c.Choices[i].prepare(field); err != nil {
			return err
		}
	}
	return nil
}

func (c *condition) prepare(field string) error {
	operators := 0
	for _, present := range []bool{c.And != nil, c.IsPresent != nil, c.StringEquals != nil} {
		if present {
			operators++
		}
	}
	if operators != 1 {
		return fmt.Errorf("%s: exactly one of And, IsPresent and StringEquals is required", field)
	}
	if c.And != nil {
		return c.prepareAnd(field)
	}
	var err error
	if c.variable, err = parsePath(c.Variable, contextPaths); err != nil {
		return fmt.Errorf("%s.Variable: %w", field, err)
	}
	return nil
}

func (c *condition) prepareAnd(field string) error {
	if c.Variable != "" || len(c.And) == 0 {
		return fmt.Errorf("%s: And needs conditions and no Variable", field)
	}
	for i := range c.And {
		if err := c.And[i].prepare(fmt.Sprintf("%s.And[%d]", field, i)); err != nil {
			return err
		}
	}
	return nil
}

func (c *choice) transitions() []Transition {
	var follow []Transition
	for _, rule := range c.Choices {
		follow = append(follow, Transition{To: rule.Next, When: rule.when()})
	}
	if c.Default != "" {
		follow = append(follow, Transition{To: c.Default, When: "otherwise"})
	}
	return follow
}

// when describes the condition to a person: by the text that the variable must have.
func (c *condition) when() string {
	var texts []string
	for i := range c.And {
		if text := c.And[i].when(); text != "" {
			texts = append(texts, text)
		}
	}
	if c.StringEquals != nil {
		texts = append(texts, *c.StringEquals)
	}
	return strings.Join(texts, " and ")
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

// holds reports whether the condition holds. As on AWS, StringEquals fails the execution if the variable is missing.
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
	value, err := c.variable.value(v, input)
	if err != nil {
		return false, err
	}
	var text *string // stays nil for null
	return json.Unmarshal(value, &text) == nil && text != nil && *text == *c.StringEquals, nil
}
