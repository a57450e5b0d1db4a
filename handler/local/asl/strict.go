package asl

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
)

// decode reads text into target, a pointer to a struct. Unlike encoding/json it refuses fields that the struct does not
// have in this very spelling, fields that stand twice, and null where it has a meaning of its own.
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

// check compares the JSON value text with the type that it is meant for.
func check(path string, text json.RawMessage, known reflect.Type) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	opening, _ := decoder.Token() // decode has seen that text is valid
	switch opening {
	case json.Delim('{'):
		return checkObject(path, decoder, known)
	case json.Delim('['):
		for i := 0; decoder.More(); i++ {
			var element json.RawMessage
			_ = decoder.Decode(&element)
			if err := check(fmt.Sprintf("%s[%d]", path, i), element, elementType(known)); err != nil {
				return err
			}
		}
	case nil:
		if known != freeForm {
			return fmt.Errorf("%s: null", path)
		}
	}
	return nil
}

func checkObject(path string, decoder *json.Decoder, known reflect.Type) error {
	seen := map[string]bool{}
	for decoder.More() {
		token, _ := decoder.Token()
		name, _ := token.(string)
		if seen[name] {
			return fmt.Errorf("%s: field %q stands twice", path, name)
		}
		seen[name] = true
		member := elementType(known)
		if known.Kind() == reflect.Struct {
			field, ok := known.FieldByName(name)
			if !ok || !field.IsExported() {
				return fmt.Errorf("%s: unknown field %q", path, name)
			}
			member = field.Type
		}
		var value json.RawMessage
		_ = decoder.Decode(&value)
		if err := check(path+"."+name, value, member); err != nil {
			return err
		}
	}
	return nil
}

// freeForm is the type of values that hold whatever the author likes.
var freeForm = reflect.TypeFor[json.RawMessage]()

func elementType(known reflect.Type) reflect.Type {
	if known != freeForm && (known.Kind() == reflect.Slice || known.Kind() == reflect.Map) {
		return known.Elem()
	}
	return freeForm
}
