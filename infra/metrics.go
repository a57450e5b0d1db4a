package infra

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"approval-workflow/handler/web"
)

// The logs that metrics count in. The function logs a line about each request, and Step Functions logs how executions
// fail.
const (
	functionLog  = "function"
	executionLog = "executions"
)

// metrics are the workflow's metrics. Each counts the lines of a log that match a filter pattern. An execution that
// fails is counted when it enters its Fail state: Step Functions logs that once, at level ERROR.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
// https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
var metrics = []struct{ name, log, pattern string }{
	{"Requested", functionLog, `{ $.outcome = "requested" }`},
	{"Reminded", functionLog, `{ $.outcome = "reminded" }`},
	{"Approved", functionLog, `{ $.outcome = "approved" }`},
	{"Rejected", functionLog, `{ $.outcome = "rejected" }`},
	{"FastDecisions", functionLog, fmt.Sprintf(`{ $.ageSeconds < %d }`, web.FastSeconds)}, // only decisions have an age
	{"StaleClicks", functionLog, `{ $.status = 409 || $.status = 410 }`},
	// A request that cannot be sent is not a decision. RequestFaults counts it if no retry helps.
	{"DecisionFaults", functionLog, `{ $.status >= 500 && $.route != "POST ` + web.SendRequest + `" }`},
	{"Expired", executionLog, `{ $.type = "FailStateEntered" && $.details.name = "Expired" }`},
	// This includes the executions that Step Functions itself ends, for example because of a too large input.
	{"RequestFaults", executionLog,
		`{ ($.type = "FailStateEntered" && $.details.name != "Expired" && $.details.name != "Rejected") ||` +
			` ($.type = "ExecutionFailed" && $.details.error = "States.*") }`},
}

// newMetrics creates the metrics in a namespace for this workflow, and returns the namespace.
func (b *builder) newMetrics(function *function, stateMachine *stateMachine) (pulumi.StringOutput, error) {
	namespace := pulumi.Sprintf("ApprovalWorkflow/%s", stateMachine.Name)
	logs := map[string]*cloudwatch.LogGroup{functionLog: function.logs, executionLog: stateMachine.logs}
	for _, m := range metrics {
		_, err := cloudwatch.NewLogMetricFilter(b.ctx, b.name+"-"+m.name, &cloudwatch.LogMetricFilterArgs{
			LogGroupName: logs[m.log].Name,
			Pattern:      pulumi.String(m.pattern),
			// Without a default value, a metric costs nothing in the hours in which it counts nothing.
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
