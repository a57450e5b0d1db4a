package approval

import (
	"cmp"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// maxBody is SNS's limit for a message in bytes, less the room for the message attribute with the approver's address. SNS
// counts attributes too. https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html
const maxBody = 262_144 - 512

// TimeLayout is the layout in which approvers read a time, in UTC.
const TimeLayout = "2006-01-02 15:04:05 UTC"

// Email is an e-mail in plain text. Whoever has its links can decide in the approver's name.
type Email struct {
	// To is the approver's address.
	To string
	// Subject is a single line of fewer than 100 characters without control characters.
	Subject string
	// Body has at most 261,632 bytes. It contains both links.
	Body string
	// Reminder is the number of the reminder, or 0 for the first e-mail.
	Reminder int
	// Link is what the links identify: the execution and the approver.
	Link Link
	// ApproveURL and RejectURL are the links.
	ApproveURL, RejectURL string
}

// draft is what the e-mails to all approvers have in common.
type draft struct {
	request  Request
	details  details
	sent     time.Time
	reminder int
	// unconfirmed are the addresses of the approvers who cannot be asked.
	unconfirmed []string
	// subject, introduction, console and input are texts.
	subject, introduction, console, input string
}

func (s *Service) newDraft(request Request, details details, unconfirmed []string, sent time.Time) draft {
	reminder := request.reminder(sent)
	return draft{
		request: request, details: details, sent: sent, reminder: reminder, unconfirmed: unconfirmed,
		subject:      s.config.subject(request, details, reminder),
		introduction: introduction(request, details, reminder),
		console:      s.config.console(request.Execution),
		input:        breakLines(formatInput(request.Input, maxBody)),
	}
}

// compose returns the e-mail to one approver. The requester's text is quoted or comes after the links, so that nobody
// takes it for the workflow's own.
func (s *Service) compose(d draft, approver string, key []byte) Email {
	link := Link{Execution: d.request.Execution.ref(), Approver: approver, SentAt: d.sent, Confirm: s.config.Confirm}
	email := Email{
		To: approver, Subject: d.subject, Reminder: d.reminder, Link: link,
		ApproveURL: link.url(s.config.APIURL, Approve, key), RejectURL: link.url(s.config.APIURL, Reject, key),
	}
	var body strings.Builder
	body.WriteString(d.introduction)
	writeFacts(&body, d, link)
	fmt.Fprintf(&body, "APPROVE:\n%s\n\nREJECT:\n%s\n\n%s\n\n", email.ApproveURL, email.RejectURL, linkAdvice(link.Confirm))
	body.WriteString(d.console + "----- Input of the execution: data of the requester, not of this workflow -----\n")
	body.WriteString(fitText(d.input, maxBody-body.Len()))
	email.Body = body.String()
	return email
}

func introduction(request Request, details details, reminder int) string {
	var text string
	if reminder > 0 {
		text = fmt.Sprintf("Reminder %d of %d: this request still waits for your decision.\n\n", reminder, request.Schedule.Reminders)
	}
	if details.message != "" {
		text += fmt.Sprintf("The requester writes:\n\n%s\n", quote(details.message, cutMessage))
	}
	switch line := "> " + details.review; {
	case details.review == "":
	case len(line) <= maxMailLine: // in one line, which mail systems do not break
		text += "The requester's link to what you should look at. It decides nothing:\n\n" + line + "\n\n"
	default:
		text += "The requester's link to what you should look at is too long for an e-mail. Its parts are in the input below, as \"review\".\n\n"
	}
	return text
}

// console returns where the execution is in the AWS console. The address ends in the execution's name, which the requester
// can choose. It is empty for a name that mail programs cut: "release-1." would become "release-1", which is another execution.
// They cut no name whose dots, hyphens and underscores are between letters and digits.
func (c Config) console(execution WaitingExecution) string {
	address, name := ConsoleURL(execution.ARN), execution.Name
	hyphens := strings.ReplaceAll(name, "_", "-")
	if c.NoConsole || address == "" || escapeValue(hyphens) != hyphens {
		return ""
	}
	return fmt.Sprintf("The execution in the AWS console:\n%s\n\n", address)
}

func writeFacts(body *strings.Builder, d draft, link Link) {
	request := d.request
	fmt.Fprintf(body, "Workflow:   %s\n", escape(link.Execution.StateMachine))
	fmt.Fprintf(body, "Execution:  %s\n", escape(link.Execution.Name))
	if d.details.requester != "" {
		fmt.Fprintf(body, "Requester:  %s\n", asTheInputSays(d.details.requester))
	}
	fmt.Fprintf(body, "Approver:   %s\n", escape(link.Approver))
	if group := request.group(d.details); group != "" {
		fmt.Fprintf(body, "Group:      %s\n", group)
	}
	needed := request.needed(d.details)
	if needed > 1 {
		fmt.Fprintf(body, "Approvals:  %s\n", approvalsSoFar(request.Approvals, needed))
	}
	if len(d.unconfirmed) > 0 {
		fmt.Fprintf(body, "Not asked:  %s\n            Their subscription is not confirmed.\n", inLines(d.unconfirmed))
	}
	fmt.Fprintf(body, "Started:    %s\n", formatTime(link.Execution.StartedAt))
	if d.reminder < request.Schedule.Reminders {
		fmt.Fprintf(body, "Reminder:   %s\n", formatTime(link.SentAt.Add(request.Schedule.Interval())))
	}
	fmt.Fprintf(body, "Expires:    %s\n", formatTime(request.expires(link.SentAt)))
	if needed-len(request.Approvals) > 1 {
		body.WriteString("            Each approval starts this time again.\n")
	}
	body.WriteString("\n")
}

// asTheInputSays returns a text of the requester among the facts. Its lines cannot be taken for other facts.
func asTheInputSays(text string) string {
	return strings.Join(wrap(`"`+escape(text)+`" (as the input says)`), "\n            ")
}

func formatTime(t time.Time) string { return t.UTC().Format(TimeLayout) }

func approvalsSoFar(approvals []Record, needed int) string {
	if len(approvals) == 0 {
		return fmt.Sprintf("%d needed, none so far", needed)
	}
	var names []string
	for _, record := range approvals {
		names = append(names, record.Approver)
	}
	return fmt.Sprintf("%d needed, %d so far: %s", needed, len(names), inLines(names))
}

// inLines lists addresses among the facts. Each has a line of its own, because mail systems break long lines.
func inLines(addresses []string) string {
	var lines []string
	for _, address := range addresses {
		lines = append(lines, escape(address))
	}
	return strings.Join(lines, ",\n            ")
}

func linkAdvice(confirm bool) string {
	if confirm {
		return "The links ask you to confirm. Do not forward this e-mail: whoever has a link can decide in your name."
	}
	return "A link decides at once when a browser opens it. Most other programs are asked first.\n" +
		"Do not forward this e-mail: whoever opens a link decides in your name."
}

const (
	// maxSubject is SNS's limit for a subject in characters: fewer than 100. It counts UTF-16 code units, of which an emoji
	// has two, because the reference does not say what a character is.
	// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
	maxSubject = 99
	// maxName limits the workflow's name in a subject. It leaves room for what is to be approved.
	maxName = 40
)

const ellipsis = "..."

// subject returns the subject of a request. It begins with what a narrow screen has to show.
func (c Config) subject(request Request, details details, reminder int) string {
	question := "Approve?"
	if reminder > 0 {
		question = "Reminder: approve?"
	}
	return c.subjectLine(question, details, request.Execution.Name)
}

// subjectLine returns a subject: its beginning, then what the requester wants to have approved, or else the execution's name, and
// the workflow's name at the end.
func (c Config) subjectLine(begin string, details details, execution string) string {
	end := ""
	if name := inSubject(c.Name); name != "" {
		end = " [" + shorten(name, maxName) + "]"
	}
	what := cmp.Or(inSubject(details.subject), inSubject(execution), "a request")
	begin += " "
	return begin + shorten(what, maxSubject-characters(begin)-characters(end)) + end
}

// inSubject returns text in one line without the characters that a subject cannot contain. It returns "" if text has no
// letter, digit or pictograph, because nothing readable would be left.
func inSubject(text string) string {
	text = oneLine(text)
	if !strings.ContainsFunc(text, func(r rune) bool { return unicode.In(r, unicode.L, unicode.N, unicode.So) }) {
		return ""
	}
	return escape(text)
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

// maxMessage limits the quoted part of the requester's message in bytes, so that it leaves room for the links even if
// every character is escaped.
const maxMessage = 16_384

// maxLine is the largest number of characters in a quoted line.
const maxLine = 72

const cutMessage = "(The message is longer. The input at the end of this e-mail has all of it that fits.)"

// quote puts "> " before every line of a text that is not the workflow's own. It wraps long lines itself, because an e-mail program
// would not repeat the mark. The note comes after a text that is too long.
func quote(message, note string) string {
	shown := cut(message, maxMessage)
	text := escape(lineFeeds(shown))
	var quoted strings.Builder
	quoted.Grow(len(text) + len("> \n")*(2+len(text)/maxLine+strings.Count(text, "\n")) + len(note))
	for line := range strings.Lines(text) {
		for _, part := range wrap(strings.TrimSuffix(line, "\n")) {
			quoted.WriteString("> ")
			quoted.WriteString(part)
			quoted.WriteByte('\n')
		}
	}
	if shown != message {
		quoted.WriteString(note + "\n")
	}
	return quoted.String()
}

// wrap divides a line into parts of at most maxLine characters, at spaces if there are any.
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

// continuation begins the rest of a line that was broken, so that nobody takes it for a line of the workflow.
const continuation = "  ... "

// breakLines breaks the lines that mail systems would break or refuse. Exim's smtp transport sends no mail that has one.
func breakLines(text string) string {
	var broken strings.Builder
	broken.Grow(len(text) + len(text)/maxMailLine*len(continuation+"\n"))
	for line := range strings.Lines(text) {
		for limit := maxMailLine; len(strings.TrimSuffix(line, "\n")) > limit; limit = maxMailLine - len(continuation) {
			part := cutBeforeEscape(line, limit)
			broken.WriteString(part)
			broken.WriteString("\n" + continuation)
			line = line[len(part):]
		}
		broken.WriteString(line)
	}
	return broken.String()
}

// cutBeforeEscape shortens text to at most limit bytes, but not within a character or an escape unless there is nothing else.
func cutBeforeEscape(text string, limit int) string {
	const longest = len(`\ud83d\ude00`)
	part := cut(text, limit)
	if i := strings.IndexByte(part[len(part)-longest:], '\\'); i >= 0 {
		if before := strings.TrimRight(part[:len(part)-longest+i], `\`); len(before) > limit/2 {
			return before
		}
	}
	return part
}

// cut shortens text to at most limit bytes, at the boundary of a character.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "")
}

// The joiners that scripts and emoji need.
const zeroWidthNonJoiner, zeroWidthJoiner = '\u200c', '\u200d'

// escape makes visible what an e-mail program would obey or hide, as JSON does: control characters, unusual line
// separators, and marks that change the direction of the text. It does the same to noncharacters, which SNS refuses. It
// keeps line feeds and joiners.
func escape(text string) string {
	if utf8.ValidString(text) && !strings.ContainsFunc(text, hidden) {
		return text
	}
	var escaped strings.Builder
	escaped.Grow(len(text))
	writeEscaped(&escaped, text, math.MaxInt)
	return escaped.String()
}

// writeEscaped appends text to escaped, until that has more than limit bytes.
func writeEscaped(escaped *strings.Builder, text string, limit int) {
	for _, r := range text {
		switch {
		case escaped.Len() > limit:
			return
		case !hidden(r):
			escaped.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(escaped, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(escaped, `\u%04x`, r)
		}
	}
}

// hidden reports whether a character is escaped.
func hidden(r rune) bool {
	switch {
	case r >= ' ' && r <= '~' || r == '\n' || r == zeroWidthNonJoiner || r == zeroWidthJoiner:
		return false
	case r >= '\ufdd0' && r <= '\ufdef' || r&0xfffe == 0xfffe: // https://www.unicode.org/faq/private_use.html#noncharacters
		return true
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}
