package asl

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// path leads to a value in the data of a state ($) or in the context object ($$).
type path struct {
	text      string
	names     []string
	inContext bool
}

var pathSyntax = regexp.MustCompile(`^\$\$?(\.[A-Za-z_][A-Za-z0-9_]*)*$`)

// parsePath reads text. A path into the context object must be one of allowed.
func parsePath(text string, allowed []string) (path, error) {
	if !pathSyntax.MatchString(text) {
		return path{}, fmt.Errorf("%q is not a known path", text)
	}
	inContext := strings.HasPrefix(text, "$$")
	if inContext && !slices.Contains(allowed, text) && !strings.HasPrefix(text, "$$.Execution.Input.") {
		return path{}, fmt.Errorf("%q is not in the context object of this state", text)
	}
	return path{text: text, names: strings.Split(text, ".")[1:], inContext: inContext}, nil
}

// find returns the value, and whether there is one.
func (p path) find(v visit, data json.RawMessage) (value json.RawMessage, found bool, err error) {
	value = data
	if p.inContext {
		if value, err = v.contextObject(); err != nil {
			return nil, false, err
		}
	}
	for _, name := range p.names {
		var object map[string]json.RawMessage
		if json.Unmarshal(value, &object) != nil {
			return nil, false, nil //nolint:nilerr // only an object has members
		}
		if value, found = object[name]; !found {
			return nil, false, nil
		}
	}
	return value, true, nil
}

// value returns the value. A missing value fails the execution.
func (p path) value(v visit, data json.RawMessage) (json.RawMessage, error) {
	value, found, err := p.find(v, data)
	if err == nil && !found {
		err = fmt.Errorf("the path %s is not in the data", p.text)
	}
	if err != nil {
		return nil, runtimeError(v.state, err)
	}
	return value, nil
}
