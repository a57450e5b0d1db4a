package approval_test

import (
	"encoding/json"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/approval/approvaltest"
)

const jo, ed, al = "jo@example.com", "ed@example.com", "al@example.com"

// gate is a service with three approvers and a fake of AWS, in which an execution waits.
type gate struct {
	t       *testing.T
	fake    *approvaltest.Fake
	service *approval.Service
	request approval.Request
	clicks  atomic.Int32
}

// newGate starts an execution that needs that many approvals.
func newGate(t *testing.T, needed int) *gate {
	fake := approvaltest.New(jo, ed, al)
	request := approval.RequestWith(`{"subject":"Release 1.4.2"}`)
	request.Execution.StartedAt = time.Now().Truncate(time.Millisecond)
	request.EnteredAt, request.ApprovalsNeeded = request.Execution.StartedAt, needed
	fake.Start(request)
	config := approval.Config{APIURL: approval.TestAPI, Approvers: []string{jo, ed, al}}
	return &gate{t: t, fake: fake, service: approval.NewService(config, fake.Ports()), request: request}
}

// link returns the link of the first e-mail to an approver.
func (g *gate) link(approver string) approval.Link {
	return approval.Link{
		Execution: approval.ExecutionRef{
			StateMachine: "approval-workflow", Name: g.request.Execution.Name, StartedAt: g.request.Execution.StartedAt,
		},
		Approver: approver,
		SentAt:   g.request.Execution.StartedAt,
	}
}

// click returns a click of an approver from an address of its own.
func (g *gate) click(approver string, decision approval.Decision) approval.Click {
	return approval.Click{Link: g.link(approver), Decision: decision, SourceIP: fmt.Sprintf("203.0.113.%d", g.clicks.Add(1))}
}

// decide clicks and checks the code of the answer.
func (g *gate) decide(approver string, decision approval.Decision, want approval.Code) approval.Outcome {
	g.t.Helper()
	outcome, err := g.service.Decide(g.t.Context(), g.click(approver, decision))
	if got := approval.CodeOf(err); got != want || (err == nil) != (want == "") {
		g.t.Errorf("%s by %s: code = %q, want %q", decision.Status, approver, got, want)
	}
	return outcome
}

// execution returns the state of the execution.
func (g *gate) execution() approval.Execution { return g.fake.Execution(g.request.Execution.Name) }

// checkEnd checks how the execution ended, and whose records it keeps in its output or its cause.
func (g *gate) checkEnd(status approval.Status, errorName string, approvers ...string) {
	g.t.Helper()
	execution := g.execution()
	if execution.Status != status || execution.Error != errorName {
		g.t.Errorf("the execution is %s with the error %q, want %s and %q", execution.Status, execution.Error, status, errorName)
	}
	var output struct{ Approvals []approval.Record }
	if status == approval.StatusSucceeded {
		g.unmarshal(execution.Output, &output)
	} else {
		output.Approvals = make([]approval.Record, 1)
		g.unmarshal(execution.Cause, &output.Approvals[0])
	}
	g.checkApprovers(output.Approvals, approvers...)
}

func (g *gate) unmarshal(text string, value any) {
	g.t.Helper()
	if err := json.Unmarshal([]byte(text), value); err != nil {
		g.t.Errorf("the execution keeps %q: %v", text, err)
	}
}

// checkApprovers checks whose records a list has.
func (g *gate) checkApprovers(records []approval.Record, want ...string) {
	g.t.Helper()
	got := []string{}
	for _, record := range records {
		got = append(got, record.Approver)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		g.t.Errorf("the records are of %s, want %s", got, want)
	}
}
