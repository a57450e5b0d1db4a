package asl

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// template is the value of a field such as Parameters: a JSON value in which each field whose name ends in ".$" is an
// expression.
type template struct {
	literal    json.RawMessage // of a value that is not an object; the only array is the empty one
	members    []member        // of an object
	expression *expression     // of a field whose name ended in ".$"
}

type member struct {
	name  string
	value template
}

// parseTemplate reads text, a valid JSON value. A path into the context object must be one of allowed.
func parseTemplate(field string, text json.RawMessage, allowed contextPaths) (template, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	switch opening, _ := decoder.Token(); opening {
	case json.Delim('['):
		if decoder.More() {
			return template{}, fmt.Errorf("%s: only an empty array is known here", field)
		}
		return template{literal: json.RawMessage(`[]`)}, nil // without the white space of text
	case json.Delim('{'):
	default:
		return template{literal: text}, nil
	}
	parsed := template{members: []member{}}
	for decoder.More() {
		token, _ := decoder.Token()
		var value json.RawMessage
		_ = decoder.Decode(&value) // text is valid
		m, err := parseMember(field, token.(string), value, allowed)
		if err != nil {
			return template{}, err
		}
		if slices.ContainsFunc(parsed.members, func(other member) bool { return other.name == m.name }) {
			return template{}, fmt.Errorf("%s: field %q appears twice", field, m.name)
		}
		parsed.members = append(parsed.members, m)
	}
	return parsed, nil
}

func parseMember(field, key string, value json.RawMessage, allowed contextPaths) (member, error) {
	field += "." + key
	name, isExpression := strings.CutSuffix(key, ".$")
	if !isExpression {
		nested, err := parseTemplate(field, value, allowed)
		return member{name, nested}, err
	}
	var text *string // stays nil for null
	if json.Unmarshal(value, &text) != nil || text == nil {
		return member{}, fmt.Errorf("%s: not a string", field)
	}
	parsed, err := parseExpression(*text, allowed)
	if err != nil {
		return member{}, fmt.Errorf("%s: %w", field, err)
	}
	return member{name, template{expression: &parsed}}, nil
}

// render returns the value of the template for the data of a state. It refuses a value that is too large to pass on.
func (t template) render(v visit, data json.RawMessage) (json.RawMessage, error) {
	var text bytes.Buffer
	if err := t.write(&text, v, data); err != nil {
		return nil, err
	}
	return text.Bytes(), limit(v.state, text.Bytes())
}

func (t template) write(text *bytes.Buffer, v visit, data json.RawMessage) error {
	switch {
	case t.expression != nil:
		value, err := t.expression.value(v, data)
		text.Write(value)
		return err
	case t.members == nil:
		text.Write(t.literal)
		return nil
	}
	text.WriteByte('{')
	for i, m := range t.members {
		if i > 0 {
			text.WriteByte(',')
		}
		text.Write(encode(m.name))
		text.WriteByte(':')
		if err := m.value.write(text, v, data); err != nil {
			return err
		}
	}
	text.WriteByte('}')
	return nil
}

// contextPaths are the paths into the context object that a field may use, with their values.
// https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
type contextPaths map[string]func(v visit) json.RawMessage

// inState are the paths of every state.
var inState = contextPaths{
	"$$.Execution.Id":        func(v visit) json.RawMessage { return encode(v.execution.ID) },
	"$$.Execution.Input":     func(v visit) json.RawMessage { return v.execution.Input },
	"$$.Execution.Name":      func(v visit) json.RawMessage { return encode(v.execution.Name) },
	"$$.Execution.StartTime": func(v visit) json.RawMessage { return encodeTime(v.execution.StartTime) },
	"$$.State.EnteredTime":   func(v visit) json.RawMessage { return encodeTime(v.entered) },
}

// inTask are the further paths of the payload of a task.
var inTask = contextPaths{
	"$$.State.RetryCount": func(v visit) json.RawMessage { return encode(v.retryCount) },
	"$$.Task.Token":       func(v visit) json.RawMessage { return encode(v.token) },
}

// expression is a path to a value in the data of a state ($) or in the context object ($$), a call of States.JsonToString with
// such a path, a call of States.MathRandom from 0 to a number, which it does not return, or the call of States.MathAdd that returns 0.
type expression struct {
	path     string
	context  func(v visit) json.RawMessage // nil for a path into the data
	toString bool
}

var (
	pathSyntax   = regexp.MustCompile(`^\$(\.[A-Za-z_][A-Za-z0-9_]*)*$`)
	callSyntax   = regexp.MustCompile(`^States\.JsonToString\((\$[^()]*)\)$`)
	randomSyntax = regexp.MustCompile(`^States\.MathRandom\(0, ([1-9]\d{0,8})\)$`)
)

// parseExpression reads a path or a call.
func parseExpression(text string, allowed contextPaths) (expression, error) {
	if call := callSyntax.FindStringSubmatch(text); call != nil {
		parsed, err := parsePath(call[1], allowed)
		parsed.toString = true
		return parsed, err
	}
	if text == "States.MathAdd(0, 0)" {
		return expression{path: text, context: func(visit) json.RawMessage { return encode(0) }}, nil
	}
	if call := randomSyntax.FindStringSubmatch(text); call != nil {
		end, _ := strconv.Atoi(call[1])                                         // digits
		random := func(visit) json.RawMessage { return encode(rand.IntN(end)) } //nolint:gosec // spreads e-mails, guards nothing
		return expression{path: text, context: random}, nil
	}
	return parsePath(text, allowed)
}

func parsePath(text string, allowed contextPaths) (expression, error) {
	context := allowed[text]
	if strings.HasPrefix(text, "$$") && context == nil {
		return expression{}, fmt.Errorf("%q is not in the context object of this field", text)
	}
	if context == nil && !pathSyntax.MatchString(text) {
		return expression{}, fmt.Errorf("%q is not a known path or function", text)
	}
	return expression{path: text, context: context}, nil
}

// value returns the value of the expression. A missing value fails the execution.
func (e expression) value(v visit, data json.RawMessage) (json.RawMessage, error) {
	value, found := e.find(v, data)
	if !found {
		return nil, e.missing(v)
	}
	if e.toString {
		var compact bytes.Buffer // the output of a task has any layout
		_ = json.Compact(&compact, value)
		return encode(compact.String()), nil
	}
	return value, nil
}

// find returns the value that the path leads to, and whether there is one.
func (e expression) find(v visit, data json.RawMessage) (value json.RawMessage, found bool) {
	if e.context != nil {
		return e.context(v), true
	}
	for _, name := range strings.Split(e.path, ".")[1:] {
		var object map[string]json.RawMessage
		if json.Unmarshal(data, &object) != nil {
			return nil, false // only an object has members
		}
		if data, found = object[name]; !found {
			return nil, false
		}
	}
	return data, true
}

func (e expression) missing(v visit) error {
	return runtimeError(v.state, fmt.Sprintf("The path %s is not in the data.", e.path))
}

// encode is json.Marshal without the escapes for HTML, which would count towards the data limit.
func encode(value any) json.RawMessage {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(value) // texts and numbers always encode
	return bytes.TrimSuffix(text.Bytes(), []byte("\n"))
}

func encodeTime(t time.Time) json.RawMessage {
	return encode(t.UTC().Format("2006-01-02T15:04:05.000Z"))
}
