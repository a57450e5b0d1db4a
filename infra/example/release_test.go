package main

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"approval-workflow/handler/approval"
	"approval-workflow/infra"
)

const gateARN = "arn:aws-cn:states:eu-west-1:123456789012:stateMachine:release-gate"

// filled returns a text with the parts of the gate's ARN.
func filled(t *testing.T, text string) string {
	t.Helper()
	result := make(chan string, 1)
	gate := &infra.ApprovalWorkflow{StateMachineArn: pulumi.String(gateARN).ToStringOutput()}
	fill(text, gate).ApplyT(func(text string) string { result <- text; return text })
	got := <-result
	if !json.Valid([]byte(got)) || strings.Contains(got, "${") {
		t.Fatalf("a placeholder is left, or this is not JSON: %s", got)
	}
	return got
}

// TestRelease checks the texts that are deployed. The end-to-end test runs the definition.
func TestRelease(t *testing.T) {
	filled(t, trustPolicy)
	text := filled(t, definition)
	var decoded struct{ States map[string]any }
	if err := json.Unmarshal([]byte(text), &decoded); err != nil {
		t.Fatal(err)
	}
	for keys, want := range map[string][]string{
		"StartAt|Next|Default": slices.Sorted(maps.Keys(decoded.States)), // every target exists, and every state is one
		"Default":              {"NotApproved"},                          // whatever happened to the gate
		"StringEquals":         {approval.ErrorExpired, approval.ErrorRejected, "States.TaskFailed"},
		"StateMachineArn":      {gateARN},
	} {
		var got []string
		for _, value := range regexp.MustCompile(`"(?:`+keys+`)": "([^"]*)"`).FindAllStringSubmatch(text, -1) {
			got = append(got, value[1])
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, slices.Compact(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", keys, diff)
		}
	}
	if strings.Count(text, `"Next": "Release"`) != 1 { // of Approve, if the gate succeeds
		t.Errorf("more than the approval leads to the release: %s", text)
	}
}
