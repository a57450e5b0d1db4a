package infra

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/google/go-cmp/cmp"
)

const ruleToken, targetToken = "aws:cloudwatch/eventRule:EventRule", "aws:cloudwatch/eventTarget:EventTarget"

func TestFailureRule(t *testing.T) {
	c := &cloud{partition: "aws"}
	deploy(t, c, "approval")
	want := map[string]any{
		"source":      []any{"aws.states"},
		"detail-type": []any{"Step Functions Execution Status Change"},
		"detail": map[string]any{
			"stateMachineArn": []any{"arn:aws:states:eu-west-1:123456789012:stateMachine:approval-1234567"},
			"status":          []any{"FAILED", "TIMED_OUT"},
			"error": []any{
				nil, map[string]any{"exists": false}, map[string]any{"anything-but": []any{"Rejected", "Expired"}},
			},
		},
	}
	if diff := cmp.Diff(want, c.ofType(ruleToken)["approval-failures"]["eventPattern"]); diff != "" {
		t.Errorf("pattern (-want +got):\n%s", diff)
	}
	target := c.ofType(targetToken)["approval-failures"]
	if got := target["arn"]; got != "arn:aws:sns:eu-west-1:123456789012:approval-alarms-1234567" {
		t.Errorf("target = %v, want the topic of the operators", got)
	}
}

// TestFailuresAreTheErrorsOfFailStates checks that the names of the errors that are no failure exist in the definition.
func TestFailuresAreTheErrorsOfFailStates(t *testing.T) {
	c := &cloud{partition: "aws"}
	deploy(t, c, "approval")
	states := c.states(t)
	for _, name := range []string{"Rejected", "Expired"} {
		if states[name]["Error"] != name {
			t.Errorf("the state %s fails with %v, want the error that the rule leaves out", name, states[name]["Error"])
		}
	}
}

// TestFailureMessage checks that each line is a JSON string, as EventBridge requires, and that the cause comes last,
// because it can have several lines.
func TestFailureMessage(t *testing.T) {
	for partition, console := range map[string]bool{"aws": true, "aws-iso": false} {
		template, err := failureMessage(arn.ARN{
			Partition: partition, Service: "states", Region: "eu-west-1", AccountID: "1", Resource: "stateMachine:gate",
		})
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for quoted := range strings.Lines(template) {
			var line string
			if err := json.Unmarshal([]byte(quoted), &line); err != nil {
				t.Errorf("%s: %q is not a JSON string", partition, quoted)
			}
			lines = append(lines, line)
		}
		if last := lines[len(lines)-1]; last != "Cause: <cause>" {
			t.Errorf("%s: last line = %q, want the cause", partition, last)
		}
		link := "https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/v2/executions/details/" +
			"arn:aws:states:eu-west-1:1:execution:gate:<name>"
		if got := strings.Contains(template, link); got != console {
			t.Errorf("%s: has the link to the console = %t, want %t:\n%s", partition, got, console, template)
		}
	}
}

func TestNoFailureRuleWithoutOperators(t *testing.T) {
	args := testArgs
	args.AlarmEmails, args.Audit = nil, false
	c := &cloud{partition: "aws"}
	deployArgs(t, c, args, "approval")
	if rules := c.ofType(ruleToken); len(rules) > 0 {
		t.Errorf("rules = %v, want none", rules)
	}
}
