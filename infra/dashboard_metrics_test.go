package infra

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// awsMetrics are the metrics that AWS documents, by namespace and dimension.
// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
// https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
var awsMetrics = map[string][]string{
	"AWS/Lambda FunctionName=approval-1234567": {"Duration", "Errors", "Invocations", "Throttles"},
	"AWS/ApiGateway ApiId=approval-api":        {"4xx", "5xx", "Count", "DataProcessed", "IntegrationLatency", "Latency"},
	"AWS/States StateMachineArn=arn:aws:states:eu-west-1:123456789012:stateMachine:approval-1234567": {
		"ExecutionThrottled", "ExecutionTime", "ExecutionsAborted", "ExecutionsFailed", "ExecutionsStarted",
		"ExecutionsSucceeded", "ExecutionsTimedOut",
	},
}

// exists reports whether AWS or the workflow has the metric with the path of a dashboard.
func exists(path []string) bool {
	if len(path) == 4 {
		return slices.Contains(awsMetrics[fmt.Sprintf("%s %s=%s", path[0], path[2], path[3])], path[1])
	}
	if len(path) != 2 || path[0] != "ApprovalWorkflow/approval-1234567" {
		return false
	}
	for _, m := range metrics {
		if m.name == path[1] {
			return true
		}
	}
	return false
}

func TestDashboardShowsMetricsThatExist(t *testing.T) {
	shown := 0
	for _, w := range widgets(t, &cloud{partition: "aws"}) {
		for _, metric := range w.Properties.Metrics {
			var path []string
			for _, part := range metric[:len(metric)-1] {
				path = append(path, part.(string))
			}
			options := metric[len(metric)-1].(map[string]any)
			if _, isExpression := options["expression"]; isExpression && path == nil {
				continue
			}
			if shown++; !exists(path) || options["stat"] == nil {
				t.Errorf("%s shows %q with %v, which does not exist", w.Properties.Title, path, options)
			}
		}
		if w.Type == "metric" && w.Properties.Region != "eu-west-1" {
			t.Errorf("%s: region = %q, want that of the workflow", w.Properties.Title, w.Properties.Region)
		}
	}
	if shown == 0 {
		t.Error("the dashboard shows no metric")
	}
}

// TestDashboardExpressions checks that an expression uses every hidden metric of its graph, and only metrics of its
// graph.
func TestDashboardExpressions(t *testing.T) {
	name := regexp.MustCompile(`\b[a-z]\w*\b`) // a function has capital letters
	for _, w := range widgets(t, &cloud{partition: "aws"}) {
		var hidden, used []string
		for _, metric := range w.Properties.Metrics {
			options := metric[len(metric)-1].(map[string]any)
			if options["visible"] == false {
				hidden = append(hidden, options["id"].(string))
			}
			if expression, ok := options["expression"].(string); ok {
				used = append(used, name.FindAllString(expression, -1)...)
			}
		}
		slices.Sort(hidden)
		slices.Sort(used)
		if !slices.Equal(hidden, used) {
			t.Errorf("%s: the expressions use %s, and the hidden metrics are %s",
				w.Properties.Title, strings.Join(used, " "), strings.Join(hidden, " "))
		}
	}
}
