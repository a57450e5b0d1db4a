package statemachine

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/statemachine/asl"
)

// endTest is a way in which an execution that needs two approvals ends. Without an error it succeeds. An empty cause matches
// any cause.
type endTest struct {
	name                 string
	invoke               invocation
	output, error, cause string
}

// decisionTests have the results that the function sends, and its errors.
var decisionTests = []endTest{
	{name: "approved", invoke: answer(approved), output: `{"input":` + testInput + `,"approvals":[` + firstRecord + `]}`},
	{name: "approved by two", invoke: answer(pending, both),
		output: `{"input":` + testInput + `,"approvals":[` + firstRecord + `,` + secondRecord + `]}`},
	{name: "rejected", invoke: answer(rejected), error: "Rejected", cause: secondRecord},
	{name: "rejected after an approval", invoke: answer(pending, rejected), error: "Rejected", cause: secondRecord},
	{name: "nobody decides", invoke: answer(), error: "Expired",
		cause: "Nobody decided within 23h59m59s (reminders: 2) of the start or of the last approval. The links no longer work. Start a new execution to ask again."},
	{name: "only one approval", invoke: answer(pending), error: "Expired"},
	{name: "too few approvers", invoke: failWith("TooFewApproversError"), error: "TooFewApproversError", cause: "why"},
	{name: "refused", invoke: failWith("NotificationRefusedError"),
		error: "NotSent", cause: `{"Error":"NotificationRefusedError","Cause":"why"}`},
	{name: "unlisted error", invoke: failWith("Unlisted"), error: "NotSent", cause: `{"Error":"Unlisted","Cause":"why"}`},
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
	outside("approved without approvals", `{"status":"approved","decidedAt":"2000-01-01T00:00:00Z"}`, "States.Runtime"),
	outside("pending without approvals", `{"status":"pending"}`, "States.Runtime"),
	outside("pending with a text", `{"status":"pending","approvals":"all"}`, "NotSent"),
	outside("pending with null", `{"status":"pending","approvals":null}`, "NotSent"),
	outside("rejected without a rejection", `{"status":"rejected"}`, "States.Runtime"),
}

// outside is a test of an answer from outside the workflow. If the execution fails with Undecided, the cause is the answer.
func outside(name, output, failure string) endTest {
	test := endTest{name: name, invoke: answer(output), error: failure}
	if failure == "Undecided" {
		test.cause = output
	}
	return test
}

func (test endTest) run(t *testing.T) {
	got := run(t, 2, day, testInput, test.invoke)
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
	for name, state := range readStates(t) {
		if state.Type == "Fail" && !ends[state.Error] {
			t.Errorf("no test ends in state %s", name)
		}
	}
}

// TestInputIsTooLarge checks an input that leaves no room for the payload around it.
func TestInputIsTooLarge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := run(t, 1, day, `"`+strings.Repeat("x", 262_000)+`"`, answer())
		if got.failure.Name != "States.DataLimitExceeded" || len(got.requests) != 0 {
			t.Errorf("error = %s after %d requests, want States.DataLimitExceeded and no request",
				got.failure.Name, len(got.requests))
		}
	})
}

// documentedError is an error in the table of the README.
type documentedError struct{ retried, end string }

func readTable(t *testing.T) map[string]documentedError {
	t.Helper()
	table := map[string]documentedError{}
	row := regexp.MustCompile("(?m)^\\| ((?:`[\\w.]+`(?:, )?)+) \\|.*\\| (no|yes|reminders) \\| `(\\w+)` \\|$")
	for _, match := range row.FindAllStringSubmatch(readREADME(t), -1) {
		for name := range strings.SplitSeq(match[1], ", ") {
			table[strings.Trim(name, "`")] = documentedError{match[2], match[3]}
		}
	}
	return table
}

// TestErrorsAgree checks that the table of the README has every error of the code and of the definition.
func TestErrorsAgree(t *testing.T) {
	table := readTable(t)
	for _, state := range readStates(t) {
		for _, matcher := range append(state.Retry, state.Catch...) {
			for _, name := range matcher.ErrorEquals {
				if _, ok := table[name]; !ok && name != "States.ALL" {
					t.Errorf("the README does not list %s, which the definition names", name)
				}
			}
		}
	}
	for _, code := range approval.SendCodes() {
		row, ok := table[string(code)]
		if !ok || (row.retried == "yes") != code.Transient() {
			t.Errorf("the README says about %s: %+v, want retried if and only if %t", code, row, code.Transient())
		}
	}
}

// TestErrorsEnd makes every invocation end with one error of the table.
func TestErrorsEnd(t *testing.T) {
	for name, row := range readTable(t) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				invoke := failWith(name)
				if name == "States.Timeout" {
					invoke = answer()
				}
				got := run(t, 1, day, testInput, invoke)
				if got.failure.Name != row.end {
					t.Errorf("error = %s, want %s", got.failure.Name, row.end)
				}
				if problem := checkRetries(row.retried, got); problem != "" {
					t.Error(problem)
				}
			})
		})
	}
}

// longestDelays are the longest times between the attempts after an error that is retried.
var longestDelays = []time.Duration{
	2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 32 * time.Second, time.Minute,
}

// checkRetries compares the times of the invocations with what the README says: no, yes or reminders.
func checkRetries(retried string, got end) string {
	invocations := map[string]int{"no": 1, "yes": 1 + len(longestDelays), "reminders": 1 + day.Reminders}[retried]
	if len(got.times) != invocations {
		return fmt.Sprintf("invocations = %d, want %d", len(got.times), invocations)
	}
	switch retried {
	case "no":
		if got.waited != 0 {
			return fmt.Sprintf("ended after %s, want at once", got.waited)
		}
	case "yes":
		for i, longest := range longestDelays {
			if delay := got.times[i+1] - got.times[i]; delay > longest {
				return fmt.Sprintf("delay %d = %s, want %s at most", i+1, delay, longest)
			}
		}
	case "reminders":
		if got.waited != day.Duration() {
			return fmt.Sprintf("ended after %s, want %s", got.waited, day.Duration())
		}
	}
	return ""
}

// TestRetriesHaveFullJitter checks that each delay is sometimes short and sometimes long, but never too long. A correct
// definition fails this test less than once in a billion runs.
func TestRetriesHaveFullJitter(t *testing.T) {
	shortest, longest := slices.Clone(longestDelays), make([]time.Duration, len(longestDelays))
	for range 100 {
		synctest.Test(t, func(t *testing.T) {
			got := run(t, 1, day, testInput, failWith(string(approval.CodeNotificationUnavailable)))
			for i := range longestDelays {
				delay := got.times[i+1] - got.times[i]
				shortest[i], longest[i] = min(shortest[i], delay), max(longest[i], delay)
			}
		})
	}
	for i, limit := range longestDelays {
		if shortest[i] > limit/2 || longest[i] < limit/2 || longest[i] > limit {
			t.Errorf("delay %d is between %s and %s, want between 0 and %s", i+1, shortest[i], longest[i], limit)
		}
	}
}
