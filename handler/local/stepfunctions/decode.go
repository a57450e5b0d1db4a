package stepfunctions

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"unicode/utf8"
)

// surrogates matches an escaped backslash, an escaped pair of surrogates, or an escaped surrogate without its other half. The
// last is its group.
var surrogates = regexp.MustCompile(`\\\\|\\u[dD][89abAB]..\\u[dD][c-fC-F]..|(\\u[dD][89a-fA-F]..)`)

// checkText returns an error unless text is one JSON value of Unicode characters. encoding/json would put U+FFFD in place of
// anything else, so that an execution would get another input than its requester sent.
func checkText(text []byte) error {
	if !json.Valid(text) {
		return errors.New("it is not one JSON value")
	}
	if !utf8.Valid(text) {
		return errors.New("it is not UTF-8")
	}
	for _, match := range surrogates.FindAllSubmatchIndex(text, -1) {
		if start, end := match[2], match[3]; start >= 0 {
			return fmt.Errorf("%s is half a character", text[start:end])
		}
	}
	return nil
}

// decode reads the body of a request into a struct. Its members have the names of the struct's fields with a small first
// letter. It refuses other members, also those that differ only in case, which encoding/json accepts.
func decode(body []byte, in any) error {
	if err := checkText(body); err != nil {
		return err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		return err
	}
	for name := range members {
		if !hasMember(reflect.TypeOf(in).Elem(), name) {
			return fmt.Errorf("unknown member %q", name)
		}
	}
	return json.Unmarshal(body, in)
}

func hasMember(known reflect.Type, name string) bool {
	for _, field := range reflect.VisibleFields(known) {
		if name == strings.ToLower(field.Name[:1])+field.Name[1:] {
			return true
		}
	}
	return false
}
