package approval

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

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

// Click is an approver's click on a link.
type Click struct {
	// Link is what the link contains. [Service.VerifyLink] returns it.
	Link Link
	// Decision is where the link leads.
	Decision Decision
	// Reason is what the approver typed, if anything.
	Reason string
	// SourceIP is the client's address as the gateway saw it.
	SourceIP string
	// UserAgent is the client's own name for itself.
	UserAgent string
}

// Outcome is the result of a click.
type Outcome struct {
	View
	// Record is what the execution keeps of this click.
	Record Record
}

// Look returns what an approver may see of the request that a link is for. Its error is always an [*Error]. It says why the
// approver cannot decide, and the view comes with it.
func (s *Service) Look(ctx context.Context, link Link, decision Decision) (View, error) {
	execution, details, err := s.read(ctx, link, new(backoff), "")
	if err == nil {
		err = execution.refusal(link, decision, details)
	}
	return execution.view(link, details), err
}

// Decide passes the decision to the waiting execution. Its error is always an [*Error]. What the approver may see of the
// request comes with it. Without an error, Step Functions has accepted the decision. Somebody may still stop the execution before it
// has carried the decision out: the notices of Report tell how it ended.
func (s *Service) Decide(ctx context.Context, click Click) (Outcome, error) {
	record, err := newRecord(click, time.Now())
	if err != nil {
		return Outcome{}, err
	}
	var token Token
	for between := new(backoff); ; {
		execution, details, err := s.read(ctx, click.Link, between, token)
		outcome := Outcome{View: execution.view(click.Link, details)}
		record.Group = outcome.Group
		outcome.Record = record
		if err != nil || execution.contains(click.Decision, record) { // the answer to an earlier try may get lost
			return outcome, err
		}
		if err := execution.refusal(click.Link, click.Decision, details); err != nil {
			return outcome, err
		}
		result := newResult(execution.Request.Approvals, outcome.ApprovalsNeeded, click.Decision, record)
		token = execution.Request.TaskToken
		err = decideCodes.classify(s.ports.Callback.Succeed(ctx, token, result.encode()), token)
		if err == nil {
			outcome.update(result, execution.Request.Schedule)
			return outcome, nil
		}
		if CodeOf(err) != CodeClosed { // otherwise another click answered the task, or its time ran out
			return outcome, err
		}
		if err := between.pause(ctx); err != nil {
			return outcome, err
		}
	}
}

// read returns the state of the execution as soon as a task waits or the execution has ended, and the details of its input. Whoever
// is not, or no longer, in the group that the execution asks learns nothing about it. Its errors contain neither the token of the
// task nor an earlier one.
func (s *Service) read(ctx context.Context, link Link, between *backoff, earlier Token) (Execution, details, error) {
	if !s.config.isApprover(link.Approver) { // before the call to AWS
		return Execution{}, details{}, &Error{Code: CodeNotApprover}
	}
	for {
		execution, err := s.ports.Executions.Read(ctx, link.Execution)
		if err != nil {
			return Execution{}, details{}, decideCodes.classify(err, earlier, execution.Request.TaskToken)
		}
		read := execution.Request.details()
		if execution.isOf(link) && !s.config.isMember(execution.Request.group(read), link.Approver) {
			return Execution{}, details{}, &Error{Code: CodeNotApprover}
		}
		if execution.Status != StatusMoving {
			return execution, read, nil
		}
		if err := between.pause(ctx); err != nil {
			return Execution{}, details{}, err
		}
	}
}

// An execution whose state is about to change is read again after minPause, then after twice as long each time, up to
// maxPause: the quota of GetExecutionHistory is shared by the account.
const (
	minPause = 250 * time.Millisecond
	maxPause = 2 * time.Second
)

// backoff is the last pause between two reads.
type backoff time.Duration

// pause waits before the next read.
func (b *backoff) pause(ctx context.Context) error {
	*b = min(max(2**b, backoff(minPause)), backoff(maxPause))
	select {
	case <-time.After(time.Duration(*b)):
		return nil
	case <-ctx.Done():
		return &Error{Code: CodeUnavailable, Err: fmt.Errorf("no task of the execution waits: %w", ctx.Err())}
	}
}

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
func newResult(approvals []Record, needed int, decision Decision, record Record) result {
	if decision == Reject {
		return result{Status: Reject.Status, Rejection: &record}
	}
	approvals = append(slices.Clone(approvals), record)
	if len(approvals) < needed {
		return result{Status: statusPending, Approvals: approvals}
	}
	return result{Status: Approve.Status, Approvals: approvals}
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

// update changes the view to that after the execution accepted the result. Another round waits as long as the first one.
func (o *Outcome) update(result result, schedule Schedule) {
	o.Expires = time.Time{}
	o.Rejection = result.Rejection.visible()
	if result.Approvals != nil {
		o.Approvals = visibleRecords(result.Approvals)
	}
	if result.Rejection != nil {
		o.Approvals = withoutApprover(o.Approvals, o.Rejection.Approver)
	}
	if result.Status == statusPending {
		o.Expires = time.Now().Add(schedule.Duration())
	}
}
