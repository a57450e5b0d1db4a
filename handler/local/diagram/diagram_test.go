package diagram

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/local/asl"
	"approval-workflow/handler/statemachine"
)

const function = "arn:aws:lambda:us-east-1:000000000000:function:approval"

func parse(t *testing.T, definition string) *asl.Machine {
	t.Helper()
	ignore := func(context.Context, []byte) error { return nil }
	machine, err := asl.Parse(definition, asl.Resources{Functions: map[string]asl.Function{function: ignore}})
	if err != nil {
		t.Fatal(err)
	}
	return machine
}

// TestApprovalWorkflow checks that the picture has every state and transition of the definition, and that nothing overlaps.
func TestApprovalWorkflow(t *testing.T) {
	definition, err := statemachine.Render(function, approval.Schedule{IntervalSeconds: 60, PauseSeconds: 1}, 2)
	if err != nil {
		t.Fatal(err)
	}
	got, err := New(parse(t, definition))
	if err != nil {
		t.Fatal(err)
	}
	var names, arrows []string
	for _, state := range got.States {
		names = append(names, state.Name)
	}
	for _, arrow := range got.Transitions {
		arrows = append(arrows, strings.TrimSpace(arrow.From+" > "+arrow.To+" "+arrow.When))
	}
	wantNames := []string{
		"Begin", "RequestApproval", "TooFewApprovers", "Expired", "NotSent", "Decided?", "Rejected", "Undecided", "Approved"}
	if diff := cmp.Diff(wantNames, names); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
	wantArrows := []string{
		"Begin > RequestApproval", "RequestApproval > Decided?",
		"RequestApproval > TooFewApprovers on TooFewApproversError", "RequestApproval > Expired on States.Timeout",
		"RequestApproval > NotSent on any other error", "Decided? > Approved approved",
		"Decided? > RequestApproval pending", "Decided? > Rejected rejected", "Decided? > Undecided otherwise"}
	if diff := cmp.Diff(wantArrows, arrows); diff != "" {
		t.Errorf("transitions (-want +got):\n%s", diff)
	}
	checkBoxes(t, got)
	const want = "Decided? leads approved to Approved, pending to RequestApproval, rejected to Rejected, otherwise to Undecided." +
		" Rejected fails the execution."
	if !strings.Contains(got.Text, want) || !strings.HasSuffix(got.Text, "Approved ends the execution.") {
		t.Errorf("text = %s", got.Text)
	}
}

// checkBoxes checks that the boxes are in the picture and do not overlap.
func checkBoxes(t *testing.T, d Diagram) {
	t.Helper()
	for i, a := range d.States {
		if a.X < 0 || a.Y < 0 || a.X+a.Width > d.Width || a.Y+a.Height > d.Height {
			t.Errorf("%s is not in the picture", a.Name)
		}
		overlaps := func(b State) bool {
			return a.X < b.X+b.Width && b.X < a.X+a.Width && a.Y < b.Y+b.Height && b.Y < a.Y+a.Height
		}
		if j := slices.IndexFunc(d.States[i+1:], overlaps); j >= 0 {
			t.Errorf("%s overlaps %s", a.Name, d.States[i+1+j].Name)
		}
	}
}

// TestNoPlace checks that the picture leaves nothing out: a machine that does not fit is an error.
func TestNoPlace(t *testing.T) {
	machine := parse(t, `{"StartAt": "A", "States": {
		"A": {"Type": "Choice", "Choices": [{"Variable": "$.x", "IsPresent": true, "Next": "B"}], "Default": "C"},
		"B": {"Type": "Pass", "Parameters": {}, "End": true},
		"C": {"Type": "Pass", "Parameters": {}, "Next": "B"}}}`)
	_, err := New(machine)
	if want := `no place for the transition from "C" to "B"`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error = %v, want one that contains %s", err, want)
	}
}
