package infra

import (
	"encoding/json"
	"strings"
	"testing"
)

// taskToken contains every character of base64 that a link must escape.
const taskToken = "AAAAKgAAAAIAAAAAAAAAAQ+contract/test+token=="

// taskPayload returns the payload of the task in the deployed definition for an execution named release-42.
func taskPayload(t *testing.T, c *cloud) string {
	t.Helper()
	parameters := c.states(t)["RequestApproval"]["Parameters"].(map[string]any)
	text, err := json.Marshal(parameters["Payload"])
	if err != nil {
		t.Fatal(err)
	}
	payload := strings.NewReplacer(`.$":`, `":`,
		`"$$.Task.Token"`, `"`+taskToken+`"`,
		`"$$.Execution.Id"`, `"arn:aws:states:eu-west-1:123456789012:execution:approval-1234567:release-42"`,
		`"$$.Execution.Name"`, `"release-42"`,
		`"$$.Execution.StartTime"`, `"2026-11-22T09:30:05.000Z"`,
		`"$$.Execution.Input"`, `{"key": "value"}`,
		`"$$.State.RetryCount"`, `0`,
	).Replace(string(text))
	if strings.Contains(payload, "$") {
		t.Fatalf("the payload contains a path that this test does not know: %s", text)
	}
	return payload
}
