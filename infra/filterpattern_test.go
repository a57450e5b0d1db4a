package infra

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// comparison matches a comparison of a field with a string or a number.
var comparison = regexp.MustCompile(`^\$\.(\w+) (?:(=|!=) "([^"]*)"|(=|<|>=) (\d+))$`)

// matches reports whether a filter pattern of CloudWatch Logs matches line, a JSON object. It knows only what the patterns
// of metrics need: { COMPARISON && COMPARISON || COMPARISON }, in which && binds more tightly. A field that is missing or
// has another type meets no comparison.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-json-log-events.html
func matches(t *testing.T, pattern, line string) bool {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal([]byte(line), &fields); err != nil {
		t.Fatalf("line %q: %v", line, err)
	}
	condition, opened := strings.CutPrefix(pattern, "{ ")
	condition, closed := strings.CutSuffix(condition, " }")
	if !opened || !closed {
		t.Fatalf("pattern %s does not have the form { CONDITION }", pattern)
	}
	matched := false
	for alternative := range strings.SplitSeq(condition, " || ") {
		all := true
		for text := range strings.SplitSeq(alternative, " && ") {
			parts := comparison.FindStringSubmatch(text)
			if parts == nil {
				t.Fatalf("pattern %s: this test does not know the comparison %q", pattern, text)
			}
			all = compare(fields[parts[1]], parts[2:]) && all
		}
		matched = matched || all
	}
	return matched
}

// compare compares a value as the submatches of comparison after the field say.
func compare(value any, parts []string) bool {
	if text, ok := value.(string); ok && parts[0] == "=" && parts[1] == "*" {
		return text != "" // a wildcard
	}
	if text, ok := value.(string); ok && parts[0] != "" {
		return (text == parts[1]) == (parts[0] == "=")
	}
	number, ok := value.(float64)
	literal, err := strconv.ParseFloat(parts[3], 64)
	if !ok || err != nil {
		return false
	}
	return parts[2] == "=" && number == literal || parts[2] == "<" && number < literal || parts[2] == ">=" && number >= literal
}

func TestMatches(t *testing.T) {
	const line = `{"outcome": "approved", "status": 200, "age": "29"}`
	for pattern, want := range map[string]bool{
		`{ $.outcome = "approved" }`:                         true,
		`{ $.outcome = "approve" }`:                          false,
		`{ $.outcome != "approved" }`:                        false,
		`{ $.outcome != "rejected" }`:                        true,
		`{ $.outcome = "*" }`:                                true,
		`{ $.missing = "*" }`:                                false,
		`{ $.status = "*" }`:                                 false, // a number
		`{ $.status = 200 }`:                                 true,
		`{ $.status >= 200 }`:                                true,
		`{ $.status >= 201 }`:                                false,
		`{ $.status < 200 }`:                                 false,
		`{ $.age < 30 }`:                                     false, // a string
		`{ $.status != "201" }`:                              false, // a number
		`{ $.missing != "x" }`:                               false,
		`{ $.missing < 30 }`:                                 false,
		`{ $.status = 1 || $.status = 200 }`:                 true,
		`{ $.status = 200 && $.status = 1 }`:                 false,
		`{ $.status = 200 || $.status = 1 && $.status = 1 }`: true,
	} {
		if got := matches(t, pattern, line); got != want {
			t.Errorf("%s matches = %t, want %t", pattern, got, want)
		}
	}
}
