package asl

import "testing"

// valueState is state A with the result {"a": the value of expression}.
func valueState(expression string) string { return passState(`{"a.$": "` + expression + `"}`) }

func TestPath(t *testing.T) {
	checkOutputs(t, []outputTest{
		{"path", valueState("$.b.c"), `{"b":{"c":[1]}}`, `{"a":[1]}`},
		{"context", passState(`{"i.$": "$$.Execution.Id", "n.$": "$$.Execution.Name", "x.$": "$$.Execution.Input.x",
			"s.$": "$$.State.Name", "t.$": "$$.Execution.StartTime", "e.$": "$$.State.EnteredTime"}`), `{"x":1}`,
			`{"i":"arn:id","n":"name","x":1,"s":"A","t":"2000-01-01T00:00:00.000Z","e":"2000-01-01T00:00:00.000Z"}`},
	})
	checkFailures(t, []failureTest{
		{"missing", valueState("$.b"), `{}`, Error{errRuntime,
			"An error occurred while executing the state 'A'. the path $.b is not in the data"}},
		{"missing in the context", valueState("$$.Execution.Input.b"), `{}`, Error{errRuntime,
			"An error occurred while executing the state 'A'. the path $$.Execution.Input.b is not in the data"}},
	})
}

func TestIntrinsicFunctions(t *testing.T) {
	checkOutputs(t, []outputTest{
		{"to string", valueState("States.JsonToString($)"), `{"b": "\""}`, `{"a":"{\"b\":\"\\\"\"}"}`},
		{"to JSON", valueState("States.StringToJson($.b)"), `{"b": "{ \"c\": [1.0, \"<\"] }"}`, `{"a":{"c":[1.0,"<"]}}`},
		{"empty text to JSON", valueState("States.StringToJson($.b)"), `{"b": " "}`, `{"a":null}`},
		{"format", valueState("States.Format('{}, {}: {}', $.b, $.c,$$.State.Name)"), `{"b": "\"<x>\"", "c": 1.50}`,
			`{"a":"\"<x>\", 1.50: A"}`},
		{"format other values", valueState("States.Format('({})({})', $.b, $.c)"), `{"b": null, "c": true}`, `{"a":"(null)(true)"}`},
		{"format without arguments", valueState("States.Format('a (b), c')"), `{}`, `{"a":"a (b), c"}`},
		{"format braces in a value", valueState("States.Format('{}{}', $.b, $.c)"), `{"b": "{}", "c": "c"}`, `{"a":"{}c"}`},
	})
	checkFailures(t, []failureTest{
		{"missing argument", valueState("States.Format('{}', $.b)"), `{}`, Error{Name: errRuntime}},
		{"missing argument of a conversion", valueState("States.StringToJson($.b)"), `{}`, Error{Name: errRuntime}},
		{"not JSON", valueState("States.StringToJson($.b)"), `{"b": "{"}`, Error{errIntrinsicFailure,
			"An error occurred while executing the state 'A'. The function 'States.StringToJson($.b)' " +
				"had the following error: the argument is not JSON"}},
		{"not a string", valueState("States.StringToJson($.b)"), `{"b": null}`, Error{Name: errIntrinsicFailure}},
		{"format an object", valueState("States.Format('{}', $.b)"), `{"b": {}}`, Error{Name: errIntrinsicFailure}},
		{"format an array", valueState("States.Format('{}', $)"), ` [1]`, Error{Name: errIntrinsicFailure}},
	})
}

func TestExpressionRefusals(t *testing.T) {
	value := func(expression string) string { return `{"StartAt": "A", "States": {` + valueState(expression) + `}}` }
	const unknown = `is not a known path or function`
	checkRefusals(t, []refusal{
		{"path", value("$.a[0]"), `Parameters.a.$: "$.a[0]" is not a known path`},
		{"not a path", value("a"), `Parameters.a.$: "a" is not a known path or function`},
		{"context path", value("$$.Map.Item.Value"), `is not in the context object`},
		{"token outside a task", value("$$.Task.Token"), `Parameters.a.$: "$$.Task.Token" is not in the context object`},
		{"function", value("States.UUID()"), unknown},
		{"open call", value("States.JsonToString($"), unknown},
		{"text after the call", value("States.JsonToString($) "), unknown},
		{"two arguments", value("States.JsonToString($.a, $.b)"), `"$.a, $.b" is not a known path`},
		{"no argument", value("States.StringToJson()"), `"" is not a known path`},
		{"nested call", value("States.StringToJson(States.JsonToString($))"), unknown},
		{"format by path", value("States.Format($.b)"), unknown},
		{"format escape", value(`States.Format('it\\'s')`), unknown},
		{"format of a literal", value("States.Format('{}', 'b')"), unknown},
		{"format of an unknown path", value("States.Format('{}', $.b[0])"), `"$.b[0]" is not a known path`},
		{"too few arguments", value("States.Format('{} {}', $.b)"), `has 1 arguments after its text, want 2`},
		{"too many arguments", value("States.Format('', $.b)"), `has 1 arguments after its text, want 0`},
		{"brace", value("States.Format('{ }', $.b)"), `has a brace that is not part of {}`},
	})
}
