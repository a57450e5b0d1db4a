package asl

import (
	"strings"
	"testing"
)

func TestPass(t *testing.T) {
	checkOutputs(t, []outputTest{
		{"literals", passState(`{"a": {"b": "$.c", "n": null}, "d": 1.50}`), `{}`, `{"a":{"b":"$.c","n":null},"d":1.50}`},
		{"numbers are kept", passState(`{"a.$": "$"}`), ` [ 12345678901234567890, 1.0, 1e400 ] `,
			`{"a":[12345678901234567890,1.0,1e400]}`},
		{"text is kept", passState(`{"a.$": "$"}`), `"<&>\u2028"`, `{"a":"<&>\u2028"}`},
		{"null", passState(`{"a.$": "$$.Execution.Input"}`), `null`, `{"a":null}`},
	})
	checkFailures(t, []failureTest{
		{"too large to pass on", passState(`{"a.$": "$"}`), `"` + strings.Repeat("x", maxData) + `"`,
			Error{Name: errDataLimitExceeded}},
	})
	checkRefusals(t, []refusal{
		{"no parameters", machine(`{"Type": "Pass", "End": true}`), `Parameters is missing`},
	})
}

func TestFail(t *testing.T) {
	checkFailures(t, []failureTest{
		{"cause", `"A": {"Type": "Fail", "Error": "E", "Cause": "why"}`, `{}`, Error{"E", "why"}},
		{"cause as string", `"A": {"Type": "Fail", "Error": "E", "CausePath": "States.JsonToString($)"}`, `{"a": 1}`,
			Error{"E", `{"a":1}`}},
		{"cause by path", `"A": {"Type": "Fail", "Error": "E", "CausePath": "$.a"}`, `{"a": "why"}`, Error{"E", "why"}},
		{"cause is not a string", `"A": {"Type": "Fail", "Error": "E", "CausePath": "$.a"}`, `{"a": 1}`, Error{Name: errRuntime}},
		{"cause is missing", `"A": {"Type": "Fail", "Error": "E", "CausePath": "$.a"}`, `{}`, Error{Name: errRuntime}},
	})
	checkRefusals(t, []refusal{
		{"no error", machine(`{"Type": "Fail", "Cause": "c"}`), `Error is missing`},
		{"no cause", machine(`{"Type": "Fail", "Error": "E"}`), `exactly one of Cause and CausePath`},
		{"path", machine(`{"Type": "Fail", "Error": "E", "CausePath": "c"}`), `CausePath: "c" is not a known path or function`},
		{"function", machine(`{"Type": "Fail", "Error": "E", "CausePath": "States.StringToJson($.c)"}`),
			`CausePath: States.StringToJson does not return a string`},
	})
}
