package asl

import (
	"testing"
	"time"
)

// correctTask is a task that Parse accepts.
const correctTask = `{"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "TimeoutSeconds": 60,
	"Parameters": {"FunctionName": "` + testFunction + `", "Payload": {"token.$": "$$.Task.Token"}}, "End": true}`

func TestParse(t *testing.T) {
	if _, err := Parse(machine(correctTask), new(harness).resources(time.Time{})); err != nil {
		t.Error(err)
	}
}

func TestParseRefusals(t *testing.T) {
	checkRefusals(t, []refusal{
		{"no start", `{"States": {}}`, `StartAt "" is not a state`},
		{"state type", machine(`{"Type": "Wait"}`), `state "A": unknown Type "Wait"`},
		{"type is not a string", machine(`{"Type": 5}`), `state "A": decode Type`},
		{"missing target", changeTask(`"End": true`, `"Next": "B"`), `state "A": the next state "B" does not exist`},
		{"next and end", changeTask(`"End": true`, `"End": true, "Next": "A"`), `exactly one of Next and End`},
		{"no next", changeTask(`"End": true`, `"End": false`), `exactly one of Next and End`},
		{"unreachable", `{"StartAt": "A", "States": {"A": ` + correctTask + `, "B": ` + correctTask + `}}`,
			`state "B": no transition`},
	})
}
