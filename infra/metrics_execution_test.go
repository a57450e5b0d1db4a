package infra

import (
	"fmt"
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const executionGroup = "/aws/vendedlogs/states/approval-1234567"

// executionLine returns a line that Step Functions logs at level ERROR without execution data.
// https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
func executionLine(event, details string) string {
	return fmt.Sprintf(`{"id":"7","type":%q,"details":%s,"previous_event_id":"6","event_timestamp":"1795339805123",`+
		`"execution_arn":"arn:aws:states:eu-west-1:123456789012:execution:approval-1234567:release-42"}`, event, details)
}

func TestFailStateMetrics(t *testing.T) {
	c := &cloud{partition: "aws"}
	deploy(t, c, "approval")
	got := map[string][]string{}
	for name, state := range c.states(t) {
		if state["Type"] == "Fail" {
			got[name] = counted(t, c, executionGroup, executionLine("FailStateEntered", fmt.Sprintf(`{"name":%q}`, name)))
		}
	}
	want := map[string][]string{
		"Rejected": nil, "Expired": {"Expired"}, "NotSent": {"RequestFaults"}, "Undecided": {"RequestFaults"},
		"TooFewApprovers": {"RequestFaults"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Fail states (-want +counted):\n%s", diff)
	}
}

// TestExecutionMetrics checks that each failure of an execution is counted once, whether a Fail state or Step Functions
// itself ends it.
func TestExecutionMetrics(t *testing.T) {
	c := &cloud{partition: "aws"}
	deploy(t, c, "approval")
	const task = `"resourceType":"lambda","resource":"invoke.waitForTaskToken"`
	tests := []struct {
		event, details string
		want           []string
	}{
		{"ExecutionFailed", `{"error":"States.DataLimitExceeded"}`, []string{"RequestFaults"}},
		{"TaskTimedOut", `{` + task + `,"error":"States.Timeout"}`, nil},
		{"TaskFailed", `{` + task + `,"error":"NotificationRefusedError"}`, nil},
		{"ExecutionFailed", `{"error":"Expired"}`, nil},
		{"ExecutionAborted", `{}`, nil},
	}
	for _, test := range tests {
		got := counted(t, c, executionGroup, executionLine(test.event, test.details))
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s %s (-want +counted):\n%s", test.event, test.details, diff)
		}
	}
}

func TestMetricsHaveANamespaceForEachWorkflow(t *testing.T) {
	c := &cloud{partition: "aws"}
	deploy(t, c, "first", "second")
	namespaces := map[string]int{}
	for _, filter := range c.ofType("aws:cloudwatch/logMetricFilter:LogMetricFilter") {
		namespaces[filter["metricTransformation"].(map[string]any)["namespace"].(string)]++
	}
	want := map[string]int{"ApprovalWorkflow/first-1234567": len(metrics), "ApprovalWorkflow/second-1234567": len(metrics)}
	if !maps.Equal(want, namespaces) {
		t.Errorf("metrics by namespace = %v, want %v", namespaces, want)
	}
}
