package approval_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/approval/approvaltest"
)

const jo, ed, al = "jo@example.com", "ed@example.com", "al@example.com"

// release is the name of the execution that waits.
const release = "release-42"

// callLimit limits each call of the service, as package web does.
const callLimit = 10 * time.Second

// reminded is a schedule with three intervals.
var reminded = approval.Schedule{IntervalSeconds: 3600, PauseSeconds: 1, Reminders: 2}

// gate is a service with three approvers and a fake of AWS, in which an execution waits.
type gate struct {
	t       *testing.T
	fake    *approvaltest.Fake
	service *approval.Service
	request approval.Request
	clicks  atomic.Int32
}

// atGate runs a test with an execution that needs that many approvals. Its time passes at once. The edits change the request.
func atGate(t *testing.T, needed int, test func(*gate), edits ...func(*approval.Request)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		request := approval.RequestWith(`{"subject":"Release 1.4.2"}`)
		request.Execution.StartedAt = time.Now().Truncate(time.Millisecond)
		request.EnteredAt, request.ApprovalsNeeded = request.Execution.StartedAt, needed
		for _, edit := range edits {
			edit(&request)
		}
		g := &gate{t: t, fake: approvaltest.New(jo, ed, al), request: request}
		g.fake.Start(request)
		g.configure(jo, ed, al)
		test(g)
	})
}

// runAtGate is atGate with a name.
func runAtGate(t *testing.T, name string, needed int, test func(*gate), edits ...func(*approval.Request)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { atGate(t, needed, test, edits...) })
}

// withInput and withReminders edit the request of a gate.
func withInput(input string) func(*approval.Request) {
	return func(r *approval.Request) { r.Input = []byte(input) }
}

func withReminders(r *approval.Request) { r.Schedule = reminded }

// configure replaces the service by one with other approvers.
func (g *gate) configure(approvers ...string) {
	g.service = approval.NewService(approval.Config{APIURL: approval.TestAPI, Approvers: approvers}, g.fake.Ports())
}

// limited returns the context of a call.
func (g *gate) limited() context.Context {
	ctx, cancel := context.WithTimeout(g.t.Context(), callLimit)
	g.t.Cleanup(cancel)
	return ctx
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
	outcome, err := g.service.Decide(g.limited(), g.click(approver, decision))
	g.checkCode(err, want)
	return outcome
}

// look looks at the request and checks the code of the answer.
func (g *gate) look(approver string, decision approval.Decision, want approval.Code) approval.View {
	g.t.Helper()
	view, err := g.service.Look(g.limited(), g.link(approver), decision)
	g.checkCode(err, want)
	return view
}

// send sends a request and checks what was sent, or the code of the error.
func (g *gate) send(request approval.Request, want approval.Sent, wantCode approval.Code) error {
	g.t.Helper()
	sent, err := g.service.Send(g.limited(), request)
	g.checkCode(err, wantCode)
	if sent != want {
		g.t.Errorf("Send() = %+v, want %+v", sent, want)
	}
	return err
}

func (g *gate) checkCode(err error, want approval.Code) {
	g.t.Helper()
	if got := approval.CodeOf(err); got != want || (err == nil) != (want == "") {
		g.t.Errorf("code = %q, want %q", got, want)
	}
}

// checkRecipients checks who got an e-mail since the fake was made.
func (g *gate) checkRecipients(want ...string) {
	g.t.Helper()
	var got []string
	for _, email := range g.fake.Emails() {
		got = append(got, email.To)
	}
	slices.Sort(got)
	if diff := cmp.Diff(slices.Sorted(slices.Values(want)), got); diff != "" {
		g.t.Errorf("recipients (-want +got):\n%s", diff)
	}
}

// checkAnswers checks how many answers the fake has accepted.
func (g *gate) checkAnswers(want int) {
	g.t.Helper()
	if got := len(g.fake.Answers()); got != want {
		g.t.Errorf("%d answers, want %d", got, want)
	}
}

// execution returns the state of the execution.
func (g *gate) execution() approval.Execution { return g.fake.Execution(release) }

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
	var got []string
	for _, record := range records {
		got = append(got, record.Approver)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		g.t.Errorf("whose records (-want +got):\n%s", diff)
	}
}
