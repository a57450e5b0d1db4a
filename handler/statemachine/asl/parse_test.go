package asl

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	correctTask = askTask(`"Retry": [{"ErrorEquals": ["E"], "IntervalSeconds": 2, "BackoffRate": 1, "MaxAttempts": 1}],
		"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "A"}], "End": true`)
	correctChoice = chooseState(`{"Variable": "$.a", "IsPresent": true}`)
	correctFail   = failState(`"Cause": "c"`)
)

func TestParse(t *testing.T) {
	for _, states := range []string{correctTask, correctChoice, correctFail} {
		if _, err := new(harness).parse(states); err != nil {
			t.Error(err)
		}
	}
}

// refusals are the states that Parse refuses, with a part of its error.
var refusals = map[string][]struct{ name, states, want string }{
	"JSON": {
		{"broken", `"A": {`, `definition: not JSON`},
		{"text after it", correctTask + `}}{`, `definition: not JSON`},
		{"top-level field", correctTask + `}, "TimeoutSeconds": {`, `definition: unknown field "TimeoutSeconds"`},
		{"field twice", correctTask + `}, "StartAt": {`, `definition: field "StartAt" appears twice`},
		{"null at the top", correctTask + `}, "Comment": null, "c": {`, `definition.Comment: null`},
		{"wrong type at the top", correctTask + `}, "Comment": {`, `Comment`},
		{"state twice", correctTask + "," + correctTask, `definition.States: field "A" appears twice`},
		{"state field", change(correctTask, `"End"`, `"HeartbeatSeconds": 5, "End"`),
			`state "A": fields: unknown field "HeartbeatSeconds"`},
		{"inner field", change(correctTask, "IntervalSeconds", "Interval"), `fields.Retry[0]: unknown field "Interval"`},
		{"case", change(correctTask, `"End"`, `"end"`), `unknown field "end"`},
		{"unexported field", change(correctTask, `"End"`, `"payload": 5, "End"`), `unknown field "payload"`},
		{"embedded type", change(correctTask, `"End"`, `"transition": {}, "End"`), `unknown field "transition"`},
		{"null", change(correctTask, "60", "null"), `fields.TimeoutSeconds: null`},
		{"type", `"A": {"Type": "Map"}`, `state "A": unknown Type "Map"`},
		{"type is not a string", `"A": {"Type": 5}`, `state "A": decode Type`},
	},
	"transitions": {
		{"no start", `"B": ` + strings.TrimPrefix(correctFail, `"A": `), `StartAt "A" is not a state`},
		{"missing target", change(correctTask, `"End": true`, `"Next": "B"`), `state "A": the next state "B" does not exist`},
		{"next and end", change(correctTask, `"End": true`, `"End": true, "Next": "A"`), `exactly one of Next and End`},
		{"no next", change(correctTask, `"End": true`, `"End": false`), `exactly one of Next and End`},
		{"rule without next", change(correctChoice, `, "Next": "B"`, ""), `the next state "" does not exist`},
		{"choice without default", change(correctChoice, `, "Default": "C"`, ""), `the next state "" does not exist`},
		{"catcher without next", change(correctTask, `, "Next": "A"`, ""), `the next state "" does not exist`},
		{"unreachable", correctTask + `, "B": {"Type": "Fail", "Error": "E", "Cause": "c"}`, `state "B": no transition`},
	},
	"task": {
		{"service", change(correctTask, ".waitForTaskToken", ""), `unknown Resource`},
		{"resource", change(correctTask, "arn:aws:states:::lambda", "lambda"), `unknown Resource`},
		{"parameter", change(correctTask, `"Payload"`, `"Qualifier": "1", "Payload"`), `Parameters: unknown field "Qualifier"`},
		{"function", change(correctTask, ":ask", ":tell"), `Parameters.FunctionName: unknown function`},
		{"no payload", `"A": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
			"Parameters": {"FunctionName": "` + testFunction + `"}, "TimeoutSeconds": 1, "End": true}`, `Parameters.Payload is missing`},
		{"no timeout", change(correctTask, "60", "0"), `TimeoutSeconds must be`},
		{"array", change(correctTask, `"$$.Task.Token"`, `"$$.Task.Token", "a": [1]`), `Parameters.Payload.a: only an empty array`},
		{"context path", change(correctTask, "Task.Token", "Task.Tokens"), `Payload.token.$: "$$.Task.Tokens" is not in the context`},
		{"catch nothing", change(correctTask, `["States.ALL"]`, `[]`), `Catch[0]: ErrorEquals is empty`},
	},
	"retry": {
		{"unknown error", change(correctTask, `"E"`, `"States.Timout"`), `Retry[0]: ErrorEquals: unknown error "States.Timout"`},
		{"runtime error", change(correctTask, `"E"`, `"States.Runtime"`), `unknown error "States.Runtime"`},
		{"no name", change(correctTask, `"E"`, `""`), `unknown error ""`},
		{"all and more", change(correctTask, `"E"`, `"States.ALL", "E"`), `must be the only name`},
		{"all first", change(correctTask, `"Catch": [`, `"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "A"}, `),
			`Catch[0]: ErrorEquals: States.ALL must be the only name, and in the last place`},
		{"interval", change(correctTask, `: 2`, `: 0`), `IntervalSeconds must`},
		{"backoff", change(correctTask, `"BackoffRate": 1`, `"BackoffRate": 0.5`), `BackoffRate must`},
		{"attempts", change(correctTask, `"MaxAttempts": 1`, `"MaxAttempts": -1`), `MaxAttempts must`},
		{"no attempts", change(correctTask, `, "MaxAttempts": 1`, ""), `MaxAttempts must`},
		{"short delay", change(correctTask, `"MaxA`, `"MaxDelaySeconds": 2, "MaxA`), `MaxDelaySeconds must`},
		{"long delay", change(correctTask, `"MaxA`, `"MaxDelaySeconds": 31622401, "MaxA`), `MaxDelaySeconds must`},
		{"jitter", change(correctTask, `"MaxA`, `"JitterStrategy": "HALF", "MaxA`), `unknown strategy "HALF"`},
	},
	"choice": {
		{"no conditions", chooseState(``), `Choices[0]: And is missing`},
		{"operator", chooseState(`{"Variable": "$.a", "NumericEquals": 1}`), `Choices[0].And[0]: unknown field "NumericEquals"`},
		{"two operators", chooseState(`{"Variable": "$.a", "StringEquals": "b", "IsPresent": true}`), `exactly one of IsPresent`},
		{"no operator", chooseState(`{"Variable": "$.a"}`), `Choices[0].And[0]: exactly one of IsPresent and StringEquals`},
		{"variable", chooseState(`{"Variable": "a", "IsPresent": true}`), `Choices[0].And[0]: Variable: "a" is not a known path`},
		{"variable is a call", chooseState(`{"Variable": "States.JsonToString($)", "IsPresent": true}`), `is not a known path`},
	},
	"pass and fail": {
		{"no parameters", `"A": {"Type": "Pass", "End": true}`, `Parameters is missing`},
		{"no error", `"A": {"Type": "Fail", "Cause": "c"}`, `Error is missing`},
		{"no cause", failState(`"Comment": "c"`), `exactly one of Cause and CausePath`},
		{"two causes", failState(`"Cause": "c", "CausePath": "$.c"`), `exactly one of Cause and CausePath`},
		{"cause path", failState(`"CausePath": "c"`), `CausePath: "c" is not a known path or function`},
	},
	"wait": {
		{"no path", `"A": {"Type": "Wait", "End": true}`, `SecondsPath: "" is not a known path`},
		{"number", `"A": {"Type": "Wait", "Seconds": 1, "End": true}`, `unknown field "Seconds"`},
		{"path is a call", change(waitState, "$.s", "States.MathRandom(0, 5)"), `SecondsPath: "States.MathRandom(0, 5)" is not a known path`},
		{"no next", change(waitState, `, "Next": "B"`, ""), `exactly one of Next and End`},
	},
	"template": {
		{"array", passState(`{"a": [1]}`), `Parameters.a: only an empty array is known here`},
		{"number as expression", passState(`{"a.$": 5}`), `Parameters.a.$: not a string`},
		{"null as expression", passState(`{"a.$": null}`), `Parameters.a.$: not a string`},
		{"value and expression", passState(`{"a": 5, "a.$": "$"}`), `Parameters: field "a" appears twice`},
		{"field twice", passState(`{"a": {"b": 5, "b": 6}}`), `Parameters.a: field "b" appears twice`},
		{"path", passState(`{"a.$": "$.a[0]"}`), `Parameters.a.$: "$.a[0]" is not a known path`},
		{"not a path", passState(`{"a.$": "a"}`), `Parameters.a.$: "a" is not a known path or function`},
		{"context path", passState(`{"a.$": "$$.Execution.Nam"}`), `Parameters.a.$: "$$.Execution.Nam" is not in the context`},
		{"token outside a task", passState(`{"a.$": "$$.Task.Token"}`), `is not in the context object of this field`},
		{"retries outside a task", passState(`{"a.$": "$$.State.RetryCount"}`), `is not in the context object of this field`},
		{"function", passState(`{"a.$": "States.UUID()"}`), `is not a known path or function`},
		{"open call", passState(`{"a.$": "States.JsonToString($"}`), `is not a known path or function`},
		{"text after the call", passState(`{"a.$": "States.JsonToString($) "}`), `is not a known path or function`},
		{"two arguments", passState(`{"a.$": "States.JsonToString($.a, $.b)"}`), `"$.a, $.b" is not a known path`},
		{"random from 1", passState(`{"a.$": "States.MathRandom(1, 5)"}`), `is not a known path or function`},
		{"another sum", passState(`{"a.$": "States.MathAdd(0, 1)"}`), `is not a known path or function`},
		{"random to 0", passState(`{"a.$": "States.MathRandom(0, 0)"}`), `is not a known path or function`},
		{"random with a seed", passState(`{"a.$": "States.MathRandom(0, 5, 7)"}`), `is not a known path or function`},
		{"no argument", passState(`{"a.$": "States.JsonToString()"}`), `is not a known path or function`},
	},
}

func TestParseRefuses(t *testing.T) {
	for subject, tests := range refusals {
		for _, test := range tests {
			t.Run(subject+"/"+test.name, func(t *testing.T) {
				_, err := new(harness).parse(test.states)
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("error = %v, want one that contains %q", err, test.want)
				}
			})
		}
	}
}

func TestTransitions(t *testing.T) {
	machine, err := new(harness).parse(`
		"A": {"Type": "Choice", "Choices": [{"And": [
			{"Variable": "$.s", "IsPresent": true}, {"Variable": "$.s", "StringEquals": "x"}], "Next": "B"}], "Default": "C"},
		` + strings.Replace(askTask(`"Catch": [{"ErrorEquals": ["E", "F"], "Next": "C"},
			{"ErrorEquals": ["States.ALL"], "Next": "D"}], "Next": "A"`), `"A"`, `"B"`, 1) + `,
		"C": {"Type": "Pass", "Parameters": {}, "End": true},
		"D": {"Type": "Fail", "Error": "E", "Cause": "c"}`)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]Transition{
		"A": {{"B", "x"}, {"C", "otherwise"}},
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
