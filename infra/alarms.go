package infra

import (
	"fmt"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sfn"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// The sources of the metrics that alarms watch: AWS reports those of Lambda and of the API by itself, and newMetrics
// creates those of the workflow.
// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
const (
	lambdaMetrics   = "Lambda"
	apiMetrics      = "API"
	workflowMetrics = "workflow"
)

// slow is the duration of an invocation that raises an alarm. The function gives up on AWS a little later, after
// approval.CallTimeout.
const slow = 8 * time.Second

// alarm describes an alarm on a metric. The notification contains the description: what happened, and what to do next.
type alarm struct {
	name, source, metric, statistic string
	threshold                       float64
	description                     string
}

// alarms are the problems that an operator must look at.
var alarms = []alarm{
	{
		name: "function-errors", source: lambdaMetrics, metric: "Errors", statistic: "Sum", threshold: 1,
		description: "The function failed: it did not send an e-mail, or it crashed. Read the lines of level ERROR in its log. " +
			"Step Functions retries the errors that may pass. Another e-mail tells you about each execution that fails in the " +
			"end.",
	},
	{
		name: "function-throttles", source: lambdaMetrics, metric: "Throttles", statistic: "Sum", threshold: 1,
		description: "Lambda did not start the function because the account's concurrency is used up. E-mails are late, and " +
			"clicks get an error, but their links still work. Find what uses the concurrency in this region, or request a " +
			"higher quota for Lambda.",
	},
	{
		name: "function-slow", source: lambdaMetrics, metric: "Duration", statistic: "Maximum",
		threshold: float64(slow / time.Millisecond),
		description: "The function waited for AWS for 8 seconds or more. After 10 seconds it gives up, and the error in its log " +
			"names the call. Look for an incident of SNS, Step Functions, KMS or Lambda on the AWS Health Dashboard.",
	},
	{
		name: "api-faults", source: apiMetrics, metric: "5xx", statistic: "Sum", threshold: 1,
		description: "The API answered a click with a server error. The link still works, or says what was decided. If the " +
			"alarm decision-faults is raised too, read the function's log. Otherwise read integrationError in the API's access " +
			"log.",
	},
	{
		name: "decision-faults", source: workflowMetrics, metric: "DecisionFaults", statistic: "Sum", threshold: 1,
		description: "A decision was not recorded. The approver saw that, and the link still works. Look for the outcomes " +
			"Unavailable and Internal in the function's log. Unavailable passes when Step Functions and KMS answer again. For " +
			"Internal, the error in the same line says what to fix, such as a permission of the function's role or the key of " +
			"the links.",
	},
	{
		name: "click-throttles", source: workflowMetrics, metric: "ThrottledClicks", statistic: "Sum", threshold: 1,
		description: "The API refused a click with 429, because there were more requests than the component's RequestRate and " +
			"RequestBurst allow. The link still works. If the API's access log shows many source addresses or wrong paths, " +
			"somebody floods the address. Otherwise raise the arguments.",
	},
}

// alarmSource is where CloudWatch finds a metric.
type alarmSource struct {
	namespace  pulumi.StringInput
	dimensions pulumi.StringMap
}

// newAlarms creates the alarms and the workflow's metrics, and notifies the operators of the alarms and of the executions
// that fail. It returns the ARNs of the alarms.
func (b *builder) newAlarms(
	function *function, api *api, stateMachine *sfn.StateMachine, operators *operators,
) (pulumi.StringArray, error) {
	if err := b.newMetrics(function, api, stateMachine); err != nil {
		return nil, err
	}
	var actions pulumi.Array
	if operators != nil {
		actions = pulumi.Array{operators.topic.Arn}
		if err := b.newFailureRule(operators, stateMachine); err != nil {
			return nil, err
		}
	}
	sources := map[string]alarmSource{
		lambdaMetrics:   {pulumi.String("AWS/Lambda"), pulumi.StringMap{"FunctionName": function.Name}},
		apiMetrics:      {pulumi.String("AWS/ApiGateway"), pulumi.StringMap{"ApiId": api.ID()}},
		workflowMetrics: {metricNamespace(stateMachine), nil},
	}
	var arns pulumi.StringArray
	for _, a := range alarms {
		created, err := b.newAlarm(a, sources[a.source], actions)
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
func (b *builder) newAlarm(a alarm, source alarmSource, actions pulumi.Array) (*cloudwatch.MetricAlarm, error) {
	created, err := cloudwatch.NewMetricAlarm(b.ctx, b.name+"-"+a.name, &cloudwatch.MetricAlarmArgs{
		AlarmDescription:   pulumi.String(a.description),
		ComparisonOperator: pulumi.String("GreaterThanOrEqualToThreshold"),
		Threshold:          pulumi.Float64(a.threshold),
		EvaluationPeriods:  pulumi.Int(2),
		DatapointsToAlarm:  pulumi.Int(1),
		TreatMissingData:   pulumi.String("notBreaching"), // before the first data, nothing has happened
		AlarmActions:       actions,
		MetricQueries: cloudwatch.MetricAlarmMetricQueryArray{
			cloudwatch.MetricAlarmMetricQueryArgs{
				Id: pulumi.String("reported"),
				Metric: cloudwatch.MetricAlarmMetricQueryMetricArgs{
					Namespace: source.namespace, MetricName: pulumi.String(a.metric), Dimensions: source.dimensions,
					Stat: pulumi.String(a.statistic), Period: pulumi.Int(300), // seconds
				},
			},
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
