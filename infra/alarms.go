package infra

import (
	"fmt"
	"strings"
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
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
// https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html
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
		name: "outcomes-dropped", namespace: "AWS/Lambda", metric: "AsyncEventsDropped", statistic: "Sum", threshold: 1,
		description: "E-mails about the end of an execution were not sent: the function failed three times, or it did not start for " +
			"six hours. Read the lines of level ERROR with the route /execution-ended in its log. Look for executions that failed " +
			"in the Step Functions console, because nobody was told of them.",
	},
	{
		name: "outcomes-undelivered", namespace: "AWS/Events", metric: "FailedInvocations", statistic: "Sum", threshold: 1,
		description: "EventBridge could not pass the end of an execution to the function, so no e-mail tells of it. Run pulumi up " +
			"--refresh: the function's permission for the rule may be gone. Look for executions that failed in the Step Functions " +
			"console.",
	},
	{
		name: "approvers-unreachable", metric: "UnreachableApprovers", statistic: "Sum", threshold: 1,
		description: "An approver was not asked: the subscription is not confirmed, or SNS has suspended it because it got more than " +
			"10 e-mails in a second. Read the attribute unreachable in the function's log. infra/operate.md says under Lost " +
			"approvers how they subscribe again. The others were asked, unless too few are left.",
	},
	{
		name: "emails-undelivered", namespace: "AWS/SNS", metric: "NumberOfNotificationsFailed", statistic: "Sum", threshold: 1,
		description: "SNS gave up an e-mail to an approver, such as one that bounced. SNS sends a bounced address nothing for 7 days " +
			"and does not say which one it is. Ask the approvers of the newest requests who has no e-mail. " +
			"infra/operate.md says more under Lost approvers.",
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
		name: "key-faults", metric: "KeyFaults", statistic: "Sum", threshold: 1,
		description: "KMS refuses the key of the links. Soon no link works, and no request can be sent. Somebody has disabled the key or " +
			"scheduled its deletion, or changed its policy or the function's role. The error of the route /check-key in the function's " +
			"log says which. Undo that. For a scheduled deletion, run aws kms cancel-key-deletion and then aws kms enable-key. Do not " +
			"run pulumi up --refresh before: it would make another key, and all links would be invalid.",
	},
	{
		name: "click-throttles", metric: "ThrottledClicks", statistic: "Sum", threshold: 1,
		description: "The API refused a click with 429, because there were more requests than the component's RequestRate and " +
			"RequestBurst allow. The link still works. If the API's access log shows many source addresses or wrong paths, " +
			"somebody floods the address. Otherwise raise the arguments.",
	},
}

// newAlarms creates the alarms and the workflow's metrics, and notifies the operators of the alarms. The function tells them of each
// execution that fails: an alarm acts only when its state changes, so a second failure soon after the first one would send nothing.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
// It returns the ARNs of the alarms.
func (b *builder) newAlarms(
	function *function, api *api, stateMachine *sfn.StateMachine, outcomes *cloudwatch.EventRule, topics topics,
) (pulumi.StringArray, error) {
	if err := b.newMetrics(function, api, stateMachine); err != nil {
		return nil, err
	}
	var actions pulumi.Array
	if len(b.args.AlarmEmails) > 0 {
		actions = pulumi.Array{topics.operators.arn}
	}
	dimensions := map[string]pulumi.StringMap{
		"AWS/Lambda": {"FunctionName": function.Name}, "AWS/ApiGateway": {"ApiId": api.ID()}, "AWS/Events": {"RuleName": outcomes.Name},
		"AWS/SNS": {"TopicName": topics.approvers.name},
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
	count("UnreachableApprovers", functionLog, `{ $.unreachable = "*" }`), // requests and reminders that did not reach everybody
	count("Approved", functionLog, `{ $.outcome = "approved" }`),
	count("Rejected", functionLog, `{ $.outcome = "rejected" }`),
	{"AgeSeconds", functionLog, `{ $.outcome = "approved" || $.outcome = "rejected" }`, "$.ageSeconds", "Seconds"},
	count("FastDecisions", functionLog, fmt.Sprintf(`{ $.ageSeconds < %d }`, web.FastSeconds)), // only decisions have an age
	count("StaleClicks", functionLog, `{ $.status = 409 || $.status = 410 }`),
	// A request or an outcome that cannot be sent is not a decision. The execution fails if no retry helps, or another alarm is raised.
	count("DecisionFaults", functionLog, `{ $.status >= 500 && $.route != "`+strings.Join(web.EventRoutes(), `" && $.route != "`)+`" }`),
	count("KeyFaults", functionLog, `{ $.route = "POST `+web.CheckKey+`" && $.status = 500 }`), // 503 passes
	count("ThrottledClicks", accessLog, `{ $.status = "429" }`),                                // the function does not get these
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
