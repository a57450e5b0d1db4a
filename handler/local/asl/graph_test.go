package asl

import (
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

const branching = `{"StartAt": "A", "States": {
	"A": {"Type": "Choice", "Choices": [
		{"And": [{"Variable": "$.s", "IsPresent": true}, {"Variable": "$.s", "StringEquals": "x"}], "Next": "B"},
		{"Variable": "$.t", "IsPresent": true, "Next": "C"}], "Default": "C"},
	"B": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "TimeoutSeconds": 1,
		"Parameters": {"FunctionName": "` + testFunction + `", "Payload": {"token.$": "$$.Task.Token"}},
		"Catch": [{"ErrorEquals": ["E", "F"], "Next": "C"}, {"ErrorEquals": ["States.ALL"], "Next": "D"}], "Next": "A"},
	"C": {"Type": "Pass", "Parameters": {}, "End": true},
	"D": {"Type": "Fail", "Error": "E", "Cause": "c"}}}`

func TestTransitions(t *testing.T) {
	machine, err := Parse(branching, (&harness{}).resources(time.Time{}))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]Transition{
		"A": {{"B", "x"}, {"C", ""}, {"C", "otherwise"}},
		"B": {{"A", ""}, {"C", "on E or F"}, {"D", "on any other error"}},
		"C": nil,
		"D": nil,
	}
	for state, transitions := range want {
		if diff := cmp.Diff(transitions, machine.Transitions(state)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", state, diff)
		}
		if got := machine.Fails(state); got != (state == "D") {
			t.Errorf("%s fails the execution: %t", state, got)
		}
	}
	if got := machine.StartAt(); got != "A" {
		t.Errorf("the first state is %s", got)
	}
}

// TestEntered checks that an execution reports each state that it enters.
func TestEntered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &harness{invoked: func(int) error { return &Error{Name: "E"} }}
		machine, err := Parse(branching, h.resources(time.Now()))
		if err != nil {
			t.Fatal(err)
		}
		var entered []string
		_, err = machine.Run(t.Context(), Execution{
			Input: json.RawMessage(`{"s":"x"}`), Entered: func(state string) { entered = append(entered, state) },
		}, NewTasks())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"A", "B", "C"}, entered); diff != "" {
			t.Errorf("states (-want +got):\n%s", diff)
		}
	})
}
