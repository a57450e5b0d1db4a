package statemachine_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/local/asl"
	"approval-workflow/handler/statemachine/statemachinetest"
)

const (
	approvedRecord = `{"status":"approved","decidedAt":"2000-01-01T00:00:00Z"}`
	rejectedRecord = `{"status":"rejected","decidedAt":"2000-01-01T00:00:00Z","reason":"\"no\""}`
	testInput      = `{"key":1.50}`
)

// endTests are the ways in which an execution ends. Without an error it succeeds.
var endTests = []struct {
	name         string
	invoke       statemachinetest.Invocation
	error, cause string
}{
	{"approved", statemachinetest.Answer(approvedRecord), "", ""},
	{"rejected", statemachinetest.Answer(rejectedRecord), "Rejected", rejectedRecord},
	{"no status", statemachinetest.Answer(`{"decidedAt":1}`), "Undecided", `{"decidedAt":1}`},
	{"other status", statemachinetest.Answer(`{"status":"Approved"}`), "Undecided", `{"status":"Approved"}`},
	{"status is null", statemachinetest.Answer(`{"status":null}`), "Undecided", `{"status":null}`},
	{"status is a list", statemachinetest.Answer(`{"status":["approved"]}`), "Undecided", `{"status":["approved"]}`},
	{"answer is a string", statemachinetest.Answer(`"approved"`), "Undecided", `"approved"`},
	{"answer is a list", statemachinetest.Answer(`[]`), "Undecided", `[]`},
	{"answer is null", statemachinetest.Answer(`null`), "Undecided", `null`},
	{"nobody decides", statemachinetest.AskNobody, "Expired", "Nobody decided within 23h59m59s (reminders: 2), " +
		"and the links no longer work. Start a new execution to ask again."},
	{"no confirmed approver", statemachinetest.FailWith("NoConfirmedApproverError"), "NoConfirmedApproverError", "why"},
	{"refused", statemachinetest.FailWith("NotificationRefusedError"),
		"NotSent", `{"Error":"NotificationRefusedError","Cause":"why"}`},
	{"unlisted error", statemachinetest.FailWith("Unlisted"), "NotSent", `{"Error":"Unlisted","Cause":"why"}`},
}

// TestOnlyAnApprovalSucceeds checks the error of every other end. Some test must lead to each Fail state.
func TestOnlyAnApprovalSucceeds(t *testing.T) {
	ends := map[string]bool{}
	for _, test := range endTests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got := run(t, day, testInput, test.invoke)
				output := ""
				if test.error == "" {
					output = `{"input":` + testInput + `,"approval":` + approvedRecord + `}`
				}
				if got.output != output {
					t.Errorf("output = %s, want %s", got.output, output)
				}
				if diff := cmp.Diff(asl.Error{Name: test.error, Cause: test.cause}, got.failure); diff != "" {
					t.Errorf("error (-want +got):\n%s", diff)
				}
				ends[got.failure.Name] = true
			})
		})
	}
	delete(ends, "")
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

// TestDecisionsAgree checks that the definition knows each decision of the code.
func TestDecisionsAgree(t *testing.T) {
	want := map[string]string{approval.Approve.Status: "", approval.Reject.Status: "Rejected"}
	got := map[string]string{}
	for _, decision := range approval.Decisions() {
		synctest.Test(t, func(t *testing.T) {
			record, err := json.Marshal(approval.Record{Status: decision.Status})
			if err != nil {
				t.Fatal(err)
			}
			got[decision.Status] = run(t, day, testInput, statemachinetest.Answer(string(record))).failure.Name
		})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("errors by decision (-want +got):\n%s", diff)
	}
}

// TestFailStatesAreNamedByTheirErrors allows a state to leave out the suffix of the name of a Go error.
func TestFailStatesAreNamedByTheirErrors(t *testing.T) {
	for state, name := range statemachinetest.ReadNames(t).Failures {
		if strings.TrimSuffix(name, "Error") != state {
			t.Errorf("state %s fails with the error %s", state, name)
		}
	}
}
