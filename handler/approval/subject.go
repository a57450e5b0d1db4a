package approval

import (
	"cmp"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
)

const (
	// maxSubject is SNS's limit for a subject in characters: fewer than 100. It counts UTF-16 code units, of which an emoji
	// has two, because the reference does not say what a character is.
	// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
	maxSubject = 99
	// maxName limits the workflow's name in a subject. It leaves room for what is to be approved.
	maxName = 40
)

const ellipsis = "..."

// subject returns the subject of the e-mail: what the requester wants to have approved, or else the execution's name, and
// the workflow's name at the end.
func (c Config) subject(request Request, details details, reminder int) string {
	text := "Approval requested"
	if reminder > 0 {
		text = fmt.Sprintf("Reminder %d of %d: approval requested", reminder, request.Schedule.Reminders)
	}
	end := ""
	if name := c.inSubject(c.Name); name != "" {
		end = " [" + shorten(name, maxName) + "]"
	}
	what := cmp.Or(c.inSubject(details.subject), c.inSubject(request.Execution.Name))
	if what == "" {
		return text + end
	}
	text += ": "
	return text + shorten(what, maxSubject-characters(text)-characters(end)) + end
}

// inSubject returns text in one line without the characters that a subject cannot contain. It returns "" if text has no
// letter, digit or pictograph, because nothing readable would be left.
func (c Config) inSubject(text string) string {
	text = oneLine(text)
	if c.ASCIISubjects {
		text = strings.Map(toASCII, text)
	}
	if !strings.ContainsFunc(text, func(r rune) bool { return unicode.In(r, unicode.L, unicode.N, unicode.So) }) {
		return ""
	}
	return escape(text)
}

// toASCII returns r if it is a printable ASCII character, and otherwise a question mark.
func toASCII(r rune) rune {
	if r < ' ' || r > '~' {
		return '?'
	}
	return r
}

// shorten cuts text to limit characters, but not between a letter or an emoji and the marks that belong to it.
func shorten(text string, limit int) string {
	if characters(text) <= limit {
		return text
	}
	end, used, last := 0, len(ellipsis), ' '
	for i, r := range text {
		if !joined(last, r) {
			end = i
		}
		if used += utf16.RuneLen(r); used > limit {
			break
		}
		last = r
	}
	return strings.TrimRight(text[:end], " ") + ellipsis
}

// joined reports whether two characters are shown as one.
func joined(first, second rune) bool {
	skinTone := second >= '\U0001f3fb' && second <= '\U0001f3ff'
	return first == zeroWidthJoiner || second == zeroWidthJoiner || skinTone || unicode.Is(unicode.M, second)
}

// characters returns the length of a text as SNS may count it.
func characters(text string) int {
	length := 0
	for _, r := range text {
		length += utf16.RuneLen(r)
	}
	return length
}
