package asl

import (
	"context"
	"strings"
	"testing"
	"time"

	"approval-workflow/infra/definition"
)

const testFunction = "arn:aws:lambda:us-east-1:000000000000:function:ask"

func ignore(context.Context, []byte) error { return nil }

// testTask is a task that is right; the tests of refusals break it.
const testTask = `{"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "TimeoutSeconds": 60,
	"Parameters": {"FunctionName": "` + testFunction + `", "Payload": {"token.$": "$$.Task.Token"}}, "End": true}`

func testMachine(state string) string {
	return `{"StartAt": "A", "States": {"A": ` + state + `}}`
}

func TestParseAcceptsDeployedDefinition(t *testing.T) {
	text, err := definition.Render(definition.Args{Partition: "aws-cn", FunctionArn: testFunction, Timeout: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Parse(text, map[string]Function{testFunction: ignore}); err != nil {
		t.Error(err)
	}
}

func TestParseRefuses(t *testing.T) {
	task := func(old, new string) string { return testMachine(strings.Replace(testTask, old, new, 1)) }
	retry := func(fields string) string { return task(`"End"`, `"Retry": [{`+fields+`}], "End"`) }
	rule := func(fields string) string {
		return testMachine(`{"Type": "Choice", "Choices": [{` + fields + `, "Next": "A"}]}`)
	}
	passed := func(parameters string) string {
		return testMachine(`{"Type": "Pass", "Parameters": ` + parameters + `, "End": true}`)
	}
	tests := []struct{ name, definition, want string }{
		{"no JSON", `{`, `definition: not JSON`},
		{"text after it", testMachine(testTask) + `{}`, `definition: not JSON`},
		{"top-level field", `{"TimeoutSeconds": 5}`, `definition: unknown field "TimeoutSeconds"`},
		{"spelling", `{"startAt": "A"}`, `definition: unknown field "startAt"`},
		{"field twice", `{"StartAt": "A", "StartAt": "B"}`, `definition: field "StartAt" stands twice`},
		{"state twice", `{"States": {"A": {}, "A": {}}}`, `definition.States: field "A" stands twice`},
		{"null", `{"StartAt": null}`, `definition.StartAt: null`},
		{"wrong type", `{"StartAt": 5}`, `StartAt`},
		{"no start", `{"States": {}}`, `StartAt "" is not a state`},
		{"state type", testMachine(`{"Type": "Wait"}`), `state "A": unknown Type "Wait"`},
		{"state field", task(`"End"`, `"HeartbeatSeconds": 5, "End"`), `state "A": fields: unknown field "HeartbeatSeconds"`},
		{"inner field", retry(`"Interval": 5`), `fields.Retry[0]: unknown field "Interval"`},
		{"unexported field", task(`"End"`, `"payload": 5, "End"`), `unknown field "payload"`},
		{"embedded type", task(`"End"`, `"transition": {}, "End"`), `unknown field "transition"`},
		{"missing target", task(`"End": true`, `"Next": "B"`), `state "A": "B", which should follow, is not a state`},
		{"next and end", task(`"End": true`, `"End": true, "Next": "A"`), `exactly one of Next and End`},
		{"no next", task(`"End": true`, `"End": false`), `exactly one of Next and End`},
		{"unreachable", `{"StartAt": "A", "States": {"A": ` + testTask + `, "B": ` + testTask + `}}`, `state "B": no transition`},
		{"resource", task("invoke.waitForTaskToken", "invoke"), `unknown Resource`},
		{"no timeout", task("60", "0"), `TimeoutSeconds must be`},
		{"no parameters", testMachine(`{"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
			"TimeoutSeconds": 1, "End": true}`), `Parameters is missing`},
		{"parameter", task(`"Payload"`, `"Qualifier": "1", "Payload"`), `Parameters: unknown field "Qualifier"`},
		{"function", task(":ask", ":tell"), `Parameters.FunctionName: unknown function`},
		{"no payload", task(`, "Payload": {"token.$": "$$.Task.Token"}`, ""), `Parameters.Payload is missing`},
		{"array", task(`{"token.$": "$$.Task.Token"}`, `{"a": [1]}`), `Parameters.Payload.a: arrays are unknown`},
		{"expression type", task(`"$$.Task.Token"`, `5`), `Payload.token.$: not a string`},
		{"path", task("$$.Task.Token", "$.a[0]"), `"$.a[0]" is neither a known path nor a known function`},
		{"function name", task("$$.Task.Token", "States.UUID()"), `"States.UUID()" is neither`},
		{"open function", task("$$.Task.Token", "States.JsonToString($"), `is neither`},
		{"context path", task("$$.Task.Token", "$$.Map.Item.Value"), `is not in the context object`},
		{"token outside a task", passed(`{"a.$": "$$.Task.Token"}`), `Parameters.a.$: "$$.Task.Token" is not in the context`},
		{"pass without parameters", testMachine(`{"Type": "Pass", "End": true}`), `Parameters is missing`},
		{"retry nothing", retry(`"ErrorEquals": []`), `Retry[0]: ErrorEquals is empty`},
		{"retry unknown", retry(`"ErrorEquals": ["States.Tiemout"]`), `ErrorEquals: unknown error "States.Tiemout"`},
		{"retry terminal", retry(`"ErrorEquals": ["States.Runtime"]`), `unknown error "States.Runtime"`},
		{"retry all and more", retry(`"ErrorEquals": ["States.ALL", "A"]`), `must stand alone`},
		{"retry all first", retry(`"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["A"]`), `must stand alone, and last`},
		{"interval", retry(`"ErrorEquals": ["A"], "IntervalSeconds": 0`), `IntervalSeconds must`},
		{"attempts", retry(`"ErrorEquals": ["A"], "MaxAttempts": -1`), `MaxAttempts must`},
		{"backoff", retry(`"ErrorEquals": ["A"], "BackoffRate": 0.5`), `BackoffRate must`},
		{"max delay", retry(`"ErrorEquals": ["A"], "MaxDelaySeconds": 1`), `MaxDelaySeconds must`},
		{"jitter", retry(`"ErrorEquals": ["A"], "JitterStrategy": "HALF"`), `unknown strategy "HALF"`},
		{"catch nothing", task(`"End"`, `"Catch": [{"Next": "A"}], "End"`), `Catch[0]: ErrorEquals is empty`},
		{"catch to nowhere", task(`"End"`, `"Catch": [{"ErrorEquals": ["A"]}], "End"`), `Catch[0]: Next is missing`},
		{"result path", task(`"End"`, `"Catch": [{"ErrorEquals": ["A"], "Next": "A", "ResultPath": "$"}], "End"`),
			`Catch[0]: unknown field "ResultPath"`},
		{"no choices", testMachine(`{"Type": "Choice", "Default": "A"}`), `Choices is empty`},
		{"choice to nowhere", testMachine(`{"Type": "Choice", "Choices": [{"Variable": "$.a", "IsPresent": true}]}`),
			`Choices[0]: Next is missing`},
		{"operator", rule(`"Variable": "$.a", "NumericEquals": 1`), `Choices[0]: unknown field "NumericEquals"`},
		{"two operators", rule(`"Variable": "$.a", "StringEquals": "b", "IsPresent": true`), `exactly one of And`},
		{"no operator", rule(`"Variable": "$.a"`), `exactly one of And`},
		{"variable", rule(`"Variable": "a", "IsPresent": true`), `Choices[0].Variable: "a" is not a known path`},
		{"empty and", rule(`"And": []`), `And takes conditions`},
		{"and of a variable", rule(`"And": [{"Variable": "$.a", "IsPresent": true}], "Variable": "$.b"`), `And takes conditions`},
		{"inside and", rule(`"And": [{"Variable": "$.a"}]`), `Choices[0].And[0]: exactly one`},
		{"fail without error", testMachine(`{"Type": "Fail", "Cause": "c"}`), `Error is missing`},
		{"fail without cause", testMachine(`{"Type": "Fail", "Error": "E"}`), `exactly one of Cause and CausePath`},
		{"fail path", testMachine(`{"Type": "Fail", "Error": "E", "CausePath": "c"}`), `CausePath: "c" is neither`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse(test.definition, map[string]Function{testFunction: ignore})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}
