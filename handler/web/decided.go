package web

import (
	"slices"
	"strings"

	"approval-workflow/handler/approval"
)

// about adds what is known of the request, and what it means for whoever clicked to decide.
func (a answer) about(clicked approval.Decision, view approval.View) answer {
	a.view = view
	switch approval.Code(a.code) {
	case approval.CodeAlreadyCounted: // how many approvals are still needed
		f := failures[approval.CodeAlreadyCounted]
		a.message = f.what + " " + stillNeeded(view.Missing()) + ". " + f.advice
	case approval.CodeAlreadyApproved:
		a.message, a.reasons = decidedBefore(approval.Approve, view)+" "+adviceAfterApproval(clicked, view), reasons(view)
	case approval.CodeAlreadyRejected:
		a.message, a.reasons = decidedBefore(approval.Reject, view)+" That decision is final. To ask again, "+
			requester(view)+" has to start a new execution.", reasons(view)
	}
	return a
}

// decidedBefore says who decided on a request, and when.
func decidedBefore(decision approval.Decision, view approval.View) string {
	var deciders []string
	for _, record := range deciding(decision, view) {
		name := record.Approver
		if isOwn(record, view) {
			name = "you"
		}
		deciders = append(deciders, "by "+name+" at "+formatTime(record.DecidedAt))
	}
	text := "This request was " + decision.Status + " before"
	for i, decider := range deciders {
		separator := ", "
		if i > 0 && i == len(deciders)-1 {
			separator = " and "
		}
		text += separator + decider
	}
	return text + "."
}

// deciding returns the records that made a decision.
func deciding(decision approval.Decision, view approval.View) []approval.Record {
	if decision == approval.Approve {
		return view.Approvals
	}
	if view.Rejection == nil {
		return nil
	}
	return []approval.Record{*view.Rejection}
}

// isOwn reports whether a decision is that of whoever clicked.
func isOwn(record approval.Record, view approval.View) bool {
	return strings.EqualFold(record.Approver, view.Approver)
}

// adviceAfterApproval says what can be done about an approval.
func adviceAfterApproval(clicked approval.Decision, view approval.View) string {
	if clicked == approval.Reject {
		return "The execution has gone on, so nobody can reject it any more. If you object, ask " + requester(view) +
			" what can still be done."
	}
	return "That decision is final. There is nothing left to do."
}

// requester returns how to call the requester. Their name is quoted, because they chose it.
func requester(view approval.View) string {
	if view.Requester == "" {
		return "the requester"
	}
	return `the requester ("` + view.Requester + `")`
}

// reasons quotes the reasons of all who decided. They come after everything that the workflow says.
func reasons(view approval.View) string {
	var quoted []string
	for _, record := range records(view) {
		whose := "The reason of " + record.Approver
		if isOwn(record, view) {
			whose = "Your reason"
		}
		if record.Reason != "" {
			quoted = append(quoted, whose+`: "`+record.Reason+`"`)
		}
	}
	return strings.Join(quoted, " ")
}

// records returns the decisions so far.
func records(view approval.View) []approval.Record {
	return slices.Concat(deciding(approval.Approve, view), deciding(approval.Reject, view))
}
