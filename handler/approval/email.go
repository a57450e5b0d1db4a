package approval

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// SNS's own limits: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
const (
	maxSubject = 99      // characters; fewer than 100
	maxBody    = 262_144 // bytes
)

// maxMessage bounds the requester's message as it is shown, in bytes, so that even escaped it leaves room for the links.
// What is cut here still stands in the input below.
const maxMessage = 16_384

// maxLine is how many characters of a message stand on a line.
const maxLine = 72

// maxDepth bounds the nesting of input that is still indented.
const maxDepth = 100

const (
	cutMessage = "(The message is longer. The input at the end of this e-mail has all of it that fits.)"
	cutInput   = "(The input is longer than an e-mail may be and was cut here. The execution has all of it.)"
)

// TimeLayout is how approvers read a time, in UTC.
const TimeLayout = "2006-01-02 15:04:05 UTC"

// Email is a plain-text e-mail as SNS sends it. Its body holds the task token.
type Email struct {
	// Subject has fewer than 100 printable ASCII characters.
	Subject string
	// Body has at most 262,144 bytes.
	Body string
}

// compose writes the e-mail. What comes from the requester is quoted or stands after the links, so that it cannot
// pass for ours.
func compose(request Request, config Config, sent time.Time) Email {
	execution := request.Execution
	arn, _ := parseExecutionARN(execution.ID)
	number, linksEnd := request.reminder(sent), sent.Add(request.Wait.span())
	var body strings.Builder
	if number > 0 {
		fmt.Fprintf(&body, "Reminder %d of %d: nobody has decided yet. The links of the earlier e-mails no longer work.\n\n",
			number, request.Wait.Reminders)
	}
	if message := inputString(request.Input, "message"); message != "" {
		fmt.Fprintf(&body, "The requester writes:\n\n%s\n", quote(message))
	}
	fmt.Fprintf(&body, "Workflow:   %s\n", escape(arn.stateMachine))
	fmt.Fprintf(&body, "Execution:  %s\n", escape(execution.Name))
	fmt.Fprintf(&body, "Started:    %s\n", execution.StartedAt.UTC().Format(TimeLayout))
	if number < request.Wait.Reminders {
		fmt.Fprintf(&body, "Reminder:   %s, with new links: these work until then\n", linksEnd.UTC().Format(TimeLayout))
	}
	fmt.Fprintf(&body, "Expires:    %s\n\n", request.deadline(sent).UTC().Format(TimeLayout))
	link := Link{
		Token:     request.TaskToken,
		Reference: Reference{Workflow: arn.stateMachine, Execution: execution.Name, StartedAt: execution.StartedAt},
		SentAt:    sent,
		ExpiresAt: linksEnd,
		Confirm:   config.Confirm,
	}
	fmt.Fprintf(&body, "APPROVE:\n%s/approve?%s\n\n", config.APIURL, link.query())
	fmt.Fprintf(&body, "REJECT:\n%s/reject?%s\n\n", config.APIURL, link.query())
	if config.Confirm {
		body.WriteString("The links ask you to confirm. Do not forward this e-mail: whoever has a link can decide.\n\n")
	} else {
		body.WriteString("The links decide at once. Do not forward this e-mail: whoever opens a link decides.\n\n")
	}
	if address := consoleURL(execution.ID); address != "" {
		fmt.Fprintf(&body, "The execution in the AWS console:\n%s\n\n", address)
	}
	body.WriteString("----- Input of the execution: data of the requester, not of this workflow -----\n")
	body.WriteString(indent(request.Input, maxBody-body.Len()))
	return Email{Subject: subject(request, number), Body: body.String()}
}

// subject names the request by its own subject, or else by the execution's name, in ASCII.
func subject(request Request, reminder int) string {
	const ellipsis = "..."
	prefix := "Approval requested"
	if reminder > 0 {
		prefix = fmt.Sprintf("Reminder %d of %d: approval requested", reminder, request.Wait.Reminders)
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

// printableASCII puts a ? for each character that a subject cannot hold, and one space for any run of white space. A
// text that has no ASCII letter or digit says nothing that way and becomes empty.
func printableASCII(text string) string {
	legible := false
	text = strings.Map(func(r rune) rune {
		switch {
		case r > unicode.MaxASCII || r < ' ' || r == 0x7f:
			return '?'
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			legible = true
		}
		return r
	}, strings.Join(strings.Fields(text), " "))
	if !legible {
		return ""
	}
	return text
}

// inputString is the string under key of an input that is an object, or empty.
func inputString(input json.RawMessage, key string) string {
	var object map[string]json.RawMessage
	var text string
	if json.Unmarshal(input, &object) != nil || json.Unmarshal(object[key], &text) != nil {
		return ""
	}
	return strings.TrimSpace(text)
}

// quote sets the requester's message apart: every line of it begins with "> ". Long lines are wrapped, since an e-mail
// program that wrapped them would leave their rest without the mark.
func quote(message string) string {
	shown := cut(message, maxMessage)
	var quoted strings.Builder
	for line := range strings.Lines(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(shown)) {
		for _, part := range wrap(escape(strings.TrimSuffix(line, "\n"))) {
			quoted.WriteString("> " + part + "\n")
		}
	}
	if shown != message {
		quoted.WriteString(cutMessage + "\n")
	}
	return quoted.String()
}

// wrap breaks a line into parts of at most maxLine characters, at spaces where there are any.
func wrap(line string) []string {
	var parts []string
	rest := []rune(line)
	for len(rest) > maxLine {
		end := maxLine
		for space := maxLine; space > 0; space-- {
			if rest[space] == ' ' {
				end = space
				break
			}
		}
		parts = append(parts, string(rest[:end]))
		rest = rest[end:]
		if rest[0] == ' ' {
			rest = rest[1:]
		}
	}
	return append(parts, string(rest))
}

// indent writes input with two spaces a level and cuts it to limit bytes. Input that is nested deeper than anyone would
// read stays as it came: its indentation would grow with the square of its depth.
func indent(input json.RawMessage, limit int) string {
	text := string(input)
	var indented bytes.Buffer
	if depth(input) <= maxDepth && json.Indent(&indented, input, "", "  ") == nil {
		text = indented.String()
	}
	text = escape(text) + "\n"
	if len(text) <= limit {
		return text
	}
	return cut(text, limit-len(cutInput)-2) + "\n" + cutInput + "\n"
}

// depth is how many objects and arrays enclose the innermost value of input.
func depth(input json.RawMessage) int {
	level, deepest := 0, 0
	for decoder := json.NewDecoder(bytes.NewReader(input)); ; {
		token, err := decoder.Token()
		if err != nil {
			return deepest
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			level++
			deepest = max(deepest, level)
		case json.Delim('}'), json.Delim(']'):
			level--
		}
	}
}

// escape shows what an e-mail program would act upon or hide: control characters, other line separators, and marks
// that turn the direction of the text. Line feeds stay, and so do the joiners that scripts and emoji need.
func escape(text string) string {
	const zeroWidthNonJoiner, zeroWidthJoiner = '\u200c', '\u200d'
	var escaped strings.Builder
	for _, r := range strings.ToValidUTF8(text, "\ufffd") {
		switch {
		case r == '\n' || r == zeroWidthNonJoiner || r == zeroWidthJoiner:
			escaped.WriteRune(r)
		case r > 0xffff && unicode.Is(unicode.Cf, r):
			fmt.Fprintf(&escaped, `\U%08x`, r)
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp):
			fmt.Fprintf(&escaped, `\u%04x`, r)
		default:
			escaped.WriteRune(r)
		}
	}
	return escaped.String()
}
