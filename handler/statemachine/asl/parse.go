package asl

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
)

// Functions are the Lambda functions that the tasks of a definition can invoke, by ARN.
type Functions map[string]Function

// Function is a Lambda function. The task that invokes it ignores its result and waits for an answer to the task token.
// An [*Error] fails the task with its name. Any other error fails it with States.TaskFailed.
type Function func(ctx context.Context, payload []byte) error

// Parse reads a definition. Its error names the state and the field that it refuses.
func Parse(definition string, functions Functions) (*Machine, error) {
	var document struct {
		Comment, StartAt string
		States           map[string]json.RawMessage
	}
	if err := decode("definition", []byte(definition), &document); err != nil {
		return nil, err
	}
	machine := &Machine{definition: definition, startAt: document.StartAt, states: map[string]state{}}
	for _, name := range slices.Sorted(maps.Keys(document.States)) {
		parsed, err := parseState(document.States[name], functions)
		if err != nil {
			return nil, fmt.Errorf("state %q: %w", name, err)
		}
		machine.states[name] = parsed
	}
	if err := machine.checkTransitions(); err != nil {
		return nil, err
	}
	return machine, nil
}

func parseState(text json.RawMessage, functions Functions) (state, error) {
	var kind struct{ Type string }
	if err := json.Unmarshal(text, &kind); err != nil {
		return nil, fmt.Errorf("decode Type: %w", err)
	}
	var parsed state
	switch kind.Type {
	case "Task":
		parsed = &task{}
	case "Choice":
		parsed = &choice{}
	case "Pass":
		parsed = &pass{}
	case "Wait":
		parsed = &wait{}
	case "Fail":
		parsed = &fail{}
	default:
		return nil, fmt.Errorf("unknown Type %q", kind.Type)
	}
	if err := decode("fields", text, parsed); err != nil {
		return nil, err
	}
	return parsed, parsed.prepare(functions)
}

// checkTransitions refuses a transition to a state that does not exist, and a state that no transition leads to.
func (m *Machine) checkTransitions() error {
	if _, ok := m.states[m.startAt]; !ok {
		return fmt.Errorf("definition: StartAt %q is not a state", m.startAt)
	}
	reached := map[string]bool{m.startAt: true}
	for pending := []string{m.startAt}; len(pending) > 0; pending = pending[1:] {
		for _, follow := range m.states[pending[0]].transitions() {
			if _, ok := m.states[follow.To]; !ok {
				return fmt.Errorf("state %q: the next state %q does not exist", pending[0], follow.To)
			}
			if !reached[follow.To] {
				reached[follow.To] = true
				pending = append(pending, follow.To)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.states)) {
		if !reached[name] {
			return fmt.Errorf("state %q: no transition leads to it", name)
		}
	}
	return nil
}

// decode reads text into target, a pointer to a struct. It refuses more than encoding/json does: fields that the struct
// does not have in exactly this spelling, fields that appear twice, and null, unless the field accepts any value.
func decode(path string, text json.RawMessage, target any) error {
	if !json.Valid(text) {
		return fmt.Errorf("%s: not JSON", path)
	}
	if err := check(path, text, reflect.TypeOf(target).Elem()); err != nil {
		return err
	}
	if err := json.Unmarshal(text, target); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// check compares text, a valid JSON value, with the type of its field.
func check(path string, text json.RawMessage, known reflect.Type) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	opening, _ := decoder.Token()
	if opening == nil && known != freeForm {
		return fmt.Errorf("%s: null", path)
	}
	seen := map[string]bool{}
	for i := 0; decoder.More(); i++ { // through the members of an object, or the elements of an array
		inner, innerType := fmt.Sprintf("%s[%d]", path, i), elementType(known)
		if opening == json.Delim('{') {
			token, _ := decoder.Token()
			name, _ := token.(string)
			if seen[name] {
				return fmt.Errorf("%s: field %q appears twice", path, name)
			}
			seen[name] = true
			var ok bool
			if innerType, ok = memberType(known, name); !ok {
				return fmt.Errorf("%s: unknown field %q", path, name)
			}
			inner = path + "." + name
		}
		var value json.RawMessage
		_ = decoder.Decode(&value)
		if err := check(inner, value, innerType); err != nil {
			return err
		}
	}
	return nil
}

// freeForm is the type of a field that accepts any value.
var freeForm = reflect.TypeFor[json.RawMessage]()

// memberType returns the type of an object's field, and whether the object can have this field.
func memberType(known reflect.Type, name string) (reflect.Type, bool) {
	if known.Kind() != reflect.Struct {
		return elementType(known), true
	}
	field, ok := known.FieldByName(name)
	return field.Type, ok && field.IsExported()
}

func elementType(known reflect.Type) reflect.Type {
	if known != freeForm && (known.Kind() == reflect.Slice || known.Kind() == reflect.Map) {
		return known.Elem()
	}
	return freeForm
}
