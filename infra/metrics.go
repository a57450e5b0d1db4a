package infra

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"approval-workflow/handler/web"
)

// The logs that are counted in: what the function says of each request to it, and how executions ended.
const (
	functionLog  = "function"
	executionLog = "executions"
)

// metrics are what the workflow counts, each the lines of a log that match a pattern. Executions that fail are counted
// where they enter their Fail state, which is logged at level ERROR and once.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
// https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
var metrics = []struct{ name, log, pattern string }{
	{"Requested", functionLog, `{ $.outcome = "requested" }`},
	{"Reminded", functionLog, `{ $.outcome = "reminded" }`},
	{"Approved", functionLog, `{ $.outcome = "approved" }`},
	{"Rejected", functionLog, `{ $.outcome = "rejected" }`},
	{"FastDecisions", functionLog, fmt.Sprintf(`{ $.ageSeconds < %d }`, web.FastSeconds)}, // only decisions have an age
	{"StaleClicks", functionLog, `{ $.status = 409 || $.status = 410 }`},
	// A request that cannot be sent is no fault of a decision, and ends its execution if no retry mends it.
	{"DecisionFaults", functionLog, `{ $.status >= 500 && $.route != "POST ` + web.SendRequest + `" }`},
	{"Expired", executionLog, `{ $.type = "FailStateEntered" && $.details.name = "Expired" }`},
	// Every other failure, those included that Step Functions ends an execution by itself for, such as too large an input.
	{"RequestFaults", executionLog,
		`{ ($.type = "FailStateEntered" && $.details.name != "Expired" && $.details.name != "Rejected") ||` +
			` ($.type = "ExecutionFailed" && $.details.error = "States.*") }`},
}

// newMetrics counts the metrics in a namespace of this workflow's own, which it returns.
func (b *builder) newMetrics(function *function, stateMachine *stateMachine) (pulumi.StringOutput, error) {
	namespace := pulumi.Sprintf("ApprovalWorkflow/%s", stateMachine.Name)
	logs := map[string]*cloudwatch.LogGroup{functionLog: function.logs, executionLog: stateMachine.logs}
	for _, m := range metrics {
		_, err := cloudwatch.NewLogMetricFilter(b.ctx, b.name+"-"+m.name, &cloudwatch.LogMetricFilterArgs{
			LogGroupName: logs[m.log].Name,
			Pattern:      pulumi.String(m.pattern),
			// Without a default value a metric costs nothing in the hours in which nothing is counted.
			MetricTransformation: cloudwatch.LogMetricFilterMetricTransformationArgs{
				Namespace: namespace,
				Name:      pulumi.String(m.name),
				Value:     pulumi.String("1"),
				Unit:      pulumi.String("Count"),
			},
		}, b.child)
		if err != nil {
			return namespace, fmt.Errorf("metric %s: %w", m.name, err)
		}
	}
	return namespace, nil
}
