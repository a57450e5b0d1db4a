package infra

import (
	"fmt"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sfn"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"approval-workflow/handler/web"
)

// slow is the duration of an invocation that raises an alarm. The function gives up on AWS a little later, after
// web.CallTimeout.
const slow = 8 * time.Second

// alarm describes an alarm on a metric of AWS or, without a namespace, of the workflow. The notification contains the
// description: what happened, and what to do next.
// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
type alarm struct {
	name, namespace, metric, statistic string
	threshold                          float64
	description                        string
}

// alarms are the problems that an operator must look at.
var alarms = []alarm{
	{
		name: "function-errors", namespace: "AWS/Lambda", metric: "Errors", statistic: "Sum", threshold: 1,
		description: "The function failed: it did not send an e-mail, or it crashed. Read the lines of level ERROR in its log. " +
			"Step Functions retries the errors that may pass. Another e-mail tells you about each execution that fails in the " +
			"end.",
	},
	{
		name: "function-throttles", namespace: "AWS/Lambda", metric: "Throttles", statistic: "Sum", threshold: 1,
		description: "Lambda did not start the function because the account's concurrency is used up. E-mails are late, and " +
			"clicks get an error, but their links still work. Find what uses the concurrency in this region, or request a " +
			"higher quota for Lambda.",
	},
	{
		name: "function-slow", namespace: "AWS/Lambda", metric: "Duration", statistic: "Maximum",
		threshold: float64(slow / time.Millisecond),
		description: "The function waited for AWS for 8 seconds or more. After 10 seconds it gives up, and the error in its log " +
			"names the call. Look for an incident of SNS, Step Functions, KMS or Lambda on the AWS Health Dashboard.",
	},
	{
		name: "api-faults", namespace: "AWS/ApiGateway", metric: "5xx", statistic: "Sum", threshold: 1,
		description: "The API answered a click with a server error. The link still works, or says what was decided. If the " +
			"alarm decision-faults is raised too, read the function's log. Otherwise read integrationError in the API's access " +
			"log.",
	},
	{
		name: "decision-faults", metric: "DecisionFaults", statistic: "Sum", threshold: 1,
		description: "A decision was not recorded. The approver saw that, and the link still works. Look for the outcomes " +
			"Unavailable and Internal in the function's log. Unavailable passes when Step Functions and KMS answer again. For " +
			"Internal, the error in the same line says what to fix, such as a permission of the function's role or the key of " +
			"the links.",
	},
	{
		name: "click-throttles", metric: "ThrottledClicks", statistic: "Sum", threshold: 1,
		description: "The API refused a click with 429, because there were more requests than the component's RequestRate and " +
			"RequestBurst allow. The link still works. If the API's access log shows many source addresses or wrong paths, " +
			"somebody floods the address. Otherwise raise the arguments.",
	},
}

// newAlarms creates the alarms and the workflow's metrics, and notifies the operators of the alarms and of the executions
// that fail. It returns the ARNs of the alarms.
func (b *builder) newAlarms(
	function *function, api *api, stateMachine *sfn.StateMachine, operators *topic,
) (pulumi.StringArray, error) {
	if err := b.newMetrics(function, api, stateMachine); err != nil {
		return nil, err
	}
	var actions pulumi.Array
	if len(b.args.AlarmEmails) > 0 {
		actions = pulumi.Array{operators.arn}
		if err := b.newFailureRule(operators, stateMachine); err != nil {
			return nil, err
		}
	}
	dimensions := map[string]pulumi.StringMap{
		"AWS/Lambda": {"FunctionName": function.Name}, "AWS/ApiGateway": {"ApiId": api.ID()},
	}
	var arns pulumi.StringArray
	for _, a := range alarms {
		watched := cloudwatch.MetricAlarmMetricQueryMetricArgs{
			Namespace: pulumi.String(a.namespace), MetricName: pulumi.String(a.metric), Dimensions: dimensions[a.namespace],
			Stat: pulumi.String(a.statistic), Period: pulumi.Int(300), // seconds
		}
		if a.namespace == "" {
			watched.Namespace = metricNamespace(stateMachine)
		}
		created, err := b.newAlarm(a, watched, actions)
		if err != nil {
			return nil, err
		}
		arns = append(arns, created.Arn)
	}
	return arns, nil
}

// newAlarm creates an alarm that is raised when the metric reaches the threshold within five minutes. CloudWatch looks back
// over more periods when data is missing, which would keep the alarm up so that it does not notify again. So FILL gives
// every period without data the value 0. The alarm looks at two periods, so that a value that comes late still counts.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
func (b *builder) newAlarm(
	a alarm, watched cloudwatch.MetricAlarmMetricQueryMetricArgs, actions pulumi.Array,
) (*cloudwatch.MetricAlarm, error) {
	created, err := cloudwatch.NewMetricAlarm(b.ctx, b.part(a.name), &cloudwatch.MetricAlarmArgs{
		AlarmDescription:   pulumi.String(a.description),
		ComparisonOperator: pulumi.String("GreaterThanOrEqualToThreshold"),
		Threshold:          pulumi.Float64(a.threshold),
		EvaluationPeriods:  pulumi.Int(2),
		DatapointsToAlarm:  pulumi.Int(1),
		TreatMissingData:   pulumi.String("notBreaching"), // before the first data, nothing has happened
		AlarmActions:       actions,
		MetricQueries: cloudwatch.MetricAlarmMetricQueryArray{
			cloudwatch.MetricAlarmMetricQueryArgs{Id: pulumi.String("reported"), Metric: watched},
			cloudwatch.MetricAlarmMetricQueryArgs{
				Id: pulumi.String("filled"), Expression: pulumi.String("FILL(reported, 0)"), Label: pulumi.String(a.metric),
				ReturnData: pulumi.Bool(true),
			},
		},
		Tags: b.tags,
	}, b.child)
	if err != nil {
		return nil, fmt.Errorf("alarm %s: %w", a.name, err)
	}
	return created, nil
}

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
		_, err := cloudwatch.NewLogMetricFilter(b.ctx, b.part(m.name), &cloudwatch.LogMetricFilterArgs{
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
