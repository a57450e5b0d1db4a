package infra

import (
	"maps"
	"testing"
)

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
