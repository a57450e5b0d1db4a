package approval

import (
	"encoding/json"
	"slices"
)

// The error names of the state machine's Fail states for an answer that is not an approval.
const (
	ErrorRejected = "Rejected"
	ErrorExpired  = "Expired"
)

// approvals returns the approvals that the execution keeps so far.
func (e Execution) approvals() []Record {
	var output struct{ Approvals []Record }
	if e.Status == StatusSucceeded && json.Unmarshal([]byte(e.Output), &output) == nil && output.Approvals != nil {
		return output.Approvals
	}
	return e.Request.Approvals
}

// rejection returns the decision that ended the execution, or nil if nobody rejected it.
func (e Execution) rejection() *Record {
	var record Record
	if e.Status != StatusFailed || e.Error != ErrorRejected || json.Unmarshal([]byte(e.Cause), &record) != nil || record.Approver == "" {
		return nil
	}
	return &record
}

// keeps reports whether the execution keeps this very decision. An approval that counted means nothing any more if the
// execution has failed since.
func (e Execution) keeps(decision Decision, record Record) bool {
	if decision == Reject {
		rejection := e.rejection()
		return rejection != nil && record.same(*rejection)
	}
	return (e.Status == StatusWaiting || e.Status == StatusSucceeded) && slices.ContainsFunc(e.approvals(), record.same)
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
