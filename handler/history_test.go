package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
)

const (
	testInput    = `{"subject":"Deploy release 42","message":"Ready for production.","change":"CHG-7"}`
	testApproval = `{"approver":"jo@example.com","decidedAt":"2026-11-22T09:39:59.389457Z","sourceIp":"203.0.113.7",` +
		`"userAgent":"Mozilla/5.0","ageSeconds":595}`
	testRejection = `{"approver":"jo@example.com","decidedAt":"2026-11-22T09:39:59.389457Z","reason":"Not on a Friday.",` +
		`"sourceIp":"203.0.113.7","userAgent":"Mozilla/5.0","ageSeconds":595}`
)

// summary is what differs between the executions of folder testdata.
type summary struct {
	Status                approval.Status
	Task                  int // whose payload the request is
	Asked                 string
	Approvals, RetryCount int
	Output, Error, Cause  string
}

// summarize returns the summary of an execution. The token of its request must be that of the task.
func summarize(t *testing.T, execution approval.Execution, task int) summary {
	t.Helper()
	if !tokenOf(task, execution.Request.TaskToken) {
		t.Errorf("the token is not that of task %d", task)
	}
	return summary{
		Status: execution.Status, Task: task, Asked: execution.AskedAt.UTC().Format(time.RFC3339Nano),
		Approvals: len(execution.Request.Approvals), RetryCount: execution.Request.RetryCount,
		Output: execution.Output, Error: execution.Error, Cause: execution.Cause,
	}
}

const (
	firstTask  = "2026-11-22T09:30:05.164Z"
	reminder   = "2026-11-22T21:30:05.164Z"
	secondTask = "2026-11-22T09:40:00.389Z"
)

var readTests = map[string]summary{
	"waiting":                {Status: approval.StatusWaiting, Task: 1, Asked: firstTask},
	"waiting-reminded":       {Status: approval.StatusWaiting, Task: 2, Asked: reminder, RetryCount: 1},
	"waiting-after-approval": {Status: approval.StatusWaiting, Task: 2, Asked: secondTask, Approvals: 1},
	"between-intervals":      {Status: approval.StatusMoving, Task: 1, Asked: firstTask},
	"just-answered":          {Status: approval.StatusMoving, Task: 1, Asked: firstTask},
	"answered-early":         {Status: approval.StatusMoving, Task: 1, Asked: firstTask},
	"redriven":               {Status: approval.StatusMoving, Task: 1, Asked: firstTask},
	"stopped":                {Status: approval.StatusAborted, Task: 1, Asked: firstTask},
	"timed-out":              {Status: approval.StatusTimedOut, Task: 1, Asked: firstTask},
	"approved": {
		Status: approval.StatusSucceeded, Task: 1, Asked: firstTask,
		Output: `{"input":` + testInput + `,"approvals":[` + testApproval + `]}`,
	},
	"rejected": {
		Status: approval.StatusFailed, Task: 1, Asked: firstTask, Error: "Rejected", Cause: testRejection,
	},
	"rejected-twice": { // before and after a redrive
		Status: approval.StatusFailed, Task: 1, Asked: firstTask, Error: "Rejected", Cause: testRejection,
	},
	"expired": {
		Status: approval.StatusFailed, Task: 2, Asked: reminder, RetryCount: 1, Error: "Expired",
		Cause: "Nobody decided within 24h (reminders: 1) of the start or of the last approval. The links no longer work. Start a new execution to ask again.",
	},
}

func TestRead(t *testing.T) {
	for name, want := range readTests {
		t.Run(name, func(t *testing.T) {
			history := newHistory(t, name)
			execution, err := history.read()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, summarize(t, execution, want.Task)); diff != "" {
				t.Errorf("execution (-want +got):\n%s", diff)
			}
			if got, want := history.pages, pagesOf(name, want.Status); got != want {
				t.Errorf("pages = %d, want %d", got, want)
			}
		})
	}
}

// pagesOf returns how many pages the newest task of an execution takes.
func pagesOf(name string, status approval.Status) int {
	switch {
	case status == approval.StatusWaiting:
		return 1
	case name == "rejected-twice":
		return 3
	}
	return 2
}

func TestReadNotSent(t *testing.T) {
	execution, err := newHistory(t, "not-sent").read()
	if err != nil {
		t.Fatal(err)
	}
	if execution.Status != approval.StatusFailed || execution.Error != "NotSent" ||
		!strings.Contains(execution.Cause, "NotificationRefusedError") {
		t.Errorf("execution = %s %s %s, want FAILED NotSent", execution.Status, execution.Error, execution.Cause)
	}
}

func TestReadRequest(t *testing.T) {
	execution, err := newHistory(t, "waiting").read()
	if err != nil {
		t.Fatal(err)
	}
	got := execution.Request
	got.TaskToken = "" // summarize checks it
	want := approval.Request{
		Execution: approval.WaitingExecution{
			ARN: testPrefix + "approval-workflow:release-42", Name: "release-42",
			StartedAt: time.Date(2026, 11, 22, 9, 30, 5, 123e6, time.UTC),
		},
		Input: json.RawMessage(testInput), Approvals: []approval.Record{}, ApprovalsNeeded: 1,
		EnteredAt: time.Date(2026, 11, 22, 9, 30, 5, 164e6, time.UTC),
		Schedule:  approval.Schedule{IntervalSeconds: 43_199, PauseSeconds: 1, Reminders: 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
}

func TestReadLargeInput(t *testing.T) {
	change := strings.Repeat("x", 250_000)
	execution, err := parseHistory(t, strings.ReplaceAll(readHistory(t, "waiting"), "CHG-7", change)).read()
	if err != nil {
		t.Fatal(err)
	}
	want := len(testInput) - len("CHG-7") + len(change)
	if got := len(execution.Request.Input); execution.Status != approval.StatusWaiting || got != want {
		t.Errorf("status = %s, input = %d bytes, want WAITING, %d", execution.Status, got, want)
	}
}
