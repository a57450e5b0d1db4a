package infra

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sfn"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// memoryMB also sets the function's share of a processor: 1,769 MB get a whole one. The function needs 16 MB, and up to
	// 43 MB for the largest inputs. With half of this memory, one first click in ten would take half as long again. With more, no
	// click would be faster, because it mostly waits for AWS: see handler/benchmark.
	// https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
	memoryMB = 256
	// functionTimeout leaves time for a cold start in addition to web.CallTimeout. It is shorter than the 30
	// seconds that the API waits.
	functionTimeout = 20 * time.Second
)

// function is the Lambda function with its role and log group.
type function struct {
	*lambda.Function
	role *iam.Role
	logs *cloudwatch.LogGroup
}

// newFunction creates the function and the key of its links. The function sends the approvers e-mails with signed links to
// the API, and answers the clicks.
func (b *builder) newFunction(topics topics, api *api) (*function, error) {
	logs, err := b.newLogGroup("/aws/lambda/", b.args.LogRetentionDays)
	if err != nil {
		return nil, err
	}
	role, policy, key, err := b.newFunctionRole(topics, logs)
	if err != nil {
		return nil, err
	}
	f, err := lambda.NewFunction(b.ctx, b.name, &lambda.FunctionArgs{
		Description:   pulumi.String("Asks the approvers by e-mail, passes their decision to the state machine, and tells how it ended"),
		Runtime:       pulumi.String("provided.al2023"),
		Architectures: pulumi.StringArray{pulumi.String("arm64")},
		Handler:       pulumi.String("bootstrap"),
		Code:          b.args.Code,
		MemorySize:    pulumi.Int(memoryMB),
		Timeout:       pulumi.Int(int(functionTimeout.Seconds())),
		Role:          role.Arn,
		Environment:   lambda.FunctionEnvironmentArgs{Variables: b.environment(key, topics, api)},
		LoggingConfig: lambda.FunctionLoggingConfigArgs{LogFormat: pulumi.String("JSON"), LogGroup: logs.Name},
		TracingConfig: lambda.FunctionTracingConfigArgs{Mode: pulumi.String("Active")},
		Tags:          b.tags,
	}, b.child, pulumi.DependsOn([]pulumi.Resource{policy})) // Lambda checks the permission to write traces
	if err != nil {
		return nil, fmt.Errorf("function: %w", err)
	}
	return &function{Function: f, role: role, logs: logs}, nil
}

// environment returns the function's environment. handler/config.go reads it.
func (b *builder) environment(key *kms.Key, topics topics, api *api) pulumi.StringMap {
	variables := pulumi.StringMap{
		"TOPIC_ARN":         topics.approvers.arn,
		"OUTCOME_TOPIC_ARN": topics.outcomes.arn,
		"OUTCOMES":          pulumi.String(b.args.Outcomes),
		"LINK_KEY_ARN":      key.Arn,
		"LINK_GENERATION":   pulumi.String(strconv.Itoa(b.args.LinkGeneration)),
		"API_URL":           api.domain.url,
		"APPROVERS":         pulumi.String(strings.Join(b.args.addresses(), ",")),
		"CONFIRM":           pulumi.String(strconv.FormatBool(b.args.Confirm)),
		"WORKFLOW_NAME":     pulumi.String(b.name),
	}
	if groups := b.args.positions(); groups != "" {
		variables["GROUPS"] = pulumi.String(groups)
	}
	if len(b.args.AlarmEmails) > 0 {
		variables["ALARM_TOPIC_ARN"] = topics.operators.arn
	}
	return variables
}

// newFunctionRole creates the role of the function and the key that only this role can use. The policy allows the function
// to send e-mails, to sign links, and to write its log and traces.
func (b *builder) newFunctionRole(
	topics topics, logs *cloudwatch.LogGroup,
) (*iam.Role, *iam.RolePolicy, *kms.Key, error) {
	trust, err := trustPolicy("lambda.amazonaws.com", nil)
	if err != nil {
		return nil, nil, nil, err
	}
	role, err := b.newRole("function", pulumi.String(trust))
	if err != nil {
		return nil, nil, nil, err
	}
	key, err := b.newLinkKey(role)
	if err != nil {
		return nil, nil, nil, err
	}
	grants := []grant{
		allow(topics.approvers.arn, "sns:ListSubscriptionsByTopic", "sns:Publish"),
		allow(topics.outcomes.arn, "sns:Publish"),
		{key.Arn, []string{"kms:GenerateMac"}, condition{"StringEquals": {"kms:MacAlgorithm": "HMAC_SHA_256"}}},
		allow(pulumi.Sprintf("%s:*", logs.Arn), "logs:CreateLogStream", "logs:PutLogEvents"), // the group's streams
		// X-Ray has no resource type for traces.
		// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
		allow(anyResource, "xray:PutTraceSegments", "xray:PutTelemetryRecords"),
	}
	if len(b.args.AlarmEmails) > 0 {
		grants = append(grants, allow(topics.operators.arn, "sns:Publish"))
	}
	granted, err := b.newRolePolicy("notify", role, grants...)
	return role, granted, key, err
}

// newCallbackPolicy allows the function to answer the waiting tasks of the state machine and to read the history of its
// executions. It is a policy of its own, because the definition of the state machine needs the function first. Pulumi
// deletes it before the state machine, so that nobody is told of a decision while AWS ends the executions of a deleted
// state machine.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html
func (b *builder) newCallbackPolicy(function *function, stateMachine *sfn.StateMachine) error {
	_, err := b.newRolePolicy("decide", function.role,
		allow(stateMachine.Arn, "states:SendTaskSuccess"),
		allow(executionsOf(stateMachine.Arn), "states:GetExecutionHistory"),
	)
	return err
}
