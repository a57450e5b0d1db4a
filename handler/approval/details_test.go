package approval

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestParseDetails(t *testing.T) {
	tests := []struct {
		input string
		want  details
	}{
		{`{"subject":" Release\n1.4.2 ","message":"May\nI? ","review":" HTTPS://a.example/b?c#d ","requester":" Jo "}`,
			details{"Release\n1.4.2", "May\nI?", "HTTPS://a.example/b?c#d", "Jo"}},
		{`{"subject":"","message":" "}`, details{}},
		{`{"Subject":"x","MESSAGE":"x","Review":1,"REQUESTER":null,"reviews":1,"":1}`, details{}},
		{`{"subject":1,"subject":"a","subject":"b","\u006dessage":"c"}`, details{subject: "b", message: "c"}},
		{`{"other":{"subject":1,"review":"x"},"list":[{"requester":1}]}`, details{}},
		{`["subject",1]`, details{}}, {`"message"`, details{}}, {`1e400`, details{}}, {`null`, details{}},
		{nested(maxDepth, ""), details{}},
	}
	for _, test := range tests {
		got, err := parseDetails(json.RawMessage(test.input))
		if got != test.want || err != nil {
			t.Errorf("parseDetails(%.200s) = %+v, %v, want %+v", test.input, got, err, test.want)
		}
	}
}

// TestParseDetailsRefuses checks that the error names each wrong key and quotes nothing, and that the rest of the details is
// there.
func TestParseDetailsRefuses(t *testing.T) {
	tests := []struct{ input, want string }{
		{`{"subject":5}`, "refused: subject must be a string. Start a new execution"},
		{`{"message":["` + secret + `"]}`, "refused: message must be a string. Start"},
		{`{"subject":"a","subject":null}`, "refused: subject must be a string, not null: leave it out if it has no value. Start"},
		{`{"review":{}}`, "refused: review must be a string. Start"},
		{`{"requester":true}`, "refused: requester must be a string. Start"},
		{`{"requester":" "}`, "refused: requester must be a single line of 1 to 254 characters. Start"},
		{`{"requester":"a\nb"}`, "requester must be a single line"},
		{`{"requester":"a\u2028b"}`, "requester must be a single line"},
		{`{"requester":"` + strings.Repeat("é", 255) + `"}`, "requester must be a single line"},
		{`{"requester":null,"review":"","message":1,"subject":false,"other":0}`,
			"refused: subject must be a string; message must be a string; review must be an absolute http or https URL with a host"},
		{nested(maxDepth+1, ""), "refused: the input is nested deeper than 9990 levels. Start"},
	}
	for _, test := range tests {
		input := strings.Replace(test.input, "{", `{"key":"`+secret+`",`, 1)
		got, err := parseDetails(json.RawMessage(input))
		if CodeOf(err) != CodeInvalidRequest || !strings.Contains(MessageOf(err), test.want) {
			t.Errorf("input %.200s: error = %s: %s, want %q in it", input, CodeOf(err), MessageOf(err), test.want)
		}
		if err != nil && strings.Contains(err.Error(), secret) || got != (details{}) {
			t.Errorf("input %.200s: the error quotes the input, or there are details: %+v", input, got)
		}
	}
}

func TestReview(t *testing.T) {
	long := "https://a.example/" + strings.Repeat("x", maxReview-len("https://a.example/"))
	for _, text := range []string{
		"http://a", "https://a.example:8443/b?c=d&e=%20#f", "https://[::1]/", "https://bücher.example/größe", long,
		"https://github.com/example/app/pull/7", "https://a.example/#/b@c:d",
	} {
		if !validReview(text) {
			t.Errorf("%.200s is refused", text)
		}
	}
	for _, text := range []string{
		"", "a.example", "/path", "//a.example/b", "https:", "https:///b", "https://:80/", "https:a.example", "mailto:jo@example.com",
		"javascript:alert(1)", "ftp://a.example/", "https://jo@a.example/", "https://jo:x@a.example/", "https://@a.example/",
		"https://a.example/b c", "https://a.example/\u00a0", "https://a.example/\n", "https://a.example/\x00", "https://a.example/\u202eb",
		"https://a\u200d.example/", "https://a.example/\ufeff", "https://a.example/\uffff", `https://a.example\b`, `https://a.example/"b`,
		"https://a.example/<b>", "https://a.example/%zz", long + "x",
	} {
		if validReview(text) {
			t.Errorf("%.200q is accepted", text)
		}
	}
}

func TestRequestedBy(t *testing.T) {
	tests := map[string]bool{
		`{"requester":"jo@example.com"}`: true, `{"requester":" JO@Example.com\n"}`: true, `{"requester":"Jo <jo@example.com>"}`: true,
		`{"requester":"jo"}`: false, `{"requester":"Jo, jo@example.com"}`: true, `{"requester":"xjo@example.com"}`: false,
		`{"requester":["jo@example.com"]}`: false, `{"Requester":"jo@example.com"}`: false, `{}`: false, `null`: false,
	}
	for input, want := range tests {
		if got := RequestWith(input).requestedBy("jo@example.com"); got != want {
			t.Errorf("input %s: requestedBy(jo) = %t, want %t", input, got, want)
		}
	}
	if RequestWith(`{}`).requestedBy("") || RequestWith(`{"requester":1}`).requestedBy("") {
		t.Error("a missing requester is somebody")
	}
}
