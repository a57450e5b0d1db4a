package approval

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzFormatInput checks that a formatted input is the same JSON as the input if it was not cut, and never longer than the
// limit.
func FuzzFormatInput(f *testing.F) {
	for _, input := range []string{
		`{"subject":"Release 1.4.2","list":[1,2.50,-1e400,true,null,{}],"a":[]}`, `[1e400,` + nested(200, "") + `]`, `"`, `{"a"`,
		"\"a\x7f\u2028\u202e\U000e0041\uffff\xff\\ud800\"", `{"a":1,"a":2,"\u0061":"\"\\"}`, `]]`, `[,]`,
	} {
		f.Add(input, uint16(100))
		f.Add(input, uint16(60_000))
	}
	f.Fuzz(func(t *testing.T, input string, limit uint16) {
		text := formatInput(json.RawMessage(input), int(limit))
		whole := formatInput(json.RawMessage(input), math.MaxInt)
		if len(text) > int(limit) || text != cut(whole, int(limit)) {
			t.Errorf("the text has %d bytes, want the first %d of\n%s\nbut it is\n%s", len(text), limit, whole, text)
		}
		if !json.Valid([]byte(input)) {
			return
		}
		if !reflect.DeepEqual(decoded(t, input), decoded(t, whole)) { // go-cmp is too slow for deep values
			t.Errorf("the text has another value:\n%s", whole)
		}
	})
}

// decoded returns the value of a JSON text with the digits of its numbers.
func decoded(t *testing.T, text string) any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%q is not JSON: %v", text, err)
	}
	return value
}

// FuzzParseDetails checks the details against package json, which decides what an object's keys and strings are.
func FuzzParseDetails(f *testing.F) {
	for _, input := range []string{
		`{"subject":"a","message":" b\n","review":"https://c.example/d","requester":"e@example.com"}`, `["subject"]`, `null`,
		`{"subject":1,"subject":"\u0061","Message":"x","\u006dessage":"y"}`, `{"subject":"a","subject":null}`,
		`{"a":{"subject":"b"},"message":["c"]}`,
	} {
		f.Add(input)
	}
	f.Fuzz(func(t *testing.T, input string) {
		got, err := parseDetails(json.RawMessage(input))
		if !json.Valid([]byte(input)) || !utf8.ValidString(input) {
			return
		}
		var object map[string]json.RawMessage
		_ = json.Unmarshal([]byte(input), &object)
		for key, field := range map[string]string{"subject": got.subject, "message": got.message} {
			var want *string
			value, found := object[key]
			wrong := found && (json.Unmarshal(value, &want) != nil || want == nil)
			if wrong != strings.Contains(MessageOf(err), key+" must be a string") {
				t.Errorf("input %s: error = %v, %s is wrong: %t", input, err, key, wrong)
			}
			if want != nil && strings.TrimSpace(*want) != field {
				t.Errorf("input %s: %s = %q, want %q", input, key, field, *want)
			}
		}
	})
}
