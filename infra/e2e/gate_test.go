//go:build e2e

package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// gate is a stack with the approval workflow, and a mailbox that gets the e-mails to all its approvers.
type gate struct {
	*stack
	approvers []string
	box       *mailbox
}

// newGate creates a stack of the Pulumi project in dir. It changes the program so that a queue may subscribe to the
// approvers' topic and the API takes clicks as fast as the tests make them.
func newGate(t *testing.T, dir string, approvers ...string) *gate {
	t.Helper()
	g := &gate{stack: newStack(t, dir), approvers: approvers, box: newMailbox(t)}
	const before = "args.Code = pulumi.NewFileArchive(zip)\n"
	g.replace(t, "main.go", before, before+fmt.Sprintf(
		"\t\targs.Queues, args.RequestRate, args.RequestBurst = []string{%q}, 1_000, 1_000\n", g.box.arn))
	g.set(t, "email", strings.Join(approvers, ","))
	return g
}

// deploy deploys the stack for the first time.
func (g *gate) deploy(t *testing.T) {
	t.Helper()
	g.up(t)
	g.box.subscribe(t, g.output("topicArn"))
}

// request is an execution that asks the approvers.
type request struct {
	*gate
	execution string // its ARN
}

// ask starts an execution with an input.
func (g *gate) ask(t *testing.T, input string) request {
	t.Helper()
	return request{g, startExecution(t, g.output("stateMachineArn"), input)}
}

// email returns the next e-mail to an approver.
func (r request) email(t *testing.T, approver string) email {
	t.Helper()
	return r.box.take(t, r.execution, approver)
}

// asked is a request with the first e-mail to each approver.
type asked struct {
	request
	emails []email
}

// askAll starts an execution with an input and waits for the e-mails.
func (g *gate) askAll(t *testing.T, input string) asked {
	t.Helper()
	r := g.ask(t, input)
	return asked{r, r.receive(t)}
}

// receive returns the next e-mail to each approver.
func (r request) receive(t *testing.T) (emails []email) {
	t.Helper()
	for _, approver := range r.approvers {
		emails = append(emails, r.email(t, approver))
	}
	return emails
}

// approve opens the approve link of an e-mail as a script does.
func (r request) approve(t *testing.T, e email, wantStatus int, wantBody string) {
	t.Helper()
	r.open(t, e.link(t, "/approve"), wantStatus, wantBody)
}

// reject opens the reject link of an e-mail as a script does.
func (r request) reject(t *testing.T, e email, wantStatus int, wantBody string) {
	t.Helper()
	r.open(t, e.link(t, "/reject"), wantStatus, wantBody)
}

// The messages to clicks that count, and the answers with them.
const (
	approvedMessage = "Workflow approved successfully"
	rejectedMessage = "Workflow rejected"
	countedMessage  = "Your approval was recorded. 1 more approval is needed."

	approved = `{"message":"` + approvedMessage + `"}`
	rejected = `{"message":"` + rejectedMessage + `"}`
	counted  = `{"message":"` + countedMessage + `"}`
)

// stop stops the execution.
func (r request) stop(t *testing.T) {
	t.Helper()
	aws(t, nil, "stepfunctions", "stop-execution", "--execution-arn", r.execution)
}

// wait waits for the end of the execution.
func (r request) wait(t *testing.T) ended {
	t.Helper()
	return wait(t, r.execution)
}

// checkApproved waits for the end of the execution. It checks that the execution succeeded, with an approval of each of
// these approvers in its output.
func (r request) checkApproved(t *testing.T, approvers ...string) {
	t.Helper()
	r.wait(t).checkApproved(t, approvers...)
}

// checkRejected waits for the end of the execution. It checks that an approver rejected it, and that others cannot approve.
func (r request) checkRejected(t *testing.T, approver string, later email) {
	t.Helper()
	r.wait(t).checkFailed(t, "Rejected", `"approver":"`+approver+`"`)
	r.approve(t, later, http.StatusConflict, "rejected before")
}
