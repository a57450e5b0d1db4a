//go:build e2e

package e2e

import (
	"encoding/json"
	"testing"
)

// event is an event in the history of an execution.
type event struct {
	Type                      string
	StateEnteredEventDetails  struct{ Name string }
	TaskScheduledEventDetails struct{ Parameters string }
	TaskSubmittedEventDetails struct{ Output string }
	TaskFailedEventDetails    struct{ Error, Cause string }
}

// history returns the events of an execution.
func history(t *testing.T, execution string) []event {
	t.Helper()
	var got struct{ Events []event }
	aws(t, &got, "stepfunctions", "get-execution-history", "--execution-arn", execution)
	return got.Events
}

// payload returns what the newest task of an execution sent to the function. It contains the task token.
func payload(t *testing.T, execution string) (task struct{ TaskToken string }, text string) {
	t.Helper()
	var parameters struct{ Payload json.RawMessage }
	for _, e := range history(t, execution) {
		if e.Type == "TaskScheduled" {
			decode(t, []byte(e.TaskScheduledEventDetails.Parameters), &parameters)
		}
	}
	decode(t, parameters.Payload, &task)
	return task, string(parameters.Payload)
}
