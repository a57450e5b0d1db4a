package approval

import (
	"fmt"
	"strings"
	"time"
)

// maxBody is SNS's limit for a message in bytes, less the room for the message attribute with the approver's address. SNS
// counts attributes too. https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html
const maxBody = 262_144 - 512

// TimeLayout is the layout in which approvers read a time, in UTC.
const TimeLayout = "2006-01-02 15:04:05 UTC"

// Email is an e-mail in plain text. Whoever has its links can decide in the approver's name.
type Email struct {
	// Subject is a single line of fewer than 100 characters without control characters.
	Subject string
	// Body has at most 261,632 bytes.
	Body string
}

// draft is what the e-mails to all approvers have in common.
type draft struct {
	request  Request
	details  details
	sent     time.Time
	reminder int
	// subject, introduction, console and input are texts.
	subject, introduction, console, input string
}

func (s *Service) newDraft(request Request, details details, sent time.Time) draft {
	reminder := request.reminder(sent)
	return draft{
		request: request, details: details, sent: sent, reminder: reminder,
		subject:      s.config.subject(request, details, reminder),
		introduction: introduction(request, details, reminder),
		console:      s.config.console(request),
		input:        formatInput(request.Input, maxBody),
	}
}

// compose returns the e-mail to one approver. The requester's text is quoted or comes after the links, so that nobody
// takes it for the workflow's own.
func (s *Service) compose(d draft, approver string, key []byte) Email {
	link := Link{Execution: d.request.Execution.ref(), Approver: approver, SentAt: d.sent, Confirm: s.config.Confirm}
	var body strings.Builder
	body.WriteString(d.introduction)
	writeFacts(&body, d, link)
	for _, decision := range Decisions() {
		fmt.Fprintf(&body, "%s:\n%s\n\n", strings.ToUpper(decision.Verb), link.url(s.config.APIURL, decision, key))
	}
	body.WriteString(linkAdvice(s.config.Confirm) + "\n\n" + d.console)
	body.WriteString("----- Input of the execution: data of the requester, not of this workflow -----\n")
	body.WriteString(fitInput(d.input, maxBody-body.Len()))
	return Email{Subject: d.subject, Body: body.String()}
}

func introduction(request Request, details details, reminder int) string {
	var text string
	if reminder > 0 {
		text = fmt.Sprintf("Reminder %d of %d: this request still waits for your decision.\n\n", reminder, request.Schedule.Reminders)
	}
	if details.message != "" {
		text += fmt.Sprintf("The requester writes:\n\n%s\n", quote(details.message))
	}
	if details.review != "" { // in one line, so that it works
		text += fmt.Sprintf("The requester's link to what you should look at. It decides nothing:\n\n> %s\n\n", details.review)
	}
	return text
}

// console returns where the execution is in the AWS console. It is empty for a name that an e-mail cannot show as it is.
func (c Config) console(request Request) string {
	address := ConsoleURL(request.Execution.ARN)
	if c.NoConsole || address == "" || address != escape(address) {
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
	if request.ApprovalsNeeded > 1 {
		fmt.Fprintf(body, "Approvals:  %s\n", approvalsSoFar(request))
	}
	fmt.Fprintf(body, "Started:    %s\n", formatTime(link.Execution.StartedAt))
	if d.reminder < request.Schedule.Reminders {
		fmt.Fprintf(body, "Reminder:   %s\n", formatTime(link.SentAt.Add(request.Schedule.Interval())))
	}
	fmt.Fprintf(body, "Expires:    %s\n", formatTime(request.expires(link.SentAt)))
	if request.missing() > 1 {
		body.WriteString("            Each approval starts this time again.\n")
	}
	body.WriteString("\n")
}

// asTheInputSays returns a text of the requester among the facts. Its lines cannot be taken for other facts.
func asTheInputSays(text string) string {
	return strings.Join(wrap(`"`+escape(text)+`" (as the input says)`), "\n            ")
}

func formatTime(t time.Time) string { return t.UTC().Format(TimeLayout) }

// approvalsSoFar puts each name on a line of its own, because mail systems break long lines.
func approvalsSoFar(request Request) string {
	if len(request.Approvals) == 0 {
		return fmt.Sprintf("%d needed, none so far", request.ApprovalsNeeded)
	}
	var names []string
	for _, record := range request.Approvals {
		names = append(names, escape(record.Approver))
	}
	return fmt.Sprintf("%d needed, %d so far: %s", request.ApprovalsNeeded, len(names), strings.Join(names, ",\n            "))
}

func linkAdvice(confirm bool) string {
	if confirm {
		return "The links ask you to confirm. Do not forward this e-mail: whoever has a link can decide in your name."
	}
	return "The links decide at once. Do not forward this e-mail: whoever opens a link decides in your name."
}
