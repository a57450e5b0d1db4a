package approval

import (
	"fmt"
	"strings"
	"unicode"
)

// maxSubject is SNS's limit for a subject in characters: fewer than 100.
// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
const maxSubject = 99

// subject returns the subject of the e-mail: what the requester wants to have approved, or else the execution's name. SNS
// accepts ASCII only.
func subject(request Request, reminder int) string {
	const ellipsis = "..."
	prefix := "Approval requested"
	if reminder > 0 {
		prefix = fmt.Sprintf("Reminder %d of %d: approval requested", reminder, request.Schedule.Reminders)
	}
	text := printableASCII(inputString(request.Input, "subject"))
	if text == "" {
		text = printableASCII(request.Execution.Name)
	}
	if text == "" {
		return prefix
	}
	text = prefix + ": " + text
	if len(text) > maxSubject {
		text = strings.TrimRight(text[:maxSubject-len(ellipsis)], " ") + ellipsis
	}
	return text
}

// printableASCII replaces each character that a subject cannot contain with a ?, and each run of white space with a space.
// It returns "" if text has no ASCII letter or digit, because nothing readable would be left.
func printableASCII(text string) string {
	readable := false
	text = strings.Map(func(r rune) rune {
		switch {
		case r > unicode.MaxASCII || r < ' ' || r == 0x7f:
			return '?'
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			readable = true
		}
		return r
	}, oneLine(text))
	if !readable {
		return ""
	}
	return text
}
