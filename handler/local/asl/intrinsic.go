package asl

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// conversion is a call of States.JsonToString or States.StringToJson.
// https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
type conversion struct {
	text     string
	convert  func(json.RawMessage) (json.RawMessage, error)
	argument path
}

func (c conversion) value(v visit, data json.RawMessage) (json.RawMessage, error) {
	value, err := c.argument.value(v, data)
	if err != nil {
		return nil, err
	}
	if value, err = c.convert(value); err != nil {
		return nil, intrinsicFailure(v.state, c.text, err)
	}
	return value, nil
}

func jsonToString(value json.RawMessage) (json.RawMessage, error) { return encode(string(value)) }

// stringToJSON parses the JSON text in a string. AWS parses an empty text as null.
func stringToJSON(value json.RawMessage) (json.RawMessage, error) {
	var text *string // stays nil for null
	if json.Unmarshal(value, &text) != nil || text == nil {
		return nil, errors.New("the argument is not a string")
	}
	if strings.TrimSpace(*text) == "" {
		return json.RawMessage("null"), nil
	}
	var parsed bytes.Buffer
	if json.Compact(&parsed, []byte(*text)) != nil {
		return nil, errors.New("the argument is not JSON")
	}
	return parsed.Bytes(), nil
}

// format is a call of States.Format. Its arguments go between the parts of its text.
type format struct {
	text      string
	parts     []string
	arguments []path
}

func (f format) value(v visit, data json.RawMessage) (json.RawMessage, error) {
	result := f.parts[0]
	for i, argument := range f.arguments {
		value, err := argument.value(v, data)
		if err != nil {
			return nil, err
		}
		inserted, err := plainText(value)
		if err != nil {
			return nil, intrinsicFailure(v.state, f.text, err)
		}
		result += inserted + f.parts[i+1]
	}
	return encode(result)
}

// plainText returns value as States.Format inserts it. AWS inserts objects and arrays too, in a format that this
// interpreter does not know.
func plainText(value json.RawMessage) (string, error) {
	value = bytes.TrimSpace(value)
	switch value[0] {
	case '{', '[':
		return "", errors.New("objects and arrays are unknown here")
	case '"':
		var text string
		err := json.Unmarshal(value, &text)
		return text, err
	}
	return string(value), nil
}

func intrinsicFailure(state, call string, err error) error {
	return &Error{Name: errIntrinsicFailure, Cause: fmt.Sprintf(
		"An error occurred while executing the state '%s'. The function '%s' had the following error: %s", state, call, err)}
}
