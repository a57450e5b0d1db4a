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

const gateARN = "arn:aws-cn:states:eu-west-1:123456789012:stateMachine:approval-workflow-example"

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
		"StringEquals":         {approval.ErrorExpired, "FAILED", approval.ErrorRejected, "States.TaskFailed"},
		"StateMachineArn":      {gateARN},
		"group":                {"dba", "leads", "oncall"},
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
	for state, want := range map[string]int{"Release": 1, "AskLeads": 2, "AskOnCall": 1} { // of the groups that are asked before
		if got := strings.Count(text, `"Next": "`+state+`"`); got != want {
			t.Errorf("%d transitions lead to %s, want %d", got, state, want)
		}
	}
}

func TestCheckGroups(t *testing.T) {
	const dba = "groups.dba: the release asks this group, and nobody is in it. " +
		"Run: pulumi config set --path groups.dba.email you@example.com"
	for _, test := range []struct {
		groups []string
		want   string
	}{
		{[]string{"dba", "oncall", "leads", "another"}, ""},
		{[]string{"oncall", "leads"}, dba},
		{nil, dba + "\n" + strings.ReplaceAll(dba, "dba", "oncall") + "\n" + strings.ReplaceAll(dba, "dba", "leads")},
	} {
		groups := map[string]infra.Group{}
		for _, name := range test.groups {
			groups[name] = infra.Group{Emails: []string{"you@example.com"}, Approvals: 1}
		}
		var got string
		if err := checkGroups(groups); err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("checkGroups(%q) = %q, want %q", test.groups, got, test.want)
		}
	}
}
