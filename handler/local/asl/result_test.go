package asl

import (
	"strings"
	"testing"
)

// putState is state A that puts its result, 1, at path.
func putState(path string) string {
	return `"A": {"Type": "Pass", "Parameters": 1, "ResultPath": "` + path + `", "End": true}`
}

func TestResultPath(t *testing.T) {
	checkOutputs(t, []outputTest{
		{"new member", putState("$.b"), `{"a":1.50,"c":"<"}`, `{"a":1.50,"b":1,"c":"<"}`},
		{"member is replaced", putState("$.a"), `{"a":{"b":2}}`, `{"a":1}`},
	})
	mismatch := Error{Name: errResultPathMatchFailure}
	checkFailures(t, []failureTest{
		{"array", putState("$.a"), `[]`, mismatch},
		{"string", putState("$.a"), `"a"`, mismatch},
		{"null", putState("$.a"), `null`, mismatch},
		{"too large together", putState("$.a"), `{"b":"` + strings.Repeat("x", maxData-8) + `"}`, Error{Name: errDataLimitExceeded}},
	})
}

// TestResultPathFailureIsNotCaught checks that no catcher matches a result that has no place in the input.
func TestResultPathFailureIsNotCaught(t *testing.T) {
	task := startTask(`"ResultPath": "$.a", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}], "End": true`)
	runGate(t, gateFunc(succeed), task+","+caught, `[]`, func(t *testing.T, _ string, err error) {
		if got := executionError(err).Name; got != errResultPathMatchFailure {
			t.Errorf("error = %s, want %s", got, errResultPathMatchFailure)
		}
	})
}

func TestResultRefusals(t *testing.T) {
	put := func(path string) string { return `{"StartAt": "A", "States": {` + putState(path) + `}}` }
	checkRefusals(t, []refusal{
		{"empty", put(""), `ResultPath: "" is not a known path`},
		{"whole", put("$"), `ResultPath: "$" is not a known path`},
		{"deep", put("$.a.b"), `ResultPath: "$.a.b" is not a known path`},
		{"context", put("$$.a"), `ResultPath: "$$.a" is not a known path`},
		{"null", machine(`{"Type": "Pass", "Parameters": 1, "ResultPath": null, "End": true}`), `fields.ResultPath: null`},
		{"of a task", changeTask(`"End"`, `"ResultPath": "$", "End"`), `ResultPath: "$" is not a known path`},
		{"of a catcher", changeTask(`"End"`, `"Catch": [{"ErrorEquals": ["A"], "Next": "A", "ResultPath": "$"}], "End"`),
			`Catch[0]: ResultPath: "$" is not a known path`},
		{"selector", changeTask(`"End"`, `"ResultSelector": 5, "End"`), `ResultSelector: not an object`},
		{"selector is an array", changeTask(`"End"`, `"ResultSelector": [], "End"`), `ResultSelector: not an object`},
		{"selector is null", changeTask(`"End"`, `"ResultSelector": null, "End"`), `ResultSelector: not an object`},
		{"selector with the token", changeTask(`"End"`, `"ResultSelector": {"a.$": "$$.Task.Token"}, "End"`),
			`ResultSelector.a.$: "$$.Task.Token" is not in the context object`},
	})
}
