package definition

import (
	"cmp"
	"os"
	"slices"
	"testing"
)

// parseRelease reads the example of a state machine that has this one as a step.
func parseRelease(t *testing.T) (start string, states map[string]state) {
	t.Helper()
	text, err := os.ReadFile("../example/release.asl.json")
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, string(text))
}

// TestReleaseFailsClosed holds the example to its promise: one state ends without failing, and nothing leads there but
// the success of a step that waits for the decision.
func TestReleaseFailsClosed(t *testing.T) {
	start, states := parseRelease(t)
	checkReachable(t, start, states)
	if got := states["Approve"].Resource; got != "arn:${Partition}:states:::states:startExecution.sync:2" {
		t.Errorf("Approve is a task of %s, which does not wait", got)
	}
	for name, state := range states {
		if (state.End || state.Type == "Succeed") && name != "Release" {
			t.Errorf("%s succeeds", name)
		}
		others := []string{state.Default}
		if name != "Approve" {
			others = append(others, state.Next)
		}
		for _, choice := range state.Choices {
			others = append(others, choice.Next)
		}
		for _, catch := range state.Catch {
			others = append(others, catch.Next)
		}
		if slices.Contains(others, "Release") {
			t.Errorf("%s leads to Release without an approval", name)
		}
	}
}

// TestReleaseKnowsRefusals follows each way in which this state machine fails to its end in the example.
func TestReleaseKnowsRefusals(t *testing.T) {
	_, gate := parse(t, source)
	_, release := parseRelease(t)
	check := func(want string, facts map[string]string) {
		t.Helper()
		if got := failure(t, release, facts); got != want {
			t.Errorf("after %v it fails with %s, want %s", facts, got, want)
		}
	}
	ownEnds := map[string]string{"Rejected": "Rejected", "Expired": "Expired"}
	for _, state := range gate {
		if state.Type == "Fail" {
			want := cmp.Or(ownEnds[state.Error], "NotApproved")
			check(want, map[string]string{"$.failure.Error": "States.TaskFailed", "$.refusal.execution.Error": state.Error})
			delete(ownEnds, state.Error)
		}
	}
	if len(ownEnds) > 0 {
		t.Errorf("the example knows errors that nothing fails with: %v", ownEnds)
	}
	check("NotApproved", map[string]string{"$.failure.Error": "States.TaskFailed"}) // it was stopped
	check("NotApproved", map[string]string{"$.failure.Error": "StepFunctions.AccessDeniedException"})
}

// failure is the error that the example ends with when its step has failed, by what its choices look at.
func failure(t *testing.T, states map[string]state, facts map[string]string) string {
	t.Helper()
	catch := states["Approve"].Catch
	if len(catch) != 1 || !slices.Equal(catch[0].ErrorEquals, []string{"States.ALL"}) {
		t.Fatalf("Approve does not catch every error alike: %v", catch)
	}
	name := catch[0].Next
	for range states {
		switch state := states[name]; state.Type {
		case "Fail":
			return state.Error
		case "Pass":
			name = state.Next
		case "Choice":
			name = state.Default
			if i := slices.IndexFunc(state.Choices, func(c choice) bool { return c.holds(t, facts) }); i >= 0 {
				name = state.Choices[i].Next
			}
		}
	}
	t.Fatalf("after %v it does not fail, but gets to %q", facts, name)
	return ""
}

// holds tells whether a choice takes its way. To compare what is not there fails an execution.
func (c choice) holds(t *testing.T, facts map[string]string) bool {
	t.Helper()
	comparisons := c.And
	if comparisons == nil {
		comparisons = []comparison{{Variable: c.Variable, StringEquals: c.StringEquals}}
	}
	for _, c := range comparisons {
		value, found := facts[c.Variable]
		switch {
		case c.IsPresent != nil && found != *c.IsPresent:
			return false
		case c.IsPresent == nil && !found:
			t.Fatalf("a choice fails on %s, which is not there", c.Variable)
		case c.StringEquals != nil && value != *c.StringEquals:
			return false
		}
	}
	return true
}
