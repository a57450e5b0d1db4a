package infra

import (
	"fmt"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigatewayv2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// What alarms watch: metrics that AWS reports by itself, and those of newMetrics.
// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
const (
	lambdaMetrics = "Lambda"
	apiMetrics    = "API"
	ownMetrics    = "workflow"
)

// slow is how long an invocation takes that nearly gave up on AWS, which the handler does after 10 seconds.
const slow = 8 * time.Second

// alarms are what someone must act on. A description says what happened and what to do next; it stands in the
// notification.
var alarms = []struct {
	name, source, metric, statistic string
	threshold                       float64
	description                     string
}{
	{"function-errors", lambdaMetrics, "Errors", "Sum", 1,
		"The function failed: an e-mail was not sent, or the function crashed. Read the lines of level ERROR in its log. " +
			"Step Functions tries again what may pass; what did not pass raises the alarm request-faults too."},
	{"function-throttles", lambdaMetrics, "Throttles", "Sum", 1,
		"Lambda did not start the function, for lack of concurrency: e-mails are late and clicks get an error, but their " +
			"links still work. Find what uses up the account's concurrency in this region, or have Lambda's quota raised."},
	{"function-slow", lambdaMetrics, "Duration", "Maximum", float64(slow / time.Millisecond),
		"The function waited for AWS for 8 seconds or more; after 10 it gives up, and the error in its log names the call. Look " +
			"for an incident of SNS, Step Functions or Lambda on the AWS Health Dashboard."},
	{"api-faults", apiMetrics, "5xx", "Sum", 1,
		"The API answered a click with an error of the server. The link still works, or tells what was decided. With the alarm " +
			"decision-faults, the function's log says why; without it, integrationError in the API's access log does."},
	{"request-faults", ownMetrics, "RequestFaults", "Sum", 1,
		"An execution failed, neither rejected nor expired. List the state machine's failed executions and read the error " +
			"and the cause of the newest: the e-mail was not sent, no approver has confirmed, or its task was answered from " +
			"outside. Mend that, and start the execution again."},
	{"decision-faults", ownMetrics, "DecisionFaults", "Sum", 1,
		"A decision was not recorded: the approver was told so, and the link still works. Look in the function's log for the " +
			"outcome Unavailable, which passes when Step Functions answers again, or Internal, whose error says what to mend, " +
			"such as a permission of the function's role."},
}

// newAlarms creates the alarms and the metrics that they watch. They tell those whom the configuration names, and show
// in the CloudWatch console if it names nobody.
func (b *builder) newAlarms(function *function, api *apigatewayv2.Api, stateMachine *stateMachine) error {
	namespace, err := b.newMetrics(function, stateMachine)
	if err != nil {
		return err
	}
	actions, err := b.newAlarmActions()
	if err != nil {
		return err
	}
	sources := map[string]struct {
		namespace  pulumi.StringInput
		dimensions pulumi.StringMap
	}{
		lambdaMetrics: {pulumi.String("AWS/Lambda"), pulumi.StringMap{"FunctionName": function.Name}},
		apiMetrics:    {pulumi.String("AWS/ApiGateway"), pulumi.StringMap{"ApiId": api.ID()}},
		ownMetrics:    {namespace, nil},
	}
	for _, a := range alarms {
		_, err := cloudwatch.NewMetricAlarm(b.ctx, b.name+"-"+a.name, &cloudwatch.MetricAlarmArgs{
			AlarmDescription:   pulumi.String(a.description),
			Namespace:          sources[a.source].namespace,
			MetricName:         pulumi.String(a.metric),
			Dimensions:         sources[a.source].dimensions,
			Statistic:          pulumi.String(a.statistic),
			ComparisonOperator: pulumi.String("GreaterThanOrEqualToThreshold"),
			Threshold:          pulumi.Float64(a.threshold),
			Period:             pulumi.Int(300), // seconds
			EvaluationPeriods:  pulumi.Int(1),
			TreatMissingData:   pulumi.String("notBreaching"), // nothing happened
			AlarmActions:       actions,
			Tags:               b.tags,
		}, b.child)
		if err != nil {
			return fmt.Errorf("alarm %s: %w", a.name, err)
		}
	}
	return nil
}

// newAlarmActions creates the topic that alarms notify the operators by, if there are any.
func (b *builder) newAlarmActions() (pulumi.Array, error) {
	if len(b.config.AlarmEmails) == 0 {
		return nil, nil
	}
	name := b.name + "-alarms"
	// Not encrypted under alias/aws/sns: CloudWatch may not use that key, and its notifications would be lost. They hold
	// no task token.
	// https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
	topic, err := sns.NewTopic(b.ctx, name, &sns.TopicArgs{Tags: b.tags}, b.child)
	if err != nil {
		return nil, fmt.Errorf("alarm topic: %w", err)
	}
	_, err = b.subscribe(name+":", topic, b.config.AlarmEmails)
	return pulumi.Array{topic.Arn}, err
}
