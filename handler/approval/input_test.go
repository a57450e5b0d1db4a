package approval

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFormatInput(t *testing.T) {
	tests := []struct{ input, want string }{
		{`null`, "null"},
		{` 1e400 `, "1e400"},
		{`"a: [b], {c}\"\\"`, `"a: [b], {c}\"\\"`},
		{`{}`, "{}"},
		{`[ ]`, "[]"},
		{`[{}, []]`, "[\n  {},\n  []\n]"},
		{`{"b" : 1.50,"a":{"c":[true,false]}}`, "{\n  \"b\": 1.50,\n  \"a\": {\n    \"c\": [\n      true,\n      false\n    ]\n  }\n}"},
		{"\"a\u2028b\x7f\U000e0041\"", `"a\u2028b\u007f\udb40\udc41"`},
	}
	for _, test := range tests {
		if got := formatInput(json.RawMessage(test.input), maxBody); got != test.want+"\n" {
			t.Errorf("formatInput(%s) =\n%s\nwant\n%s", test.input, got, test.want)
		}
	}
}

// nested returns an array in an array, and so on, so many levels deep, around a value.
func nested(levels int, value string) string {
	return strings.Repeat("[", levels) + value + strings.Repeat("]", levels)
}

// TestFormatInputDeep checks that deep nesting does not take the room of the text, whatever else the input contains.
func TestFormatInputDeep(t *testing.T) {
	const levels = 3000
	lines := strings.Split(formatInput(json.RawMessage(`[1e400,`+nested(levels, `"innermost"`)+`]`), maxBody), "\n")
	if got, want := lines[levels+2], strings.Repeat("  ", maxIndent)+`"innermost"`; got != want {
		t.Errorf("the innermost line is %q, want %q", got, want)
	}
	if got, want := lines[maxIndent-1], strings.Repeat("  ", maxIndent-2)+"["; got != want {
		t.Errorf("line %d is %q, want %q", maxIndent, got, want)
	}
	if got, want := len(lines), 2*levels+5; got != want {
		t.Errorf("%d lines, want %d", got, want)
	}
}

func TestFormatInputStopsAtTheLimit(t *testing.T) {
	for _, input := range []string{nested(100, ""), `["` + strings.Repeat("é", 100) + `"]`, `"` + strings.Repeat("\x7f", 100) + `"`} {
		whole := formatInput(json.RawMessage(input), maxBody)
		for limit := range len(whole) {
			if got, want := formatInput(json.RawMessage(input), limit), cut(whole, limit); got != want {
				t.Fatalf("formatInput(%s, %d) = %q, want %q", input, limit, got, want)
			}
		}
	}
}

func TestComposeCutsLongInput(t *testing.T) {
	bodyWith := func(characters int) string {
		return Compose(RequestWith(`"`+strings.Repeat("é", characters)+`"`), false, TestStart).Body
	}
	overhead := len(bodyWith(1000)) - 2*1000
	fits := (maxBody - overhead) / 2

	body := bodyWith(fits)
	if strings.Contains(body, cutInput) || maxBody-len(body) > 1 {
		t.Errorf("the longest input gives %d bytes, cut: %t", len(body), strings.Contains(body, cutInput))
	}
	body = bodyWith(fits + 1)
	if !strings.HasSuffix(body, "é\n"+cutInput+"\n") || !utf8.ValidString(body) || len(body) > maxBody {
		t.Errorf("a longer input gives %d bytes that end in %q", len(body), body[len(body)-200:])
	}
}
