package approval

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestQuote(t *testing.T) {
	long := strings.Repeat("x", maxLine)
	tests := []struct{ name, message, want string }{
		{"one line", "May I?", "> May I?\n"},
		{"line breaks", "a\nb\r\nc\rd", "> a\n> b\n> c\n> d\n"},
		{"blank line", "a\n\nb", "> a\n> \n> b\n"},
		{"longest line", long, "> " + long + "\n"},
		{"long word", long + "y", "> " + long + "\n> y\n"},
		{"long line", "words " + long, "> words\n> " + long + "\n"},
		{"control character", "a\x1b[2Jb", `> a\u001b[2Jb` + "\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := quote(test.message); got != test.want {
				t.Errorf("quote(%q) = %q, want %q", test.message, got, test.want)
			}
		})
	}
}

// TestQuoteMarksEveryLine checks that no message gets a line into the e-mail that an approver could take for one of the
// workflow.
func TestQuoteMarksEveryLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		message := rapid.String().Draw(t, "message")
		for line := range strings.Lines(quote(message)) {
			text, marked := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "> ")
			if !marked || utf8.RuneCountInString(text) > maxLine {
				t.Fatalf("line %q is not marked or too long", line)
			}
		}
	})
}

func TestQuoteCutsLongMessage(t *testing.T) {
	quoted := quote(strings.Repeat("é", maxMessage))
	if len(quoted) > 2*maxMessage || !strings.HasSuffix(quoted, "é\n"+cutMessage+"\n") {
		t.Errorf("the message has %d bytes and ends in %q", len(quoted), quoted[len(quoted)-200:])
	}
}

func TestComposeCutsLongMessage(t *testing.T) {
	body := Compose(RequestWith(`{"message":"`+strings.Repeat("é", maxMessage)+`"}`), false, TestStart).Body
	ours, _, _ := strings.Cut(body, "\nWorkflow:")
	if len(ours) > 2*maxMessage || !strings.HasSuffix(ours, "\n"+cutMessage+"\n") {
		t.Errorf("the message takes %d bytes of the e-mail", len(ours))
	}
}

func TestCut(t *testing.T) {
	tests := []struct {
		text  string
		limit int
		want  string
	}{
		{"abc", 3, "abc"},
		{"abc", 2, "ab"},
		{"aé", 3, "aé"},
		{"aé", 2, "a"},
		{"😀", 3, ""},
	}
	for _, test := range tests {
		if got := cut(test.text, test.limit); got != test.want {
			t.Errorf("cut(%q, %d) = %q, want %q", test.text, test.limit, got, test.want)
		}
	}
}

func TestEscape(t *testing.T) {
	tests := map[string]string{
		"\x00\a\r\t": `\u0000\u0007\u000d\u0009`,
		"\u0085":     `\u0085`,
		"\u2028":     `\u2028`,
		"\u2029":     `\u2029`,
		"\u202e":     `\u202e`,
		"\U000e0041": `\udb40\udc41`,
		"\ufdd0":     `\ufdd0`,
		"\ufdef":     `\ufdef`,
		"\ufffe":     `\ufffe`,
		"\uffff":     `\uffff`,
		"\U0001fffe": `\ud83f\udffe`,
		"\U0010ffff": `\udbff\udfff`,
		"\xff":       "\ufffd",
	}
	for text, want := range tests {
		if got := escape(text); got != want {
			t.Errorf("escape(%q) = %q, want %q", text, got, want)
		}
	}
}

// TestEscapeKeepsWriting includes joiners, which belong to the words and emoji of many scripts.
func TestEscapeKeepsWriting(t *testing.T) {
	for _, text := range []string{"می\u200cخواهم", "👩\u200d👩\u200d👧", "naïve é 承認", "a\nb", "\ufdcf\ufdf0\ufffc\ufffd\U0001fffd"} {
		if got := escape(text); got != text {
			t.Errorf("escape(%q) = %q", text, got)
		}
	}
}
