package asl

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
)

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

// check compares the JSON value text with the type of its field.
func check(path string, text json.RawMessage, known reflect.Type) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	opening, _ := decoder.Token() // decode has checked that text is valid
	switch opening {
	case json.Delim('{'):
		return checkObject(path, decoder, known)
	case json.Delim('['):
		return checkArray(path, decoder, elementType(known))
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
			return fmt.Errorf("%s: field %q appears twice", path, name)
		}
		seen[name] = true
		member, ok := memberType(known, name)
		if !ok {
			return fmt.Errorf("%s: unknown field %q", path, name)
		}
		var value json.RawMessage
		_ = decoder.Decode(&value)
		if err := check(path+"."+name, value, member); err != nil {
			return err
		}
	}
	return nil
}

func checkArray(path string, decoder *json.Decoder, element reflect.Type) error {
	for i := 0; decoder.More(); i++ {
		var value json.RawMessage
		_ = decoder.Decode(&value)
		if err := check(fmt.Sprintf("%s[%d]", path, i), value, element); err != nil {
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
