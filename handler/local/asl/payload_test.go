package asl

import "testing"

func TestTemplateRefusals(t *testing.T) {
	value := func(parameters string) string { return `{"StartAt": "A", "States": {` + passState(parameters) + `}}` }
	checkRefusals(t, []refusal{
		{"array", value(`{"a": [1]}`), `Parameters.a: only an empty array is known here`},
		{"array in an array", value(`[[]]`), `Parameters: only an empty array is known here`},
		{"number as expression", value(`{"a.$": 5}`), `Parameters.a.$: not a string`},
		{"null as expression", value(`{"a.$": null}`), `Parameters.a.$: not a string`},
		{"value and expression", value(`{"a": 5, "a.$": "$"}`), `Parameters: field "a" appears twice`},
		{"field twice", value(`{"a": {"b": 5, "b": 6}}`), `Parameters.a: field "b" appears twice`},
	})
}

func TestEmptyArray(t *testing.T) {
	checkOutputs(t, []outputTest{
		{"member", passState(`{"a": [ ], "b": {"c": []}}`), `{}`, `{"a":[],"b":{"c":[]}}`},
		{"whole value", passState(`[]`), `{}`, `[]`},
	})
}
