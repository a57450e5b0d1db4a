package infra

import (
	"fmt"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigatewayv2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
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
			"Step Functions retries the errors that may pass. An execution that fails in the end also raises the alarm " +
			"request-faults.",
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
		name: "request-faults", source: workflowMetrics, metric: "RequestFaults", statistic: "Sum", threshold: 1,
		description: "An execution failed, and it was neither rejected nor expired. The e-mail was not sent, too few approvers " +
			"have confirmed the subscription, or something outside the workflow answered the task. List the state machine's " +
			"failed executions and read the error and the cause of the newest one. Fix the problem and start the execution again.",
	},
	{
		name: "decision-faults", source: workflowMetrics, metric: "DecisionFaults", statistic: "Sum", threshold: 1,
		description: "A decision was not recorded. The approver saw that, and the link still works. Look for the outcomes " +
			"Unavailable and Internal in the function's log. Unavailable passes when Step Functions and KMS answer again. For " +
			"Internal, the error in the same line says what to fix, such as a permission of the function's role or the key of " +
			"the links.",
	},
}

// alarmSource is where CloudWatch finds a metric.
type alarmSource struct {
	namespace  pulumi.StringInput
	dimensions pulumi.StringMap
}

// newAlarms creates the alarms and the workflow's metrics.
func (b *builder) newAlarms(function *function, api *apigatewayv2.Api, stateMachine *stateMachine) error {
	namespace, err := b.newMetrics(function, stateMachine)
	if err != nil {
		return err
	}
	actions, err := b.newAlarmActions()
	if err != nil {
		return err
	}
	sources := map[string]alarmSource{
		lambdaMetrics:   {pulumi.String("AWS/Lambda"), pulumi.StringMap{"FunctionName": function.Name}},
		apiMetrics:      {pulumi.String("AWS/ApiGateway"), pulumi.StringMap{"ApiId": api.ID()}},
		workflowMetrics: {namespace, nil},
	}
	for _, a := range alarms {
		if err := b.newAlarm(a, sources[a.source], actions); err != nil {
			return err
		}
	}
	return nil
}

// newAlarm creates an alarm that is raised when the metric reaches the threshold within five minutes.
func (b *builder) newAlarm(a alarm, source alarmSource, actions pulumi.Array) error {
	_, err := cloudwatch.NewMetricAlarm(b.ctx, b.name+"-"+a.name, &cloudwatch.MetricAlarmArgs{
		AlarmDescription:   pulumi.String(a.description),
		Namespace:          source.namespace,
		MetricName:         pulumi.String(a.metric),
		Dimensions:         source.dimensions,
		Statistic:          pulumi.String(a.statistic),
		ComparisonOperator: pulumi.String("GreaterThanOrEqualToThreshold"),
		Threshold:          pulumi.Float64(a.threshold),
		Period:             pulumi.Int(300), // seconds
		EvaluationPeriods:  pulumi.Int(1),
		TreatMissingData:   pulumi.String("notBreaching"), // without data, nothing has happened
		AlarmActions:       actions,
		Tags:               b.tags,
	}, b.child)
	if err != nil {
		return fmt.Errorf("alarm %s: %w", a.name, err)
	}
	return nil
}

// newAlarmActions creates the topic that notifies the operators. Without operators it creates no topic.
func (b *builder) newAlarmActions() (pulumi.Array, error) {
	if len(b.args.AlarmEmails) == 0 {
		return nil, nil
	}
	name := b.name + "-alarms"
	// The topic is not encrypted: CloudWatch cannot use the key alias/aws/sns, and the notifications would be lost.
	// They contain no link.
	// https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
	topic, err := sns.NewTopic(b.ctx, name, &sns.TopicArgs{Tags: b.tags}, b.child)
	if err != nil {
		return nil, fmt.Errorf("alarm topic: %w", err)
	}
	// With a dash, the name could also be that of an approver such as alarms-ops@example.com.
	for _, email := range b.args.AlarmEmails {
		if _, err := b.subscribe(name+":"+email, email, &sns.TopicSubscriptionArgs{Topic: topic.Arn}); err != nil {
			return nil, err
		}
	}
	return pulumi.Array{topic.Arn}, nil
}
