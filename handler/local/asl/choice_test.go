package asl

import "testing"

// ruleDefinition is the definition of a Choice with one rule.
func ruleDefinition(fields string) string {
	return machine(`{"Type": "Choice", "Choices": [{` + fields + `, "Next": "A"}]}`)
}

func TestChoiceRefusals(t *testing.T) {
	checkRefusals(t, []refusal{
		{"no choices", machine(`{"Type": "Choice", "Default": "A"}`), `Choices is empty`},
		{"no next", machine(`{"Type": "Choice", "Choices": [{"Variable": "$.a", "IsPresent": true}]}`),
			`Choices[0]: Next is missing`},
		{"operator", ruleDefinition(`"Variable": "$.a", "NumericEquals": 1`), `Choices[0]: unknown field "NumericEquals"`},
		{"two operators", ruleDefinition(`"Variable": "$.a", "StringEquals": "b", "IsPresent": true`), `exactly one of And`},
		{"no operator", ruleDefinition(`"Variable": "$.a"`), `exactly one of And`},
		{"variable", ruleDefinition(`"Variable": "a", "IsPresent": true`), `Choices[0].Variable: "a" is not a known path`},
		{"variable is a call", ruleDefinition(`"Variable": "States.JsonToString($)", "IsPresent": true`), `is not a known path`},
		{"empty and", ruleDefinition(`"And": []`), `And needs conditions`},
		{"and with a variable", ruleDefinition(`"And": [{"Variable": "$.a", "IsPresent": true}], "Variable": "$.b"`),
			`And needs conditions and no Variable`},
		{"inside and", ruleDefinition(`"And": [{"Variable": "$.a"}]`), `Choices[0].And[0]: exactly one`},
	})
}

// chooseState is a choice between B, if the rule holds, and C.
func chooseState(rule string) string {
	return `"A": {"Type": "Choice", "Choices": [{` + rule + `, "Next": "B"}], "Default": "C"},
		"B": {"Type": "Pass", "Parameters": {"b.$": "$"}, "End": true},
		"C": {"Type": "Pass", "Parameters": {"c.$": "$"}, "End": true}`
}

func TestChoice(t *testing.T) {
	const both = `"And": [{"Variable": "$.s", "IsPresent": true}, {"Variable": "$.s", "StringEquals": "x"}]`
	checkOutputs(t, []outputTest{
		{"rule holds", chooseState(both), `{"s":"x"}`, `{"b":{"s":"x"}}`},
		{"rule does not hold", chooseState(both), `{"s":"y"}`, `{"c":{"s":"y"}}`},
		{"comparison alone", chooseState(`"Variable": "$.s", "StringEquals": "x"`), `{"s":"x"}`, `{"b":{"s":"x"}}`},
		{"variable is missing", chooseState(both), `{}`, `{"c":{}}`},
		{"variable is not a string", chooseState(both), `{"s":null}`, `{"c":{"s":null}}`},
		{"input is not an object", chooseState(both), `[]`, `{"c":[]}`},
		{"not present", chooseState(`"Variable": "$.s", "IsPresent": false`), `{}`, `{"b":{}}`},
	})
}

func TestChoiceFailures(t *testing.T) {
	checkFailures(t, []failureTest{
		{"compared variable is missing", `"A": {"Type": "Choice", "Choices": [
			{"Variable": "$.s", "StringEquals": "x", "Next": "A"}]}`, `{}`, Error{Name: errRuntime}},
		{"no rule holds", `"A": {"Type": "Choice", "Choices": [{"Variable": "$.s", "IsPresent": true, "Next": "A"}]}`,
			`{}`, Error{Name: errNoChoiceMatched}},
	})
}
