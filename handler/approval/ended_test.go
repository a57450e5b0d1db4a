package approval

import (
	"testing"
	"time"
)

// TestKeeps checks which executions keep the very decision of a click.
func TestKeeps(t *testing.T) {
	const own = `{"approver":"jo@example.com","decidedAt":"2026-11-22T09:30:05Z","sourceIp":"203.0.113.7"}`
	const earlier = `{"approver":"jo@example.com","decidedAt":"2026-11-22T09:30:04.999999Z","sourceIp":"203.0.113.7"}`
	record := Record{Approver: "jo@example.com", DecidedAt: TestStart, SourceIP: "203.0.113.7"}
	other := Record{Approver: "ed@example.com", DecidedAt: TestStart, SourceIP: "203.0.113.7"}
	tests := []struct {
		name            string
		execution       Execution
		approve, reject bool
	}{
		{name: "waits, nobody has decided", execution: waiting()},
		{name: "waits with another approval", execution: waiting(other)},
		{name: "waits with the approval", execution: waiting(record), approve: true},
		{name: "waits with another one after the approval", execution: waiting(record, other), approve: true},
		{name: "approved", execution: succeeded(`{"input":{},"approvals":[` + own + `]}`), approve: true},
		{name: "approved by an earlier click", execution: succeeded(`{"input":{},"approvals":[` + earlier + `]}`)},
		{name: "approval in the input", execution: succeeded(`{"input":{"approvals":[` + own + `]},"approvals":[]}`)},
		{name: "output without approvals", execution: succeeded(`{"input":{}}`)},
		{name: "output that is text", execution: succeeded(`"text"`)},
		{name: "output that is not JSON", execution: succeeded(`approvals`)},
		{name: "rejected", execution: failed("Rejected", own), reject: true},
		{name: "rejected by an earlier click", execution: failed("Rejected", earlier)},
		{name: "failed otherwise with the same cause", execution: failed("Undecided", own)},
		{name: "cause that is not JSON", execution: failed("Rejected", "no")},
		{name: "stopped with the same cause", execution: Execution{Status: StatusAborted, Error: "Rejected", Cause: own}},
		{name: "rejected after the approval", execution: failed("Rejected", earlier, record)},
		{name: "expired after the approval", execution: failed("Expired", "", record)},
	}
	for _, test := range tests {
		if got := test.execution.contains(Approve, record); got != test.approve {
			t.Errorf("%s: keeps(Approve) = %t, want %t", test.name, got, test.approve)
		}
		if got := test.execution.contains(Reject, record); got != test.reject {
			t.Errorf("%s: keeps(Reject) = %t, want %t", test.name, got, test.reject)
		}
	}
}

func waiting(approvals ...Record) Execution {
	return Execution{Status: StatusWaiting, Request: Request{Approvals: approvals}}
}

func succeeded(output string) Execution { return Execution{Status: StatusSucceeded, Output: output} }

func failed(name, cause string, approvals ...Record) Execution {
	return Execution{Status: StatusFailed, Error: name, Cause: cause, Request: Request{Approvals: approvals}}
}

func TestClosedCode(t *testing.T) {
	tests := []struct {
		execution Execution
		want      Code
	}{
		{succeeded(`{}`), CodeAlreadyApproved},
		{failed("Rejected", ""), CodeAlreadyRejected},
		{failed("Expired", ""), CodeExpired},
		{failed("NotSent", ""), CodeClosed},
		{failed("Undecided", `"Rejected"`), CodeClosed},
		{failed("", ""), CodeClosed},
		{Execution{Status: StatusTimedOut}, CodeExpired},
		{Execution{Status: StatusAborted}, CodeStopped},
		{Execution{Status: StatusAborted, Error: "Rejected"}, CodeStopped},
		{Execution{Status: StatusAborted, Error: "Expired"}, CodeStopped},
		{Execution{Status: "PENDING_REDRIVE", Error: "Rejected"}, CodeClosed},
		{Execution{}, CodeClosed},
	}
	for _, test := range tests {
		if got := test.execution.closedCode(); got != test.want {
			t.Errorf("closedCode() of %s with the error %q = %s, want %s", test.execution.Status, test.execution.Error, got, test.want)
		}
	}
}

func TestIsOf(t *testing.T) {
	execution := Execution{Request: RequestWith("{}")}
	for add, want := range map[time.Duration]bool{0: true, time.Millisecond: false, -time.Millisecond: false, 400 * time.Microsecond: true} {
		link := Link{Execution: ExecutionRef{StartedAt: time.UnixMilli(TestStart.UnixMilli())}}
		execution.Request.Execution.StartedAt = TestStart.Add(add)
		if got := execution.isOf(link); got != want {
			t.Errorf("isOf() = %t for a start %s later, want %t", got, add, want)
		}
	}
}
