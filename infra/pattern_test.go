package infra

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// comparison is all that the workflow's filter patterns are made from, beside && and || of them, in brackets or not: a
// field, an operator, and a number or a string, which for = may end in a wildcard.
var comparison = regexp.MustCompile(`^\$\.([\w.]+) (=|!=|<|>=) ("[^"*]*"|"[^"*]*\*"|\d+)$`)

// matches tells whether a filter pattern matches a line of JSON as CloudWatch Logs does: && goes before ||, and a field
// that is not there, or of another type, matches nothing.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-json-log-events.html
func matches(t *testing.T, pattern, line string) bool {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal([]byte(line), &fields); err != nil {
		t.Fatalf("line %s: %v", line, err)
	}
	match := false
	for alternative := range strings.SplitSeq(strings.TrimSuffix(strings.TrimPrefix(pattern, "{ "), " }"), " || ") {
		all := true
		if inner, ok := strings.CutPrefix(alternative, "("); ok {
			alternative = strings.TrimSuffix(inner, ")")
		}
		for condition := range strings.SplitSeq(alternative, " && ") {
			parts := comparison.FindStringSubmatch(condition)
			if parts == nil || !strings.HasPrefix(pattern, "{ ") || !strings.HasSuffix(pattern, " }") {
				t.Fatalf("pattern %s: this test does not understand %q", pattern, condition)
			}
			all = holds(field(fields, parts[1]), parts[2], parts[3]) && all
		}
		match = match || all
	}
	return match
}

// field is a value by its path, such as details.name.
func field(object map[string]any, path string) any {
	first, rest, nested := strings.Cut(path, ".")
	if !nested {
		return object[first]
	}
	inner, _ := object[first].(map[string]any)
	return field(inner, rest)
}

func holds(value any, operator, literal string) bool {
	switch value := value.(type) {
	case string:
		if start, ok := strings.CutSuffix(literal, `*"`); ok {
			return operator == "=" && strings.HasPrefix(value, start[1:])
		}
		return operator == "=" && strconv.Quote(value) == literal ||
			operator == "!=" && strings.HasPrefix(literal, `"`) && strconv.Quote(value) != literal
	case float64:
		number, err := strconv.ParseFloat(literal, 64)
		return err == nil && (operator == "=" && value == number || operator == "!=" && value != number ||
			operator == "<" && value < number || operator == ">=" && value >= number)
	}
	return false
}

func TestMatches(t *testing.T) {
	const line = `{"outcome": "approved", "status": 200, "details": {"name": "Expired"}, "age": "29"}`
	tests := map[string]bool{
		`{ $.outcome = "approved" }`:                             true,
		`{ $.outcome = "approve" }`:                              false,
		`{ $.outcome != "approved" }`:                            false,
		`{ $.outcome != "rejected" }`:                            true,
		`{ $.status = 200 }`:                                     true,
		`{ $.status != 200 }`:                                    false,
		`{ $.status >= 200 }`:                                    true,
		`{ $.status < 200 }`:                                     false,
		`{ $.details.name = "Expired" }`:                         true,
		`{ $.details = "Expired" }`:                              false, // an object
		`{ $.outcome.name = "approved" }`:                        false, // no object
		`{ $.age < 30 }`:                                         false, // a string
		`{ $.status = "200" }`:                                   false, // a number
		`{ $.missing != "x" }`:                                   false,
		`{ $.missing < 30 }`:                                     false,
		`{ $.outcome = "app*" }`:                                 true,
		`{ $.outcome = "rej*" }`:                                 false,
		`{ ($.status = 1 && $.status = 200) || ($.age = "2*") }`: true,
		`{ $.status = 1 || $.status = 200 }`:                     true,
		`{ $.status = 200 && $.status = 1 }`:                     false,
		`{ $.status = 1 && $.status = 1 || $.status = 200 }`:     true,
		`{ $.status = 200 || $.status = 200 && $.status = 1 }`:   true,
		`{ $.status = 1 || $.status = 200 && $.status = 1 }`:     false,
	}
	for pattern, want := range tests {
		if got := matches(t, pattern, line); got != want {
			t.Errorf("%s: %t, want %t", pattern, got, want)
		}
	}
}
