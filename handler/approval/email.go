package approval

import (
	"fmt"
	"strings"
	"time"
)

// maxBody is SNS's limit for a message in bytes. https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
const maxBody = 262_144

// TimeLayout is the layout in which approvers read a time, in UTC.
const TimeLayout = "2006-01-02 15:04:05 UTC"

// Email is an e-mail in plain text. Its body contains the task token.
type Email struct {
	// Subject has fewer than 100 printable ASCII characters.
	Subject string
	// Body has at most 262,144 bytes.
	Body string
}

// compose returns the e-mail for a request. The requester's text is quoted or comes after the links, so that nobody takes
// it for the workflow's own.
func compose(request Request, config Config, sent time.Time) Email {
	reminder := request.reminder(sent)
	link := Link{
		Token: request.TaskToken, Execution: request.Execution.ref(), SentAt: sent,
		ExpiresAt: sent.Add(request.Schedule.Interval()), Confirm: config.Confirm,
	}
	var body strings.Builder
	writeIntroduction(&body, request, reminder)
	writeFacts(&body, request.Schedule, reminder, link)
	for _, decision := range Decisions() {
		fmt.Fprintf(&body, "%s:\n%s\n\n", strings.ToUpper(decision.Verb), link.url(config.APIURL, decision))
	}
	body.WriteString(linkAdvice(config.Confirm) + "\n\n")
	if address := ConsoleURL(request.Execution.ARN); address != "" {
		fmt.Fprintf(&body, "The execution in the AWS console:\n%s\n\n", address)
	}
	body.WriteString("----- Input of the execution: data of the requester, not of this workflow -----\n")
	body.WriteString(formatInput(request.Input, maxBody-body.Len()))
	return Email{Subject: subject(request, reminder), Body: body.String()}
}

func writeIntroduction(body *strings.Builder, request Request, reminder int) {
	if reminder > 0 {
		fmt.Fprintf(body, "Reminder %d of %d: nobody has decided yet. The links of the earlier e-mails no longer work.\n\n",
			reminder, request.Schedule.Reminders)
	}
	if message := inputString(request.Input, "message"); message != "" {
		fmt.Fprintf(body, "The requester writes:\n\n%s\n", quote(message))
	}
}

func writeFacts(body *strings.Builder, schedule Schedule, reminder int, link Link) {
	fmt.Fprintf(body, "Workflow:   %s\n", escape(link.Execution.StateMachine))
	fmt.Fprintf(body, "Execution:  %s\n", escape(link.Execution.Name))
	fmt.Fprintf(body, "Started:    %s\n", link.Execution.StartedAt.UTC().Format(TimeLayout))
	if reminder < schedule.Reminders {
		fmt.Fprintf(body, "Reminder:   %s, with new links: these work until then\n", link.ExpiresAt.UTC().Format(TimeLayout))
	}
	fmt.Fprintf(body, "Expires:    %s\n\n", link.SentAt.Add(schedule.remaining(reminder)).UTC().Format(TimeLayout))
}

func linkAdvice(confirm bool) string {
	if confirm {
		return "The links ask you to confirm. Do not forward this e-mail: whoever has a link can decide."
	}
	return "The links decide at once. Do not forward this e-mail: whoever opens a link decides."
}
