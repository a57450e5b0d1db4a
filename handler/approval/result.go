package approval

import (
	"bytes"
	"encoding/json"
	"slices"
)

// result is the result of the state machine's task. Its Choice matches the status.
type result struct {
	Status    string   `json:"status"`
	Approvals []Record `json:"approvals,omitempty"`
	Rejection *Record  `json:"rejection,omitempty"`
}

// statusPending is the status of a result that needs more approvals.
const statusPending = "pending"

// newResult returns the result of a task by a decision. An approval adds its record to those in the task's payload, so
// that the task token makes it a compare-and-swap: of two clicks on the same list, Step Functions accepts one.
func newResult(request Request, decision Decision, record Record) result {
	if decision == Reject {
		return result{Status: Reject.Status, Rejection: &record}
	}
	approvals := append(slices.Clone(request.Approvals), record)
	if len(approvals) < request.ApprovalsNeeded {
		return result{Status: statusPending, Approvals: approvals}
	}
	return result{Status: Approve.Status, Approvals: approvals}
}

// lost reports whether an execution that accepted the result has ended as if it had not.
func (r result) lost(status Status) bool {
	return status == StatusAborted || status == StatusTimedOut || status == StatusFailed && r.Rejection == nil
}

func (r result) encode() []byte {
	var output bytes.Buffer
	encoder := json.NewEncoder(&output)
	encoder.SetEscapeHTML(false) // an escaped < would take six bytes of the room that the input leaves
	if err := encoder.Encode(r); err != nil {
		panic(err) // strings and times after the year 0 always encode
	}
	return bytes.TrimSpace(output.Bytes())
}
