package approval

// Decision is one of the two decisions that an approver can make, with the words, the path and the code that belong to it.
type Decision struct {
	// Status is the decision in its [Record]. The state machine's Choice matches it.
	Status string
	// Path is the path of its links.
	Path string
	// Verb is the text of its button.
	Verb string
	// Title and Message are the answer to the click that decided.
	Title, Message string
	// Decided is the code of the error for a later click.
	Decided Code
}

// The two decisions.
var (
	Approve = Decision{
		Status: "approved", Path: "/approve", Verb: "Approve",
		Title: "Approved", Message: "Workflow approved successfully", Decided: CodeAlreadyApproved,
	}
	Reject = Decision{
		Status: "rejected", Path: "/reject", Verb: "Reject",
		Title: "Rejected", Message: "Workflow rejected", Decided: CodeAlreadyRejected,
	}
)

// Decisions returns both decisions in the order of the e-mail.
func Decisions() []Decision { return []Decision{Approve, Reject} }

// Other returns the opposite decision.
func (d Decision) Other() Decision {
	if d == Approve {
		return Reject
	}
	return Approve
}
