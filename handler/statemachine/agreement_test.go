package statemachine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/approval/approvaltest"
	"approval-workflow/handler/local/asl"
)

// agreementTests have the decisions of the approvers in turn, and the error of the execution.
var agreementTests = []struct {
	name      string
	needed    int
	decisions []approval.Decision
	error     string
}{
	{"1 of 1", 1, []approval.Decision{approval.Approve}, ""},
	{"2 of 2", 2, []approval.Decision{approval.Approve, approval.Approve}, ""},
	{"3 of 3", 3, []approval.Decision{approval.Approve, approval.Approve, approval.Approve}, ""},
	{"1 approval is missing", 3, []approval.Decision{approval.Approve, approval.Approve}, "Expired"},
	{"rejected at once", 2, []approval.Decision{approval.Reject}, "Rejected"},
	{"rejected by the last approver", 3, []approval.Decision{approval.Approve, approval.Approve, approval.Reject}, "Rejected"},
}

// TestDecisionsAgree checks that the definition and the fake of package approvaltest come to the same end by the results
// of the code, and that an execution takes no more and no fewer decisions than it needs.
func TestDecisionsAgree(t *testing.T) {
	for _, test := range agreementTests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDeciders(test.decisions)
				got := runNeeding(t, test.needed, day, testInput, d.invoke)
				if got.failure.Name != test.error {
					t.Fatalf("error = %v, want %q", got.failure, test.error)
				}
				if len(d.decisions) > 0 {
					t.Errorf("the execution ended before %d of the decisions", len(d.decisions))
				}
				if test.error != "Expired" { // the fake ends only by a decision
					d.checkEnd(t, got)
				}
			})
		})
	}
}

// deciders play approvers who decide at once, one after another.
type deciders struct {
	fake      *approvaltest.Fake
	service   *approval.Service
	approvers []string
	decisions []approval.Decision // that are left
}

func newDeciders(decisions []approval.Decision) *deciders {
	d := &deciders{decisions: decisions}
	for i := range decisions {
		d.approvers = append(d.approvers, fmt.Sprintf("approver%d@example.com", i))
	}
	d.fake = approvaltest.New(d.approvers...)
	d.service = approval.NewService(approval.Config{Approvers: d.approvers}, d.fake.Ports())
	return d
}

// invoke makes the next approver decide, and answers the task with the result that the code sends.
func (d *deciders) invoke(tasks *asl.Tasks, request approval.Request) error {
	if len(d.decisions) == 0 {
		return nil
	}
	d.fake.Start(request)
	_, err := d.service.Decide(context.Background(), approval.Click{
		Link: approval.Link{
			Execution: approval.ExecutionRef{
				StateMachine: "approval", Name: request.Execution.Name, StartedAt: request.Execution.StartedAt},
			Approver: d.approvers[len(request.Approvals)],
		},
		Decision: d.decisions[0],
	})
	if err != nil {
		return err
	}
	d.decisions = d.decisions[1:]
	answers := d.fake.Answers()
	return tasks.Succeed(string(request.TaskToken), []byte(answers[len(answers)-1].Output))
}

// checkEnd compares the end of an execution with that of the fake.
func (d *deciders) checkEnd(t *testing.T, got end) {
	t.Helper()
	fake := d.fake.Execution("release-42")
	if diff := cmp.Diff([]string{fake.Error, fake.Cause}, []string{got.failure.Name, got.failure.Cause}); diff != "" {
		t.Errorf("error and cause (-fake +definition):\n%s", diff)
	}
	if got.output == "" && fake.Output == "" {
		return
	}
	var fakeOutput, output any
	if err := errors.Join(json.Unmarshal([]byte(fake.Output), &fakeOutput), json.Unmarshal([]byte(got.output), &output)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(fakeOutput, output); diff != "" {
		t.Errorf("output (-fake +definition):\n%s", diff)
	}
}
