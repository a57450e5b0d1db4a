package approval

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLexemes(t *testing.T) {
	tests := []struct {
		text string
		want []string
	}{
		{"", nil},
		{" \t\r\n", nil},
		{`{"a\"}" :[-1.5e400,true] }`, []string{"{", `"a\"}"`, ":", "[", "-1.5e400", ",", "true", "]", "}"}},
		{`"a\\""b"`, []string{`"a\\"`, `"b"`}},
		{`"not closed`, []string{`"not closed`}},
		{`"\`, []string{`"\`}},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, slices.Collect(lexemes(test.text))); diff != "" {
			t.Errorf("lexemes of %s (-want +got):\n%s", test.text, diff)
		}
	}
}

func TestMembers(t *testing.T) {
	tests := []struct {
		text string
		want []string // key and value in turn
	}{
		{`{"a": "b", "c": {"d": 1}, "e": ["f", {"g": 2}], "\u0068": null}`, []string{"a", `"b"`, "c", "{", "e", "[", "h", "null"}},
		{`{"a": 1, "a": ":", ":": 2}`, []string{"a", "1", "a", `":"`, ":", "2"}},
		{`{}`, nil},
		{`["a", {"b": 1}]`, nil},
		{`"a"`, nil},
	}
	for _, test := range tests {
		var got []string
		for key, value := range members(test.text) {
			got = append(got, key, value)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("members of %s (-want +got):\n%s", test.text, diff)
		}
	}
}

func TestDepth(t *testing.T) {
	tests := map[string]int{`1`: 0, `{}`: 1, `[[],[]]`: 2, `{"a":[{"b":1}],"c":{}}`: 3, `"[[["`: 0, `[1e400,[[]]]`: 3}
	for input, want := range tests {
		if got := depth(input); got != want {
			t.Errorf("depth(%s) = %d, want %d", input, got, want)
		}
	}
}
