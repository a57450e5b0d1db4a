package main

import (
	"context"
	"html"
	"io"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/local/stepfunctions"
	"approval-workflow/handler/statemachine/asl"
)

func deployedMachine(t *testing.T) *asl.Machine {
	t.Helper()
	opts, err := parseFlags(nil, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	machine, err := newMachine(new(function).task, opts)
	if err != nil {
		t.Fatal(err)
	}
	return machine
}

// checkPage returns the page of a machine. It checks that the policy allows exactly the page's own style and script, and that
// the page knows the state machine.
func checkPage(t *testing.T, machine *asl.Machine, args ...string) string {
	t.Helper()
	opts, err := parseFlags(args, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	page, err := newPage(machine, opts)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	page.ServeHTTP(w, httptest.NewRequest(get, "/", nil))
	body, policy := w.Body.String(), w.Header().Get("Content-Security-Policy")
	for _, tag := range []string{"style", "script"} {
		_, rest, _ := strings.Cut(body, "<"+tag+">")
		content, _, found := strings.Cut(rest, "</"+tag+">")
		if !found || !strings.Contains(policy, tag+"-src "+hashSource(content)) {
			t.Errorf("the policy does not allow the page's %s", tag)
		}
	}
	if !strings.HasPrefix(policy, "default-src 'none'; ") {
		t.Errorf("policy = %s", policy)
	}
	body = html.UnescapeString(body)
	if !strings.Contains(body, `data-state-machine="`+stepfunctions.StateMachineARN+`"`) {
		t.Error("the page does not contain the ARN of the state machine")
	}
	return body
}

func TestPage(t *testing.T) {
	body := checkPage(t, deployedMachine(t))
	if strings.Count(body, `<g class="node`) != 10 || strings.Contains(body, "no picture") {
		t.Error("the page has no picture with 10 states")
	}
}

// TestPageOffersGroups checks that the form has a choice only if there are groups.
func TestPageOffersGroups(t *testing.T) {
	body := checkPage(t, deployedMachine(t), ofGroups...)
	for _, want := range []string{
		`<label for="group">`, `<select id="group"`, `<option value="">no group: 1 of ` + ada + ", " + bob + "<",
		`<option value="dba">dba: 2 of ` + dora + ", " + dan + ", ADA@example.com<", `<option value="on-call">on-call: 1 of ` + cleo + "<",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not contain %s", want)
		}
	}
	if body := checkPage(t, deployedMachine(t)); strings.Contains(body, "<select") || strings.Contains(body, `for="group"`) {
		t.Error("the page offers groups, but there are none")
	}
}

// TestPageWithoutPicture checks that a machine that does not fit into the picture leaves the rest of the page as it is.
func TestPageWithoutPicture(t *testing.T) {
	ask := `{"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "TimeoutSeconds": 60,
		"Parameters": {"FunctionName": "f", "Payload": {}}, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "C"}], "Next": "B"}`
	machine, err := asl.Parse(`{"StartAt": "A", "States": {
		"A": `+ask+`,
		"B": {"Type": "Pass", "Parameters": {}, "End": true},
		"C": {"Type": "Pass", "Parameters": {}, "Next": "B"}}}`,
		asl.Functions{"f": func(context.Context, []byte) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	body := checkPage(t, machine)
	if want := `It cannot be drawn: no place for the transition from "C" to "B".`; !strings.Contains(body, want) {
		t.Errorf("the page does not say %s", want)
	}
	if strings.Contains(body, "<svg") {
		t.Error("the page has a picture that leaves something out")
	}
}

// TestDiagram checks that the picture has every state and transition of the definition, and that nothing overlaps.
func TestDiagram(t *testing.T) {
	got, err := newDiagram(deployedMachine(t))
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
		"Begin", "Spread", "RequestApproval", "TooFewApprovers", "Expired", "NotSent", "Decided?", "Rejected", "Undecided", "Approved"}
	if diff := cmp.Diff(wantNames, names); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
	wantArrows := []string{
		"Begin > Spread", "Spread > RequestApproval", "RequestApproval > Decided?",
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
func checkBoxes(t *testing.T, d diagram) {
	t.Helper()
	for i, a := range d.States {
		if a.X < 0 || a.Y < 0 || a.X+a.Width > d.Width || a.Y+a.Height > d.Height {
			t.Errorf("%s is not in the picture", a.Name)
		}
		overlaps := func(b box) bool {
			return a.X < b.X+b.Width && b.X < a.X+a.Width && a.Y < b.Y+b.Height && b.Y < a.Y+a.Height
		}
		if j := slices.IndexFunc(d.States[i+1:], overlaps); j >= 0 {
			t.Errorf("%s overlaps %s", a.Name, d.States[i+1+j].Name)
		}
	}
}
