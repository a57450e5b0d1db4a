package approval

import (
	"encoding/json"
	"slices"
)

// errorRejected and errorExpired are the error names of the state machine's Fail states.
const (
	errorRejected = "Rejected"
	errorExpired  = "Expired"
)

// approvals returns the approvals that the execution keeps so far.
func (e Execution) approvals() []Record {
	var output struct{ Approvals []Record }
	if e.Status == StatusSucceeded && json.Unmarshal([]byte(e.Output), &output) == nil && output.Approvals != nil {
		return output.Approvals
	}
	return e.Request.Approvals
}

// keeps reports whether the execution keeps this very decision. An approval that counted means nothing any more if the
// execution has failed since.
func (e Execution) keeps(decision Decision, record Record) bool {
	if decision == Reject {
		var cause Record
		return e.Status == StatusFailed && e.Error == errorRejected &&
			json.Unmarshal([]byte(e.Cause), &cause) == nil && record.same(cause)
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
	case e.Status == StatusFailed && e.Error == errorRejected:
		return CodeAlreadyRejected
	case e.Status == StatusFailed && e.Error == errorExpired:
		return CodeExpired
	}
	return CodeClosed
}
