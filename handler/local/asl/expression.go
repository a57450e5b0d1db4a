package asl

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// visit is one entry of an execution into a state.
type visit struct {
	execution  Execution
	tasks      *Tasks
	state      string
	entered    time.Time
	retryCount int
	token      string // of the attempt, in a task
}

const timeLayout = "2006-01-02T15:04:05.000Z"

// contextPaths are the paths into the context object that a state may use.
// https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
var contextPaths = []string{
	"$$.Execution.Id", "$$.Execution.Input", "$$.Execution.Name", "$$.Execution.StartTime",
	"$$.State.EnteredTime", "$$.State.Name", "$$.State.RetryCount",
}

const tokenPath = "$$.Task.Token" //nolint:gosec // a path, no token

// context is the context object.
func (v visit) context() (json.RawMessage, error) {
	return encode(map[string]any{
		"Execution": map[string]any{
			"Id":        v.execution.ID,
			"Input":     v.execution.Input,
			"Name":      v.execution.Name,
			"StartTime": v.execution.StartTime.UTC().Format(timeLayout),
		},
		"State": map[string]any{
			"EnteredTime": v.entered.UTC().Format(timeLayout),
			"Name":        v.state,
			"RetryCount":  v.retryCount,
		},
		"Task": map[string]any{"Token": v.token},
	})
}

// expression is the value of a field whose name ends in ".$" or "Path": a path, or States.JsonToString of one.
type expression struct {
	path      []string
	inContext bool
	asString  bool
}

var pathSyntax = regexp.MustCompile(`^\$\$?(\.[A-Za-z_][A-Za-z0-9_]*)*$`)

// parseExpression reads text. Its paths into the context object must be among allowed.
func parseExpression(text string, allowed []string) (expression, error) {
	path, isCall := strings.CutPrefix(text, "States.JsonToString(")
	if isCall {
		path = strings.TrimSuffix(path, ")")
	}
	if !pathSyntax.MatchString(path) || isCall && !strings.HasSuffix(text, ")") {
		return expression{}, fmt.Errorf("%q is neither a known path nor a known function", text)
	}
	inContext := strings.HasPrefix(path, "$$")
	if inContext && !slices.Contains(allowed, path) && !strings.HasPrefix(path, "$$.Execution.Input.") {
		return expression{}, fmt.Errorf("%q is not in the context object of this state", path)
	}
	return expression{path: strings.Split(path, ".")[1:], inContext: inContext, asString: isCall}, nil
}

// find returns the value of the path, and whether there is one.
func (e expression) find(v visit, data json.RawMessage) (json.RawMessage, bool, error) {
	value := data
	if e.inContext {
		var err error
		if value, err = v.context(); err != nil {
			return nil, false, err
		}
	}
	for _, name := range e.path {
		var object map[string]json.RawMessage
		if json.Unmarshal(value, &object) != nil {
			return nil, false, nil //nolint:nilerr // no object, and so no member
		}
		member, ok := object[name]
		if !ok {
			return nil, false, nil
		}
		value = member
	}
	if !e.asString {
		return value, true, nil
	}
	text, err := encode(string(value))
	return text, true, err
}

// eval is find for a value that must be there.
func (e expression) eval(v visit, data json.RawMessage) (json.RawMessage, error) {
	value, ok, err := e.find(v, data)
	if err == nil && !ok {
		err = fmt.Errorf("the path %s is not in the data", strings.Join(append([]string{"$"}, e.path...), "."))
	}
	if err != nil {
		return nil, runtimeError(v.state, err)
	}
	return value, nil
}

// encode is json.Marshal without its escapes for HTML, which would count against the data limit.
func encode(value any) (json.RawMessage, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, fmt.Errorf("encode data: %w", err)
	}
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), nil
}
