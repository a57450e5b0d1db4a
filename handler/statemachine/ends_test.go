package statemachine_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/local/asl"
	"approval-workflow/handler/statemachine/statemachinetest"
)

const (
	firstRecord  = `{"approver":"a@example.com","decidedAt":"2000-01-01T00:00:00Z","ageSeconds":1}`
	secondRecord = `{"approver":"b@example.com","decidedAt":"2000-01-01T00:00:00Z","reason":"\"no\"","ageSeconds":2}`
	testInput    = `{"key":1.50}`
)

// Results of the task.
const (
	approved = `{"status":"approved","approvals":[` + firstRecord + `]}`
	rejected = `{"status":"rejected","rejection":` + secondRecord + `}`
	pending  = `{"status":"pending","approvals":[` + firstRecord + `]}`
	both     = `{"status":"approved","approvals":[` + firstRecord + `,` + secondRecord + `]}`
)

// endTest is a way in which an execution ends. Without an error it succeeds. An empty cause matches any cause.
type endTest struct {
	name                 string
	invoke               statemachinetest.Invocation
	output, error, cause string
}

// decisionTests have the results that the function sends, and its errors.
var decisionTests = []endTest{
	{name: "approved", invoke: statemachinetest.Answer(approved),
		output: `{"input":` + testInput + `,"approvals":[` + firstRecord + `]}`},
	{name: "approved by two", invoke: statemachinetest.AnswerInTurn(pending, both),
		output: `{"input":` + testInput + `,"approvals":[` + firstRecord + `,` + secondRecord + `]}`},
	{name: "rejected", invoke: statemachinetest.Answer(rejected), error: "Rejected", cause: secondRecord},
	{name: "rejected after an approval", invoke: statemachinetest.AnswerInTurn(pending, rejected),
		error: "Rejected", cause: secondRecord},
	{name: "nobody decides", invoke: statemachinetest.AskNobody, error: "Expired",
		cause: "Nobody decided within 23h59m59s (reminders: 2) of the start or of the last approval. The links no longer work. Start a new execution to ask again."},
	{name: "only one approval", invoke: statemachinetest.AnswerInTurn(pending), error: "Expired"},
	{name: "too few approvers", invoke: statemachinetest.FailWith("TooFewApproversError"),
		error: "TooFewApproversError", cause: "why"},
	{name: "refused", invoke: statemachinetest.FailWith("NotificationRefusedError"),
		error: "NotSent", cause: `{"Error":"NotificationRefusedError","Cause":"why"}`},
	{name: "unlisted error", invoke: statemachinetest.FailWith("Unlisted"),
		error: "NotSent", cause: `{"Error":"Unlisted","Cause":"why"}`},
}

// outsideTests have answers that the function never sends. None of them succeeds.
var outsideTests = []endTest{
	outside("no status", `{"decidedAt":1}`, "Undecided"),
	outside("other status", `{"status":"Approved"}`, "Undecided"),
	outside("status is null", `{"status":null}`, "Undecided"),
	outside("status is a list", `{"status":["approved"]}`, "Undecided"),
	outside("answer is a string", `"approved"`, "Undecided"),
	outside("answer is a list", `[]`, "Undecided"),
	outside("answer is null", `null`, "Undecided"),
	outside("record of an earlier version", `{"status":"approved","decidedAt":"2000-01-01T00:00:00Z"}`, "States.Runtime"),
	outside("pending without approvals", `{"status":"pending"}`, "States.Runtime"),
	outside("pending with a text", `{"status":"pending","approvals":"all"}`, "NotSent"),
	outside("pending with null", `{"status":"pending","approvals":null}`, "NotSent"),
	outside("rejected without a rejection", `{"status":"rejected"}`, "States.Runtime"),
}

// outside is a test of an answer from outside the workflow. If the execution fails with Undecided, the cause is the answer.
func outside(name, answer, failure string) endTest {
	test := endTest{name: name, invoke: statemachinetest.Answer(answer), error: failure}
	if failure == "Undecided" {
		test.cause = answer
	}
	return test
}

func (test endTest) run(t *testing.T) {
	got := runNeeding(t, 2, day, testInput, test.invoke)
	if got.output != test.output {
		t.Errorf("output = %s, want %s", got.output, test.output)
	}
	if test.cause == "" {
		got.failure.Cause = ""
	}
	if diff := cmp.Diff(asl.Error{Name: test.error, Cause: test.cause}, got.failure); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
}

// TestOnlyAnApprovalSucceeds checks the error of every other end. Some test must lead to each Fail state.
func TestOnlyAnApprovalSucceeds(t *testing.T) {
	ends := map[string]bool{}
	for _, test := range slices.Concat(decisionTests, outsideTests) {
		t.Run(test.name, func(t *testing.T) { synctest.Test(t, test.run) })
		ends[test.error] = true
	}
	delete(ends, "")
	delete(ends, "States.Runtime")
	failures := slices.Sorted(maps.Values(statemachinetest.ReadNames(t).Failures))
	if diff := cmp.Diff(failures, slices.Sorted(maps.Keys(ends))); diff != "" {
		t.Errorf("errors (-definition +tests):\n%s", diff)
	}
}

// TestInputIsTooLarge checks an input that leaves no room for the payload around it.
func TestInputIsTooLarge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := run(t, day, `"`+strings.Repeat("x", 262_000)+`"`, statemachinetest.AskNobody)
		if got.failure.Name != "States.DataLimitExceeded" || len(got.requests) != 0 {
			t.Errorf("error = %s after %d requests, want States.DataLimitExceeded and no request",
				got.failure.Name, len(got.requests))
		}
	})
}

// TestFailStatesAreNamedByTheirErrors allows a state to leave out the suffix of the name of a Go error.
func TestFailStatesAreNamedByTheirErrors(t *testing.T) {
	for state, name := range statemachinetest.ReadNames(t).Failures {
		if strings.TrimSuffix(name, "Error") != state {
			t.Errorf("state %s fails with the error %s", state, name)
		}
	}
}
