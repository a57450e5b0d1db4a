package asl

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// expression computes the value of a field whose name ends in ".$" or "Path".
type expression func(v visit, data json.RawMessage) (json.RawMessage, error)

var (
	conversionSyntax = regexp.MustCompile(`^States\.(JsonToString|StringToJson)\(([^()]*)\)$`)
	formatSyntax     = regexp.MustCompile(`^States\.Format\('([^'\\]*)'((?:, *[^,'() ]+)*)\)$`)
)

// parseExpression reads a path or a call of an intrinsic function. A path into the context object must be one of allowed.
func parseExpression(text string, allowed []string) (expression, error) {
	if call := conversionSyntax.FindStringSubmatch(text); call != nil {
		convert := jsonToString
		if call[1] == "StringToJson" {
			convert = stringToJSON
		}
		argument, err := parsePath(call[2], allowed)
		return conversion{text, convert, argument}.value, err
	}
	if call := formatSyntax.FindStringSubmatch(text); call != nil {
		parsed, err := parseFormat(text, call[1], call[2], allowed)
		return parsed.value, err
	}
	if strings.HasPrefix(text, "$") {
		argument, err := parsePath(text, allowed)
		return argument.value, err
	}
	return nil, fmt.Errorf("%q is not a known path or function", text)
}

// parseFormat reads the literal and the list of arguments of a call of States.Format.
func parseFormat(text, literal, list string, allowed []string) (format, error) {
	parsed := format{text: text, parts: strings.Split(literal, "{}")}
	if strings.ContainsAny(strings.Join(parsed.parts, ""), "{}") {
		return format{}, fmt.Errorf("%q has a brace that is not part of {}", text)
	}
	for _, argument := range strings.Split(list, ",")[1:] {
		p, err := parsePath(strings.TrimSpace(argument), allowed)
		if err != nil {
			return format{}, err
		}
		parsed.arguments = append(parsed.arguments, p)
	}
	if got, want := len(parsed.arguments), len(parsed.parts)-1; got != want {
		return format{}, fmt.Errorf("%q has %d arguments after its text, want %d", text, got, want)
	}
	return parsed, nil
}
