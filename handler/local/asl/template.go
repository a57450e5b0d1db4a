package asl

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// template is the Parameters field: a JSON value in which each field whose name ends in ".$" is an expression.
type template struct {
	literal json.RawMessage // of a value without expressions
	members []member        // of an object
}

type member struct {
	name       string
	expression *expression // of a name that ended in ".$"
	template   template
}

// parseTemplate reads text, a valid JSON value. Paths into the context object must be among allowed.
func parseTemplate(path string, text json.RawMessage, allowed []string) (template, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	switch opening, _ := decoder.Token(); opening {
	case json.Delim('['):
		return template{}, fmt.Errorf("%s: arrays are unknown here", path)
	case json.Delim('{'):
	default:
		return template{literal: text}, nil
	}
	parsed := template{members: []member{}}
	for decoder.More() {
		token, _ := decoder.Token()
		var value json.RawMessage
		_ = decoder.Decode(&value) // the definition was decoded before
		m, err := parseMember(path, token.(string), value, allowed)
		if err != nil {
			return template{}, err
		}
		parsed.members = append(parsed.members, m)
	}
	return parsed, nil
}

func parseMember(path, key string, value json.RawMessage, allowed []string) (member, error) {
	path += "." + key
	name, isExpression := strings.CutSuffix(key, ".$")
	if !isExpression {
		nested, err := parseTemplate(path, value, allowed)
		return member{name: name, template: nested}, err
	}
	var text string
	if err := json.Unmarshal(value, &text); err != nil {
		return member{}, fmt.Errorf("%s: not a string", path)
	}
	parsed, err := parseExpression(text, allowed)
	if err != nil {
		return member{}, fmt.Errorf("%s: %w", path, err)
	}
	return member{name: name, expression: &parsed}, nil
}

// render returns the value with each expression's value in its place, as it stands in the data.
func (t template) render(v visit, data json.RawMessage) (json.RawMessage, error) {
	if t.members == nil {
		return t.literal, nil
	}
	text := bytes.NewBufferString("{")
	for i, m := range t.members {
		var value json.RawMessage
		var err error
		if m.expression != nil {
			value, err = m.expression.eval(v, data)
		} else {
			value, err = m.template.render(v, data)
		}
		if err != nil {
			return nil, err
		}
		name, err := encode(m.name)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			text.WriteByte(',')
		}
		text.Write(name)
		text.WriteByte(':')
		text.Write(value)
	}
	text.WriteByte('}')
	return text.Bytes(), nil
}
