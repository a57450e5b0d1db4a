package approval

import (
	"strings"
	"time"
)

// View is what an approver sees of a request. It comes from the execution, not from the link, except for Approver. Its
// texts show control characters, and marks that change the direction of a text, as the e-mail does: as escapes.
type View struct {
	// StateMachine and Execution are names.
	StateMachine, Execution string
	// Subject, Message, Requester and Review are the requester's, if the input has them. All but Message are a single line.
	// Review is an absolute http or https URL. Requester is who asks according to the input, an address or a name.
	Subject, Message, Requester, Review string
	// Approver is who was asked.
	Approver string
	// Approvals are the approvals so far, and ApprovalsNeeded is how many are needed in all.
	Approvals       []Record
	ApprovalsNeeded int
	// Rejection is the decision that ended the request, if somebody rejected it.
	Rejection *Record
	// Expires is when the request ends, or zero if it has ended.
	Expires time.Time
}

// Missing returns how many approvals are still needed.
func (v View) Missing() int { return max(0, v.ApprovalsNeeded-len(v.Approvals)) }

// view returns what an approver sees. It is empty if the name belongs to another execution now.
func (e Execution) view(link Link) View {
	request := e.Request
	if !e.isOf(link) {
		return View{Approver: escape(link.Approver)}
	}
	details, _ := parseDetails(request.Input) // an execution that waits may be older than the rules
	view := View{
		StateMachine:    escape(link.Execution.StateMachine),
		Execution:       escape(link.Execution.Name),
		Subject:         escape(oneLine(details.subject)),
		Message:         escape(lineFeeds(details.message)),
		Requester:       escape(details.requester),
		Review:          details.review,
		Approver:        escape(link.Approver),
		Approvals:       shown(e.approvals()),
		Rejection:       e.rejection().shown(),
		ApprovalsNeeded: request.ApprovalsNeeded,
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
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
}
