package approval

import "time"

// Progress is how far a request has got. It is for those who operate the workflow, and names nobody's link. Its texts show
// control characters as those of a [View] do.
type Progress struct {
	// Subject is the requester's, in one line, or "" if the input has none.
	Subject string `json:"subject,omitempty"`
	// Group is the group that is asked, or "" if the input names none.
	Group string `json:"group,omitempty"`
	// Approvals are the approvals so far.
	Approvals []Record `json:"approvals"`
	// ApprovalsNeeded is how many are needed in all. It is 0 if that is impossible, as in a group that does not exist.
	ApprovalsNeeded int `json:"approvalsNeeded,omitempty"`
	// WaitingFor are the addresses of those who can still approve, as long as a task waits. They can be more than are needed.
	WaitingFor []string `json:"waitingFor,omitempty"`
	// OpenUntil is when the request expires, as long as a task waits. Each approval moves it, because the wait begins again.
	OpenUntil time.Time `json:"openUntil,omitzero"`
}

// Progress returns how far the request of an execution has got. Like a click it goes by the group's members of this moment. It
// does not know who of them has confirmed.
func (c Config) Progress(execution Execution) Progress {
	request, details := execution.Request, execution.Request.details()
	progress := Progress{
		Subject: escape(oneLine(details.subject)), Group: request.shownGroup(details), Approvals: visibleRecords(execution.approvals()),
	}
	if needed := request.needed(details); needed <= MaxApprovals {
		progress.ApprovalsNeeded = needed
	}
	if execution.Status != StatusWaiting {
		return progress
	}
	progress.OpenUntil = request.expires(execution.AskedAt)
	for _, member := range c.members(request.group(details)) {
		if !details.requestedBy(member) && !hasDecided(request.Approvals, member) {
			progress.WaitingFor = append(progress.WaitingFor, member)
		}
	}
	return progress
}
