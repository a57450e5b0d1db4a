package approval

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Audience says who gets a [Notice].
type Audience string

// The audiences.
const (
	// AudienceApprover is one approver, such as whoever decided.
	AudienceApprover Audience = "approver"
	// AudienceTeam is whoever subscribes to the outcomes of all executions.
	AudienceTeam Audience = "team"
	// AudienceOperators is whoever gets the alarms.
	AudienceOperators Audience = "operators"
)

// Notice is an e-mail in plain text about the end of an execution. No link in it decides.
type Notice struct {
	// Audience says who gets it.
	Audience Audience
	// To is the address of an approver. It is empty for the other audiences.
	To string
	// Receipt reports whether it confirms somebody's own decision. All others say how the execution ended.
	Receipt bool
	// Subject is a single line of fewer than 100 characters without control characters.
	Subject string
	// Body is the text.
	Body string
	// Execution is the execution that has ended.
	Execution ExecutionRef
	// Attributes describe the end for those who subscribe to some of the notices only: status, execution, and if there are any,
	// error and group.
	Attributes map[string]string
}

// maxNotice limits a notice in bytes. It leaves room for the attributes, whose values have at most 1,300 bytes together.
const maxNotice = maxBody - 2_048

// maxErrorName limits the name of an error in an attribute, in bytes. Whoever stops an execution can choose it.
const maxErrorName = 256

// ending is how an execution has ended, in words.
type ending struct {
	word    string // that begins the subjects
	what    string // happened
	failure bool   // the operators have to look at it
}

func (e Execution) ending() ending {
	switch e.Status {
	case StatusSucceeded:
		return ending{"Approved", "The request was approved.", false}
	case StatusAborted:
		return ending{"Withdrawn", "Somebody stopped the execution, which withdraws the request.", false}
	case StatusTimedOut:
		return ending{"Timed out", "Step Functions ended the execution, because it took too long.", true}
	}
	switch e.Error {
	case ErrorRejected:
		return ending{"Rejected", "The request was rejected.", false}
	case ErrorExpired:
		return ending{"Expired", "Nobody decided on the request in time.", false}
	case string(CodeTooFewApprovers), ErrorNotSent:
		if e.refusedInput() {
			return ending{"Not sent", "The request was refused, because its input is wrong. Nobody was asked.", true}
		}
		return ending{"Not sent", "The request could not be sent to enough approvers, or another program ended its task. Nobody can " +
			"decide on it.", true}
	}
	return ending{"Failed", "The execution failed. Nobody can decide on the request any more.", true}
}

// report is what the notices about an execution have in common.
type report struct {
	config    Config
	execution Execution
	end       End
	ending    ending
	view      View // without an approver
	details   details
	facts     string // in every notice
}

func (s *Service) newReport(execution Execution, end End) report {
	details := execution.Request.details()
	r := report{
		config: s.config, execution: execution, end: end, ending: execution.ending(),
		view: execution.view(Link{Execution: end.Execution.ref()}, details), details: details,
	}
	r.details.subject = shorten(oneLine(cut(r.details.subject, maxMessage)), maxShownSubject)
	var facts strings.Builder
	r.writeFacts(&facts)
	r.writeTexts(&facts)
	r.facts = facts.String()
	return r
}

// maxShownSubject is the largest number of characters of a subject in the text of a notice, so that the other facts have room.
const maxShownSubject = 300

// deciders returns the last decision of everybody who decided.
func (r report) deciders() []Record {
	records := r.execution.approvals()
	if rejection := r.execution.rejection(); rejection != nil {
		records = append(records, *rejection)
	}
	return records
}

func (r report) notice(audience Audience, to, word, body string) Notice {
	return Notice{
		Audience: audience, To: to, Subject: r.config.subjectLine(word+":", r.details, r.end.Execution.Name), Body: fitText(body, maxNotice),
		Execution: r.end.Execution.ref(), Attributes: r.attributes(),
	}
}

func (r report) attributes() map[string]string {
	attributes := map[string]string{"status": string(r.execution.Status), "execution": escape(r.end.Execution.Name)}
	for name, value := range map[string]string{"error": cut(escape(r.execution.Error), maxErrorName), "group": r.view.Group} {
		if value != "" {
			attributes[name] = value
		}
	}
	return attributes
}

// outcome returns the notice that says how the execution has ended.
func (r report) outcome(audience Audience, to string) Notice {
	var body strings.Builder
	body.WriteString(r.ending.what + "\n")
	switch {
	case audience == AudienceApprover && r.details.requestedBy(to):
		body.WriteString("The input names you as the requester.\n")
	case audience == AudienceApprover:
		body.WriteString("There is nothing left for you to do. The links of earlier e-mails no longer decide.\n")
	case audience == AudienceOperators && r.execution.refusedInput():
		body.WriteString("What to do: the requester has to correct the input and start a new execution.\n")
	case audience == AudienceOperators:
		body.WriteString("What to do: fix what the cause says, and start a new execution.\n")
	}
	body.WriteString("\n")
	body.WriteString(r.facts)
	return r.notice(audience, to, r.ending.word, body.String())
}

// receipt returns the notice to whoever decided.
func (r report) receipt(record Record) Notice {
	verb, noun := "approved", "approval"
	if rejection := r.execution.rejection(); rejection != nil && record.same(*rejection) {
		verb, noun = "rejected", "rejection"
	}
	var body strings.Builder
	fmt.Fprintf(&body, "Your %s was recorded.\n\n", noun)
	writeFact(&body, "Decided", formatTime(record.DecidedAt))
	writeFact(&body, "From", escape(record.SourceIP))
	writeFact(&body, "Client", escape(oneLine(record.UserAgent)))
	body.WriteString("\n")
	fmt.Fprintf(&body, "How it ended: %s\n\n", r.ending.what)
	body.WriteString("If this was not you, somebody else can open your e-mails. Tell the operators of this workflow at once, because " +
		"nobody can take the decision back here.\n\n")
	body.WriteString(r.facts)
	notice := r.notice(AudienceApprover, record.Approver, "You "+verb, body.String())
	notice.Receipt = true
	return notice
}

func writeFact(body *strings.Builder, name, value string) {
	if value != "" {
		fmt.Fprintf(body, "%-12s%s\n", name+":", value)
	}
}

func (r report) writeFacts(body *strings.Builder) {
	writeFact(body, "Subject", r.quoted(escape(r.details.subject)))
	writeFact(body, "Workflow", escape(r.end.Execution.ref().StateMachine))
	writeFact(body, "Execution", escape(r.end.Execution.Name))
	writeFact(body, "Requester", r.quoted(r.view.Requester))
	writeFact(body, "Group", r.view.Group)
	writeFact(body, "Error", r.errorName())
	for _, record := range r.view.Approvals {
		writeFact(body, "Approved", "by "+record.Approver+" at "+formatTime(record.DecidedAt))
	}
	if record := r.view.Rejection; record != nil {
		writeFact(body, "Rejected", "by "+record.Approver+" at "+formatTime(record.DecidedAt))
	}
	writeFact(body, "Started", formatTime(r.end.Execution.StartedAt))
	writeFact(body, "Ended", formatTime(r.end.EndedAt)+", after "+r.end.EndedAt.Sub(r.end.Execution.StartedAt).Truncate(time.Second).String())
	body.WriteString("\n")
}

func (r report) quoted(text string) string {
	if text == "" {
		return ""
	}
	return asTheInputSays(text)
}

// errorName returns the name of the error of an end that is a failure.
func (r report) errorName() string {
	if !r.ending.failure {
		return ""
	}
	return escape(oneLine(cmp.Or(r.execution.Error, string(r.execution.Status))))
}

// writeTexts writes what people and other programs said, as quotations, and where to look.
func (r report) writeTexts(body *strings.Builder) {
	for _, record := range r.deciders() {
		if record.Reason != "" {
			fmt.Fprintf(body, "The reason of %s:\n\n%s\n", escape(record.Approver), quote(record.Reason, cutText))
		}
	}
	if r.view.Rejection == nil && r.execution.Cause != "" {
		fmt.Fprintf(body, "Cause:\n\n%s\n", quote(r.cause(), cutText))
	}
	if line := "> " + r.view.Review; r.view.Review != "" && len(line) <= maxMailLine {
		body.WriteString("The requester's link to what was to be looked at:\n\n" + line + "\n\n")
	}
	body.WriteString(r.config.console(r.end.Execution))
	body.WriteString(r.inputMissing())
}

// inputMissing says that neither the history nor the event has the input.
func (r report) inputMissing() string {
	if r.execution.Request.Input != nil {
		return ""
	}
	return "The event about this end does not have the input of the execution, which is large. Step Functions has it.\n"
}

// cause returns why the execution did not succeed. Whoever stops an execution writes the cause as they like.
func (r report) cause() string {
	if r.execution.Status == StatusAborted {
		return r.execution.Cause
	}
	return unwrapCause(r.execution.Cause)
}

// unwrapCause returns the text in a cause that is the error of a task, which is JSON in JSON.
func unwrapCause(cause string) string {
	for {
		var layer struct{ Cause, ErrorMessage string }
		if json.Unmarshal([]byte(cause), &layer) != nil || layer.Cause+layer.ErrorMessage == "" {
			return cause
		}
		cause = cmp.Or(layer.Cause, layer.ErrorMessage)
	}
}
