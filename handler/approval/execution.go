package approval

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
)

// ExecutionRef identifies an execution of this workflow.
type ExecutionRef struct {
	// StateMachine is the name of the state machine.
	StateMachine string
	// Name is the name of the execution.
	Name string
	// StartedAt is when the execution started, to the millisecond. It distinguishes executions with the same name, which can
	// come again 90 days after the end of the first one.
	StartedAt time.Time
}

// Status is the state of an execution.
type Status string

// The states of an execution. All but the first two are those of Step Functions.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html
const (
	// StatusWaiting means that a task waits for a decision.
	StatusWaiting Status = "WAITING"
	// StatusMoving means that the execution runs, but no task waits: it is between two states or two attempts of a task.
	StatusMoving    Status = "MOVING"
	StatusSucceeded Status = "SUCCEEDED"
	StatusFailed    Status = "FAILED"
	StatusTimedOut  Status = "TIMED_OUT"
	StatusAborted   Status = "ABORTED"
)

// Execution is the present state of an execution.
type Execution struct {
	// Status is the state.
	Status Status
	// Request is the payload of the newest task, whether it still waits or not.
	Request Request
	// AskedAt is when that task began to wait.
	AskedAt time.Time
	// Output is the result of an execution that succeeded.
	Output string
	// Error and Cause say why an execution failed, or why somebody stopped it.
	Error, Cause string
}

// isOf reports whether the link is for this execution, rather than for an earlier one with the same name. A link has the
// start to the millisecond, as AWS does. An emulator may have it more precisely.
func (e Execution) isOf(link Link) bool {
	return e.Request.Execution.StartedAt.UnixMilli() == link.Execution.StartedAt.UnixMilli()
}

// ValidName reports whether name can be the name of an execution: 1 to 80 characters without white space, control
// characters, wildcards, brackets and special characters.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
func ValidName(name string) bool {
	length := utf8.RuneCountInString(name)
	return length >= 1 && length <= 80 && utf8.ValidString(name) && !strings.ContainsFunc(name, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune("<>{}[]?*\"#%\\^|~`$&,;:/\ufffe\uffff\U0010ffff", r)
	})
}

// stateMachineName returns the name of the state machine in the ARN of an execution:
// arn:PARTITION:states:REGION:ACCOUNT:execution:STATE-MACHINE:NAME.
func stateMachineName(executionARN string) (string, error) {
	parsed, err := arn.Parse(executionARN)
	parts := strings.Split(parsed.Resource, ":")
	if err != nil || parsed.Service != "states" || len(parts) != 3 || parts[0] != "execution" {
		return "", errors.New("is not the ARN of an execution")
	}
	return parts[1], nil
}

// consoleDomains are the AWS console's domains by partition.
var consoleDomains = map[string]string{
	"aws":        "console.aws.amazon.com",
	"aws-cn":     "console.amazonaws.cn",
	"aws-us-gov": "console.amazonaws-us-gov.com",
	"aws-eusc":   "console.amazonaws-eusc.eu",
}

// ConsoleURL returns the URL of a state machine or an execution in the AWS console. It returns "" for any other ARN, and
// for a partition whose console is unknown.
func ConsoleURL(resourceARN string) string {
	parsed, err := arn.Parse(resourceARN)
	kind, _, _ := strings.Cut(parsed.Resource, ":")
	page := map[string]string{"stateMachine": "statemachines/view", "execution": "v2/executions/details"}[kind]
	domain := consoleDomains[parsed.Partition]
	if err != nil || parsed.Service != "states" || page == "" || domain == "" {
		return ""
	}
	return fmt.Sprintf("https://%s.%s/states/home?region=%[1]s#/%[3]s/%[4]s", parsed.Region, domain, page, resourceARN)
}

// MaxReason is the largest number of characters in a reason.
const MaxReason = 1000

// maxUserAgent limits the part of a record that a client can choose freely, in bytes.
const maxUserAgent = 256

// Record is the decision of one approver as the execution keeps it.
type Record struct {
	// Approver is the address that the e-mail went to.
	Approver string `json:"approver"`
	// Group is the group that was asked, or "" if the input names none.
	Group string `json:"group,omitempty"`
	// DecidedAt is when the click came in, in UTC and to the microsecond. It distinguishes the decision from every other.
	DecidedAt time.Time `json:"decidedAt"`
	// Reason is what the approver typed, at most 1,000 characters.
	Reason string `json:"reason,omitempty"`
	// SourceIP is the client's address.
	SourceIP string `json:"sourceIp,omitempty"`
	// UserAgent is the client's name for itself, cut to 256 bytes.
	UserAgent string `json:"userAgent,omitempty"`
	// AgeSeconds is the time from the e-mail to the click. A decision within seconds is rarely a person's.
	AgeSeconds int64 `json:"ageSeconds"`
}

func newRecord(click Click, now time.Time) (Record, error) {
	reason := strings.TrimSpace(lineFeeds(strings.ToValidUTF8(click.Reason, "\ufffd")))
	if length := utf8.RuneCountInString(reason); length > MaxReason {
		return Record{}, &Error{Code: CodeInvalidReason, Message: fmt.Sprintf(
			"The reason has %d characters. The limit is %d.", length, MaxReason)}
	}
	return Record{
		Approver:   click.Link.Approver,
		DecidedAt:  now.UTC().Truncate(time.Microsecond),
		Reason:     reason,
		SourceIP:   click.SourceIP,
		UserAgent:  cut(strings.ToValidUTF8(click.UserAgent, "\ufffd"), maxUserAgent),
		AgeSeconds: max(0, int64(now.Sub(click.Link.SentAt)/time.Second)),
	}, nil
}

// same reports whether r and other are the record of the same click.
func (r Record) same(other Record) bool {
	return r.Approver == other.Approver && r.DecidedAt.Equal(other.DecidedAt) && r.SourceIP == other.SourceIP
}

// hasDecided reports whether one of the records is the approver's.
func hasDecided(records []Record, approver string) bool {
	return slices.ContainsFunc(records, func(r Record) bool { return strings.EqualFold(r.Approver, approver) })
}

// visible returns the record as an approver sees it, or nil for nil. Its texts show control characters like those of a [View].
func (r *Record) visible() *Record {
	if r == nil {
		return nil
	}
	record := *r
	record.Approver, record.Reason = escape(record.Approver), escape(record.Reason)
	return &record
}

// visibleRecords returns records as an approver sees them.
func visibleRecords(records []Record) []Record {
	records = slices.Clone(records)
	for i := range records {
		records[i] = *records[i].visible()
	}
	return records
}

// The error names of the state machine's Fail states for an answer that is not an approval.
const (
	ErrorRejected = "Rejected"
	ErrorExpired  = "Expired"
	ErrorNotSent  = "NotSent"
)

// approvals returns the approvals that the execution keeps so far, except for that of whoever rejected it afterwards.
func (e Execution) approvals() []Record {
	if e.Status == StatusSucceeded {
		var output struct{ Approvals []Record }
		if json.Unmarshal([]byte(e.Output), &output) == nil && output.Approvals != nil {
			return output.Approvals
		}
	}
	if rejection := e.rejection(); rejection != nil {
		return withoutApprover(e.Request.Approvals, rejection.Approver)
	}
	return e.Request.Approvals
}

// withoutApprover returns the records of all others.
func withoutApprover(records []Record, approver string) []Record {
	return slices.DeleteFunc(slices.Clone(records), func(r Record) bool { return strings.EqualFold(r.Approver, approver) })
}

// rejection returns the decision that ended the execution, or nil if nobody rejected it.
func (e Execution) rejection() *Record {
	if e.Status != StatusFailed || e.Error != ErrorRejected {
		return nil
	}
	var record Record
	if json.Unmarshal([]byte(e.Cause), &record) != nil || record.Approver == "" {
		return nil
	}
	return &record
}

// contains reports whether the execution keeps this very decision. An approval that counted means nothing any more if the
// execution has failed since.
func (e Execution) contains(decision Decision, record Record) bool {
	if decision == Reject {
		rejection := e.rejection()
		return rejection != nil && record.same(*rejection)
	}
	return (e.Status == StatusWaiting || e.Status == StatusSucceeded) && slices.ContainsFunc(e.approvals(), record.same)
}

// Refusal returns why the approver of a link cannot decide on the execution, or nil. Its error is an [*Error]. It refuses an
// execution that is moving, because no task waits.
func (e Execution) Refusal(link Link, decision Decision) error {
	return e.refusal(link, decision, e.Request.details())
}

func (e Execution) refusal(link Link, decision Decision, details details) error {
	switch {
	case !e.isOf(link):
		return &Error{Code: CodeClosed, Err: errors.New("the name belongs to another execution now")}
	case e.Status != StatusWaiting:
		return &Error{Code: e.closedCode()}
	case details.requestedBy(link.Approver):
		return &Error{Code: CodeRequester}
	case decision == Approve && hasDecided(e.Request.Approvals, link.Approver): // whoever has approved can still reject
		return &Error{Code: CodeAlreadyCounted}
	}
	return nil
}

// closedCode returns what the state of an execution means for a click that comes after its end.
func (e Execution) closedCode() Code {
	switch {
	case e.Status == StatusSucceeded:
		return CodeAlreadyApproved
	case e.Status == StatusAborted:
		return CodeStopped
	case e.Status == StatusTimedOut:
		return CodeExpired
	case e.Status == StatusFailed && e.Error == ErrorRejected:
		return CodeAlreadyRejected
	case e.Status == StatusFailed && e.Error == ErrorExpired:
		return CodeExpired
	}
	return CodeClosed
}

// View is what an approver sees of a request. It comes from the execution, not from the link, except for Approver. Its
// texts show control characters, and marks that change the direction of a text, as the e-mail does: as escapes.
type View struct {
	// StateMachine and Execution are names.
	StateMachine, Execution string
	// Subject, Message, Requester and Review are the requester's, if the input has them. All but Message are a single line.
	// Review is an absolute http or https URL. Requester is who asks according to the input, an address or a name.
	Subject, Message, Requester, Review string
	// Input is the input of the execution as it is. [FormatInput] makes it readable.
	Input json.RawMessage
	// Approver is who was asked. Group is the approver's group, or "" if the input names none.
	Approver, Group string
	// Approvals are the approvals so far, and ApprovalsNeeded is how many are needed in all.
	Approvals       []Record
	ApprovalsNeeded int
	// Rejection is the decision that ended the request, if somebody rejected it.
	Rejection *Record
	// Withdrawal is why somebody stopped the execution, if they said it.
	Withdrawal string
	// Expires is when the request ends, or zero if it has ended.
	Expires time.Time
}

// Missing returns how many approvals are still needed.
func (v View) Missing() int { return max(0, v.ApprovalsNeeded-len(v.Approvals)) }

// HasApproved reports whether the approver's own approval counts.
func (v View) HasApproved() bool { return hasDecided(v.Approvals, v.Approver) }

// view returns what an approver sees. It is empty if the name belongs to another execution now.
func (e Execution) view(link Link, details details) View {
	request := e.Request
	if !e.isOf(link) {
		return View{Approver: escape(link.Approver)}
	}
	view := View{
		StateMachine:    escape(link.Execution.StateMachine),
		Execution:       escape(link.Execution.Name),
		Subject:         escape(oneLine(details.subject)),
		Message:         escape(lineFeeds(details.message)),
		Requester:       escape(details.requester),
		Review:          details.review,
		Input:           request.Input,
		Approver:        escape(link.Approver),
		Approvals:       visibleRecords(e.approvals()),
		Rejection:       e.rejection().visible(),
		ApprovalsNeeded: request.needed(details),
		Group:           request.shownGroup(details),
	}
	if e.Status == StatusAborted {
		view.Withdrawal = escape(lineFeeds(e.Cause))
	}
	if e.Status == StatusWaiting {
		view.Expires = request.expires(e.AskedAt)
	}
	return view
}

// oneLine replaces each run of white space by a space.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// lineFeeds replaces each line break by a line feed.
func lineFeeds(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
}
