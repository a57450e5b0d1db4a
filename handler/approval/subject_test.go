package approval

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// subjectOf returns the subject of the e-mail for an input.
func subjectOf(config Config, input string, reminder int) string {
	request := RequestWith(input)
	request.Schedule.Reminders = 3
	details, _ := parseDetails(request.Input)
	return config.subject(request, details, reminder)
}

// TestSubjectNamesTheWorkflow checks that the name is at the end, however long the rest is.
func TestSubjectNamesTheWorkflow(t *testing.T) {
	long := strings.Repeat("x", 200)
	tests := []struct {
		name, subject string
		reminder      int
		want          string
	}{
		{"prod", "Release 1.4.2", 0, "Approval requested: Release 1.4.2 [prod]"},
		{"prod", "Release 1.4.2", 2, "Reminder 2 of 3: approval requested: Release 1.4.2 [prod]"},
		{"prod", "Release [dev]", 0, "Approval requested: Release [dev] [prod]"},
		{"prod", long, 0, "Approval requested: " + long[:99-len("Approval requested: ... [prod]")] + "... [prod]"},
		{long, long, 2, "Reminder 2 of 3: approval requested: " + long[:16] + "... [" + long[:37] + "...]"},
		{"a\nb\u202e", "c", 0, `Approval requested: c [a b\u202e]`},
	}
	for _, test := range tests {
		got := subjectOf(Config{Name: test.name}, `{"subject":"`+test.subject+`"}`, test.reminder)
		if got != test.want || len(got) > maxSubject {
			t.Errorf("subject = %q, want %q", got, test.want)
		}
	}
}

// TestShorten checks that a cut takes apart neither an emoji nor a letter with its marks.
func TestShorten(t *testing.T) {
	tests := []struct {
		text  string
		limit int
		want  string
	}{
		{"abcdef", 6, "abcdef"},
		{"abcdef", 5, "ab..."},
		{"abc def", 7, "abc def"},
		{"abc def", 6, "abc..."},
		{"日本日本", 4, "日本日本"},
		{"a✅✅✅✅", 4, "a..."},
		{"a😀b", 4, "a😀b"},
		{"a😀bcd", 5, "a..."},
		{"a😀bcd", 6, "a😀bcd"},
		{"ae\u0301bcde", 5, "a..."},
		{"ae\u0301bcde", 6, "ae\u0301..."},
		{"a👩\u200d👩\u200d👧bcde", 10, "a..."},
		{"a👩\u200d👩\u200d👧bcde", 12, "a👩\u200d👩\u200d👧..."},
		{"a👍🏽bcde", 7, "a..."},
		{"a❤\ufe0fbcd", 5, "a..."},
	}
	for _, test := range tests {
		if got := shorten(test.text, test.limit); got != test.want {
			t.Errorf("shorten(%q, %d) = %q, want %q", test.text, test.limit, got, test.want)
		}
	}
}

// TestAnySubject checks that SNS accepts every subject: UTF-8 text in one line, of fewer than 100 characters, however it
// counts them, and without control characters.
func TestAnySubject(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		input, err := json.Marshal(map[string]string{"subject": rapid.String().Draw(t, "subject")})
		if err != nil {
			t.Fatal(err)
		}
		config := Config{Name: rapid.String().Draw(t, "name")}
		subject := subjectOf(config, string(input), rapid.IntRange(0, 3).Draw(t, "reminder"))
		refused := func(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp) }
		if !utf8.ValidString(subject) || characters(subject) >= 100 || strings.ContainsFunc(subject, refused) {
			t.Fatalf("SNS refuses the subject %q", subject)
		}
	})
}
