package infra

import (
	"fmt"
	"strconv"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigatewayv2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// memoryMB also sets the function's share of a processor: 1,769 MB get a whole one. The first click needs 2.4 ms of
	// processor time and 15 MB (see handler/benchmark). That takes 33 ms at 128 MB, 17 ms at 256 MB and 8 ms at 512 MB. It
	// costs $0.0002, $0.0004 or $0.0006 for 1,000 approvals with a cold function. More memory would save less time than a
	// call to AWS takes.
	// https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
	memoryMB = 256
	// functionTimeout leaves time for a cold start in addition to approval.CallTimeout. It is shorter than the 30 seconds
	// that the API waits.
	functionTimeout = 20 * time.Second
)

// function is the Lambda function with its role and log group.
type function struct {
	*lambda.Function
	role *iam.Role
	logs *cloudwatch.LogGroup
}

// newFunction creates the function. It publishes e-mails with links to the API, and answers the clicks.
func (b *builder) newFunction(topic *sns.Topic, api *apigatewayv2.Api) (*function, error) {
	logs, err := b.newLogGroup("/aws/lambda/")
	if err != nil {
		return nil, err
	}
	role, policy, err := b.newFunctionRole(topic, logs)
	if err != nil {
		return nil, err
	}
	f, err := lambda.NewFunction(b.ctx, b.name, &lambda.FunctionArgs{
		Description:   pulumi.String("Asks the approvers by e-mail and passes their decision to the state machine"),
		Runtime:       pulumi.String("provided.al2023"),
		Architectures: pulumi.StringArray{pulumi.String("arm64")},
		Handler:       pulumi.String("bootstrap"),
		Code:          b.args.Code,
		MemorySize:    pulumi.Int(memoryMB),
		Timeout:       pulumi.Int(int(functionTimeout.Seconds())),
		Role:          role.Arn,
		Environment: lambda.FunctionEnvironmentArgs{Variables: pulumi.StringMap{
			"TOPIC_ARN": topic.Arn,
			"API_URL":   api.ApiEndpoint,
			"CONFIRM":   pulumi.String(strconv.FormatBool(b.args.Confirm)),
		}},
		LoggingConfig: lambda.FunctionLoggingConfigArgs{LogFormat: pulumi.String("JSON"), LogGroup: logs.Name},
		TracingConfig: lambda.FunctionTracingConfigArgs{Mode: pulumi.String("Active")},
		Tags:          b.tags,
	}, b.child, pulumi.DependsOn([]pulumi.Resource{policy})) // Lambda checks the permission to write traces
	if err != nil {
		return nil, fmt.Errorf("function: %w", err)
	}
	return &function{Function: f, role: role, logs: logs}, nil
}

func (b *builder) newFunctionRole(topic *sns.Topic, logs *cloudwatch.LogGroup) (*iam.Role, *iam.RolePolicy, error) {
	trust, err := trustPolicy("lambda.amazonaws.com", nil)
	if err != nil {
		return nil, nil, err
	}
	role, err := b.newRole("function", pulumi.String(trust))
	if err != nil {
		return nil, nil, err
	}
	granted, err := b.newRolePolicy("notify", role,
		allow(topic.Arn, "sns:GetTopicAttributes", "sns:Publish"),
		allow(pulumi.Sprintf("%s:*", logs.Arn), "logs:CreateLogStream", "logs:PutLogEvents"), // the group's streams
		// X-Ray has no resource type for traces.
		// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
		allow(anyResource, "xray:PutTraceSegments", "xray:PutTelemetryRecords"),
	)
	return role, granted, err
}

// newCallbackPolicy allows the function to answer the waiting tasks of the state machine and to describe its executions.
// It is a separate policy, because the definition of the state machine needs the function first.
func (b *builder) newCallbackPolicy(function *function, stateMachine *stateMachine) error {
	_, err := b.newRolePolicy("decide", function.role,
		allow(stateMachine.Arn, "states:SendTaskSuccess"),
		allow(executionsOf(stateMachine.Arn), "states:DescribeExecution"),
	)
	return err
}
