package infra

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sfn"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"approval-workflow/handler/web"
)

// The logs that metrics read. The function and the API log a line about each request.
const (
	functionLog = "function"
	accessLog   = "access"
)

// metric is a metric of the workflow. It reads the lines of a log that match a filter pattern.
type metric struct {
	name, log, pattern string
	value, unit        string // of each line
}

// count returns a metric that counts lines.
func count(name, log, pattern string) metric { return metric{name, log, pattern, "1", "Count"} }

// metrics are the workflow's metrics.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
var metrics = []metric{
	count("Requested", functionLog, `{ $.outcome = "requested" }`),
	count("Reminded", functionLog, `{ $.outcome = "reminded" }`),
	count("Approved", functionLog, `{ $.outcome = "approved" }`),
	count("Rejected", functionLog, `{ $.outcome = "rejected" }`),
	{"AgeSeconds", functionLog, `{ $.outcome = "approved" || $.outcome = "rejected" }`, "$.ageSeconds", "Seconds"},
	count("FastDecisions", functionLog, fmt.Sprintf(`{ $.ageSeconds < %d }`, web.FastSeconds)), // only decisions have an age
	count("StaleClicks", functionLog, `{ $.status = 409 || $.status = 410 }`),
	// A request that cannot be sent is not a decision. The execution fails if no retry helps.
	count("DecisionFaults", functionLog, `{ $.status >= 500 && $.route != "POST `+web.SendRequest+`" }`),
	count("ThrottledClicks", accessLog, `{ $.status = "429" }`), // the function does not get these
}

// metricNamespace returns the namespace of the workflow's metrics.
func metricNamespace(stateMachine *sfn.StateMachine) pulumi.StringOutput {
	return pulumi.Sprintf("ApprovalWorkflow/%s", stateMachine.Name)
}

// newMetrics creates the workflow's metrics.
func (b *builder) newMetrics(function *function, api *api, stateMachine *sfn.StateMachine) error {
	logs := map[string]*cloudwatch.LogGroup{functionLog: function.logs, accessLog: api.logs}
	for _, m := range metrics {
		_, err := cloudwatch.NewLogMetricFilter(b.ctx, b.name+"-"+m.name, &cloudwatch.LogMetricFilterArgs{
			LogGroupName: logs[m.log].Name,
			Pattern:      pulumi.String(m.pattern),
			// Without a default value, a metric costs nothing in the hours in which no line matches.
			MetricTransformation: cloudwatch.LogMetricFilterMetricTransformationArgs{
				Namespace: metricNamespace(stateMachine),
				Name:      pulumi.String(m.name),
				Value:     pulumi.String(m.value),
				Unit:      pulumi.String(m.unit),
			},
		}, b.child)
		if err != nil {
			return fmt.Errorf("metric %s: %w", m.name, err)
		}
	}
	return nil
}
