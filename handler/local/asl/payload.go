package asl

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// template is the value of a field such as Parameters: a JSON value in which each field whose name ends in ".$" is an
// expression.
type template struct {
	literal json.RawMessage // of a value that is not an object; the only array is the empty one
	members []member        // of an object
}

type member struct {
	name       string
	expression expression // nil unless the name ended in ".$"
	template   template
}

// parseTemplate reads text, a valid JSON value. A path into the context object must be one of allowed.
func parseTemplate(field string, text json.RawMessage, allowed []string) (template, error) {
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

// parseObject is parseTemplate for a field that must be an object.
func parseObject(field string, text json.RawMessage, allowed []string) (template, error) {
	parsed, err := parseTemplate(field, text, allowed)
	if err == nil && parsed.members == nil {
		err = fmt.Errorf("%s: not an object", field)
	}
	return parsed, err
}

func parseMember(field, key string, value json.RawMessage, allowed []string) (member, error) {
	field += "." + key
	name, isExpression := strings.CutSuffix(key, ".$")
	if !isExpression {
		nested, err := parseTemplate(field, value, allowed)
		return member{name: name, template: nested}, err
	}
	var text *string // stays nil for null
	err := json.Unmarshal(value, &text)
	if err != nil || text == nil {
		return member{}, fmt.Errorf("%s: not a string", field)
	}
	parsed, err := parseExpression(*text, allowed)
	if err != nil {
		return member{}, fmt.Errorf("%s: %w", field, err)
	}
	return member{name: name, expression: parsed}, nil
}

// render returns the value of the template for the data of a state.
func (t template) render(v visit, data json.RawMessage) (json.RawMessage, error) {
	if t.members == nil {
		return t.literal, nil
	}
	text := bytes.NewBufferString("{")
	for i, m := range t.members {
		value, err := m.render(v, data)
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

func (m member) render(v visit, data json.RawMessage) (json.RawMessage, error) {
	if m.expression != nil {
		return m.expression(v, data)
	}
	return m.template.render(v, data)
}

// renderPayload is render for what a state sends to a service.
func (t template) renderPayload(v visit, data json.RawMessage) (json.RawMessage, error) {
	payload, err := t.render(v, data)
	if err != nil {
		return nil, err
	}
	return payload, limit(v.state, payload)
}
