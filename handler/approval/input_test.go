package approval

import (
	"encoding/json"
	"math"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestParseDetails(t *testing.T) {
	tests := []struct {
		input string
		want  details
	}{
		{`{"subject":" Release\n1.4.2 ","message":"May\nI? ","review":" HTTPS://a.example/b?c#d ","requester":" Jo "}`,
			details{"Release\n1.4.2", "May\nI?", "HTTPS://a.example/b?c#d", "Jo", "", "", ""}},
		{`{"subject":"","message":" "}`, details{}},
		{`{"reviews":1,"groups":1,"Approval":1,"":1}`, details{}},
		// An SNS notification has a Subject and a Message.
		{`{"Subject":"x","MESSAGE":"x","Review":1,"message":"y"}`, details{message: "y", unused: "Subject (only subject is read), MESSAGE (only message is read), Review (only review is read)"}},
		{`{"group":"dba","approvals":2}`, details{group: "dba", approvals: "2"}},
		{`{"approvals":1.50,"group":"\u0064ba"}`, details{group: "dba", approvals: "1.50"}},
		{`{"subject":1,"subject":"a","subject":"b","\u006dessage":"c"}`, details{subject: "b", message: "c"}},
		{`{"other":{"subject":1,"review":"x"},"list":[{"requester":1}]}`, details{}},
		{`["subject",1]`, details{}}, {`"message"`, details{}}, {`1e400`, details{}}, {`null`, details{}},
		{nested(maxDepth, ""), details{}},
		// As in GitHub's events: pull_request_review has a review.
		{`{"subject":[],"message":{"a":1},"review":{"id":1}}`, details{unused: "subject (only a string is read), message (only a string is read), review (only a string is read)"}},
		{`{"subject":"a","review":[1]}`, details{subject: "a", unused: "review (only a string is read)"}},
	}
	for _, test := range tests {
		got, err := parseDetails(json.RawMessage(test.input))
		if got != test.want || err != nil {
			t.Errorf("parseDetails(%.200s) = %+v, %v, want %+v", test.input, got, err, test.want)
		}
	}
}

// TestParseDetailsRefuses checks that the error names each wrong key and quotes nothing, and that nothing wrong is in the
// details.
func TestParseDetailsRefuses(t *testing.T) {
	for input, want := range map[string]string{
		`{"subject":5}`:                                    "refused: subject must be a string. Start a new execution",
		`{"requester":["` + secret + `"]}`:                 "refused: requester must be a string. Start",
		`{"subject":"a","subject":null}`:                   "refused: subject must be a string, not null: leave it out if it has no value. Start",
		`{"requester":{}}`:                                 "refused: requester must be a string. Start",
		`{"review":1}`:                                     "refused: review must be a string. Start",
		`{"requester":true}`:                               "refused: requester must be a string. Start",
		`{"Requester":"jo@example.com"}`:                   `refused: the key must be "requester", in small letters. Start`,
		`{"reque\u017fter":"jo@example.com"}`:              `refused: the key must be "requester", in small letters. Start`,
		`{"GROUP":1,"aPPROVALS":1}`:                        `the key must be "group", in small letters; the key must be "approvals", in small`,
		`{"requester":" "}`:                                "refused: requester must be a single line of 1 to 254 characters. Start",
		`{"requester":"a\nb"}`:                             "requester must be a single line",
		`{"requester":"a\u2028b"}`:                         "requester must be a single line",
		`{"requester":"` + strings.Repeat("é", 255) + `"}`: "requester must be a single line",
		`{"requester":null,"review":"","message":1,"subject":false,"other":0}`: "refused: subject must be a string; " +
			"message must be a string; review must be an absolute http or https URL with a host",
		nested(maxDepth+1, ""): "refused: the input is nested deeper than 9990 levels. Start",
	} {
		input := strings.Replace(input, "{", `{"key":"`+secret+`",`, 1)
		got, err := checkInput(input)
		if CodeOf(err) != CodeInvalidRequest || !strings.Contains(MessageOf(err), want) {
			t.Errorf("input %.200s: error = %s: %s, want %q in it", input, CodeOf(err), MessageOf(err), want)
		}
		if err != nil && strings.Contains(err.Error(), secret) || got != (details{}) {
			t.Errorf("input %.200s: the error quotes the input, or there are details: %+v", input, got)
		}
	}
}

func TestReview(t *testing.T) {
	long := "https://a.example/" + strings.Repeat("x", maxReview-len("https://a.example/"))
	for want, texts := range map[bool][]string{
		true: {
			"http://a", "https://a.example:8443/b?c=d&e=%20#f", "https://[::1]/", "https://bücher.example/größe", long,
			"https://github.com/example/app/pull/7", "https://a.example/#/b@c:d",
		},
		false: {
			"", "a.example", "/path", "//a.example/b", "https:", "https:///b", "https://:80/", "https:a.example", "mailto:jo@example.com",
			"javascript:alert(1)", "ftp://a.example/", "https://jo@a.example/", "https://jo:x@a.example/", "https://@a.example/",
			"https://a.example/b c", "https://a.example/\u00a0", "https://a.example/\n", "https://a.example/\x00", "https://a.example/\u202eb",
			"https://a\u200d.example/", "https://a.example/\ufeff", "https://a.example/\uffff", `https://a.example\b`, `https://a.example/"b`,
			"https://a.example/<b>", "https://a.example/%zz", long + "x",
		},
	} {
		for _, text := range texts {
			if got := validReview(text); got != want {
				t.Errorf("validReview(%.200q) = %t, want %t", text, got, want)
			}
		}
	}
}

// TestRequestedBy has forms in which programs name a person. What `aws sts get-caller-identity` says of whoever signs in
// through IAM Identity Center ends in the address.
func TestRequestedBy(t *testing.T) {
	for requester, want := range map[string]bool{
		"jo@example.com": true, "JO@Example.COM": true, "Jo <jo@example.com>": true, "mailto:jo@example.com": true,
		"arn:aws:sts::111122223333:assumed-role/Admin/jo@example.com": true, "jo@example.com/admin": true,
		"'jo@example.com'": true, "user=jo@example.com": true, "{jo@example.com}": true, "jo@example.com|github": true,
		"jo@example.com.": true, "jo@example.com...": true, "...jo@example.com": true, "_jo@example.com_": true, "- jo@example.com": true,
		"-jo@example.com-": true, "ann@example.com,jo@example.com": true, "jo@example.com+admin": true, "*jo@example.com*": true,
		"xjo@example.com jo@example.com": true, "jo@example.com.org, jo@example.com": true, "“jo@example.com”": true,
		"jo@example.com's": true, "jo@example.com@github": true, "承jo@example.com": true, "éjo@example.com": true,
		"u'jo@example.com'": true, "b'jo@example.com'": true, "jo@example.com-prod": true, "jo@example.com...thanks": true,
		"a..jo@example.com": true, "role%2FAdmin%2Fjo@example.com": true, "jo%40example.com": true, `"jo"@example.com`: true,
		"": false, "jo": false, "jo@example": false, "xjo@example.com": false, "1jo@example.com": false, "jo@example.com.org": false,
		"jo@example.community": false, "a.jo@example.com": false, "a+jo@example.com": false, "a-jo@example.com": false,
		"a_jo@example.com": false, "o'jo@example.com": false, "jo@example.com.au": false, "jo@examp1e.com": false,
		"jo+ci@example.com": false, "%": false,
	} {
		if got := (details{requester: requester}).requestedBy("jo@example.com"); got != want {
			t.Errorf("requested by jo@example.com according to %q: %t, want %t", requester, got, want)
		}
	}
	if !(details{requester: "Ann.O'Neill@example.com (ann)"}).requestedBy("ann.o'neill@example.com") {
		t.Error("an address with an apostrophe is not found")
	}
	for _, input := range []string{`{"Requester":"jo@example.com"}`, `{"requester":["jo@example.com"]}`, `{}`, `null`} {
		if request := RequestWith(input); request.details().requestedBy("jo@example.com") || request.details().requestedBy("") {
			t.Errorf("input %s has a requester", input)
		}
	}
	if request := RequestWith(`{"requester":" Jo <JO@example.com>\n"}`); !request.details().requestedBy("jo@example.com") || request.details().requestedBy("") {
		t.Error("the requester of a request is not found")
	}
}

// The ends and beginnings of texts around an address that make it longer.
var (
	longerBefore = regexp.MustCompile(`[A-Za-z0-9][+_'-]*(\.[+_'-]+)*\.?$`)
	longerAfter  = regexp.MustCompile(`^\.?[A-Za-z0-9]`)
	quoted       = regexp.MustCompile(`'[.+_-]*$`)
)

// FuzzRequestedBy compares with a reference that tries every place.
func FuzzRequestedBy(f *testing.F) {
	for _, seed := range []string{"jo@example.com", "xjo@example.com", "'jo@example.com'.", "a.jo@example.com jo@example.com-"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, requester string) {
		requester = strings.ToValidUTF8(requester, "?")
		const approver = "jo@example.com"
		want := false
		for i := range requester {
			if end := i + len(approver); end <= len(requester) && strings.EqualFold(requester[i:end], approver) {
				before, after := requester[:i], requester[end:]
				marks := strings.HasPrefix(after, "'") && quoted.MatchString(before)
				want = want || (marks || !longerBefore.MatchString(before)) && !longerAfter.MatchString(after)
			}
		}
		if got := containsAddress(requester, approver); got != want {
			t.Errorf("%q: %t, want %t", requester, got, want)
		}
	})
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
			data := found && (value[0] == '{' || value[0] == '[')
			wrong := found && !data && (json.Unmarshal(value, &want) != nil || want == nil)
			if wrong != strings.Contains(TextOf(err), key+" must be a string") {
				t.Errorf("input %s: error = %v, %s is wrong: %t", input, err, key, wrong)
			}
			if want != nil && strings.TrimSpace(*want) != field {
				t.Errorf("input %s: %s = %q, want %q", input, key, field, *want)
			}
		}
	})
}

func TestFormatInput(t *testing.T) {
	for input, want := range map[string]string{
		`null`:                                "null",
		` 1e400 `:                             "1e400",
		`"a: [b], {c}\"\\"`:                   `"a: [b], {c}\"\\"`,
		`{}`:                                  "{}",
		`[ ]`:                                 "[]",
		`[{}, []]`:                            "[\n  {},\n  []\n]",
		`{"b" : 1.50,"a":{"c":[true,false]}}`: "{\n  \"b\": 1.50,\n  \"a\": {\n    \"c\": [\n      true,\n      false\n    ]\n  }\n}",
		"\"a\u2028b\x7f\U000e0041\"":          `"a\u2028b\u007f\udb40\udc41"`,
	} {
		if got := formatInput(json.RawMessage(input), maxBody); got != want+"\n" {
			t.Errorf("formatInput(%s) =\n%s\nwant\n%s", input, got, want)
		}
	}
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

// FuzzFormatInput checks that a formatted input is the same JSON as the input if it was not cut, and that it stops at the
// limit. Its seeds have every limit that cuts a short input.
func FuzzFormatInput(f *testing.F) {
	for _, input := range []string{
		`{"subject":"Release 1.4.2","list":[1,2.50,-1e400,true,null,{}],"a":[]}`, `[1e400,` + nested(200, "") + `]`, `"`, `{"a"`,
		"\"a\x7f\u2028\u202e\U000e0041\uffff\xff\\ud800é\"", `{"a":1,"a":2,"\u0061":"\"\\"}`, `]]`, `[,]`,
	} {
		for limit := range uint16(100) {
			f.Add(input, limit)
		}
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

// TestLexemes checks the parts of texts, the members of objects as keys and values in turn, and the depth.
func TestLexemes(t *testing.T) {
	tests := []struct {
		text             string
		lexemes, members []string
		depth            int
	}{
		{" \t\r\n", nil, nil, 0},
		{`{}`, []string{"{", "}"}, nil, 1},
		{`{"a\"}" :[-1.5e400,true] }`, []string{"{", `"a\"}"`, ":", "[", "-1.5e400", ",", "true", "]", "}"}, []string{`a"}`, "["}, 2},
		{`{"a": ":", "a": {"b": 1}, ":": "c", "\u0068": null}`, nil, []string{"a", `":"`, "a", "{", ":", `"c"`, "h", "null"}, 2},
		{`["a", {"b": 1}]`, []string{"[", `"a"`, ",", "{", `"b"`, ":", "1", "}", "]"}, nil, 2},
		{`[[],[[]],"[[[["]`, nil, nil, 3},
		{`"a\\""b"`, []string{`"a\\"`, `"b"`}, nil, 0},
		{`"not closed`, []string{`"not closed`}, nil, 0},
		{`"\`, []string{`"\`}, nil, 0},
	}
	for _, test := range tests {
		got := slices.Collect(lexemes(test.text))
		if diff := cmp.Diff(test.lexemes, got); diff != "" && (test.lexemes != nil || got == nil) {
			t.Errorf("lexemes of %s (-want +got):\n%s", test.text, diff)
		}
		var pairs []string
		for key, value := range members(test.text) {
			pairs = append(pairs, key, value)
		}
		if diff := cmp.Diff(test.members, pairs); diff != "" || depth(test.text) != test.depth {
			t.Errorf("%s has the depth %d, want %d; members (-want +got):\n%s", test.text, depth(test.text), test.depth, diff)
		}
	}
}

// worstInputs returns inputs of the largest size that a request can have, each of which is hard in another way.
func worstInputs() map[string]string {
	const size = maxState - maxRecord
	fill := func(element string) string {
		return "[" + strings.Repeat(element+",", (size-len("[0]"))/(len(element)+1)) + "0]"
	}
	return map[string]string{
		"string":             `"` + strings.Repeat("x", size-2) + `"`,
		"escapes":            `"` + strings.Repeat(`\u0001`, (size-2)/6) + `"`,
		"control characters": `"` + strings.Repeat("\x7f", size-2) + `"`,
		"message":            `{"message":"` + strings.Repeat(`\u0001`, (size-14)/6) + `"}`,
		"numbers":            fill("1"),
		"small objects":      fill(`{"a":1}`),
		"depth of 99":        fill(nested(98, "")),
		"out of range, deep": "[1e400," + nested(9_900, "") + "]",
		"deep object":        strings.Repeat(`{"a":`, 9_900) + "1" + strings.Repeat("}", 9_900),
		"keys":               "{" + strings.Repeat(`"a":1,`, (size-len(`{"b":1}`))/6) + `"b":1}`,
		"subjects":           "{" + strings.Repeat(`"subject":"\u0061",`, (size-len(`{"b":1}`))/19) + `"b":1}`,
	}
}

// maxSendMemory is what a send to one approver may allocate in bytes, in all and without the call of SNS.
const maxSendMemory = 20 * maxState

// TestMemoryOfInputs checks that no input makes a send allocate many times the size of an e-mail. BenchmarkMemory of folder
// handler/benchmark measures the whole function.
func TestMemoryOfInputs(t *testing.T) {
	for name, input := range worstInputs() {
		payload := strings.Replace(edited(t, `"approvalsNeeded": 2`, `"approvalsNeeded": 1`), `{"key": "value"}`, input, 1)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		request, err := ParseRequest([]byte(payload))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		Compose(request, false, TestStart)
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > maxSendMemory {
			t.Errorf("%s: %d bytes are allocated, want at most %d", name, got, maxSendMemory)
		}
	}
}
