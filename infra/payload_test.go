package infra

import (
	"encoding/json"
	"strings"
	"testing"
)

// taskToken contains every character of base64 that a link would have to escape.
const taskToken = "AAAAKgAAAAIAAAAAAAAAAQ+contract/test+token=="

// payload returns the payload of the task in the definition.
func (c *cloud) payload(t *testing.T) map[string]any {
	t.Helper()
	parameters := c.states(t)["RequestApproval"]["Parameters"].(map[string]any)
	return parameters["Payload"].(map[string]any)
}

// taskPayload returns the payload of the task in the deployed definition for an execution named release-42. approvals
// is the JSON of the approvals so far.
func taskPayload(t *testing.T, c *cloud, approvals string) string {
	t.Helper()
	text, err := json.Marshal(c.payload(t))
	if err != nil {
		t.Fatal(err)
	}
	payload := strings.NewReplacer(`.$":`, `":`,
		`"$$.Task.Token"`, `"`+taskToken+`"`,
		`"$$.Execution.Id"`, `"arn:aws:states:eu-west-1:123456789012:execution:approval-1234567:release-42"`,
		`"$$.Execution.Name"`, `"release-42"`,
		`"$$.Execution.StartTime"`, `"2026-11-22T09:30:05.000Z"`,
		`"$$.Execution.Input"`, `{"key": "value"}`,
		`"$.approvals"`, approvals,
		`"$$.State.EnteredTime"`, `"2026-11-22T09:30:05.000Z"`,
		`"$$.State.RetryCount"`, `0`,
	).Replace(string(text))
	if strings.Contains(payload, "$") {
		t.Fatalf("the payload contains a path that this test does not know: %s", text)
	}
	return payload
}
