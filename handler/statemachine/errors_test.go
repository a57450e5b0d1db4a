package statemachine_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/statemachine/statemachinetest"
)

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

func readREADME(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestREADMEListsStates(t *testing.T) {
	for _, name := range statemachinetest.ReadNames(t).States {
		if !strings.Contains(readREADME(t), "\n| `"+name+"` | ") {
			t.Errorf("the README does not list state %s", name)
		}
	}
}

// TestErrorsAgree checks that the table of the README has every error of the code and of the definition.
func TestErrorsAgree(t *testing.T) {
	table := readTable(t)
	for _, name := range statemachinetest.ReadNames(t).Matched {
		if _, ok := table[name]; !ok && name != "States.ALL" {
			t.Errorf("the README does not list %s, which the definition names", name)
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
				invoke := statemachinetest.FailWith(name)
				if name == "States.Timeout" {
					invoke = statemachinetest.AskNobody
				}
				got := run(t, day, testInput, invoke)
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
	shortest, longest := make([]time.Duration, len(longestDelays)), make([]time.Duration, len(longestDelays))
	copy(shortest, longestDelays)
	for range 100 {
		synctest.Test(t, func(t *testing.T) {
			got := run(t, day, testInput, statemachinetest.FailWith(string(approval.CodeNotificationUnavailable)))
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
