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
	// memoryMB buys processor time: 1,769 MB are one processor. The 2.4 ms of it that the first click takes (see
	// handler/benchmark; it needs 15 MB) last 33 ms at 128 MB, 17 at 256 and 8 at 512. 1,000 approvals, the function cold
	// each time, cost $0.0002, $0.0004 and $0.0006 for it; more would save less than the way to AWS and back takes.
	memoryMB = 256
	// functionTimeout leaves time for a cold start beside what the handler asks of AWS, which it bounds to 10 seconds in
	// all, and stays under the 30 seconds that the API waits.
	functionTimeout = 20 * time.Second
)

// function is the Lambda function with its role and its log group.
type function struct {
	*lambda.Function
	role *iam.Role
	logs *cloudwatch.LogGroup
}

// newFunction creates the function that sends the e-mails for topic, with links to api, and answers their clicks.
func (b *builder) newFunction(code pulumi.Archive, topic *sns.Topic, api *apigatewayv2.Api) (*function, error) {
	logs, err := b.newLogGroup("/aws/lambda/")
	if err != nil {
		return nil, err
	}
	role, policy, err := b.newFunctionRole(topic, logs)
	if err != nil {
		return nil, err
	}
	f, err := lambda.NewFunction(b.ctx, b.name, &lambda.FunctionArgs{
		Description:   pulumi.String("Asks the approvers by e-mail and hands their decision to the state machine"),
		Runtime:       pulumi.String("provided.al2023"),
		Architectures: pulumi.StringArray{pulumi.String("arm64")},
		Handler:       pulumi.String("bootstrap"),
		Code:          code,
		MemorySize:    pulumi.Int(memoryMB),
		Timeout:       pulumi.Int(int(functionTimeout.Seconds())),
		Role:          role.Arn,
		Environment: lambda.FunctionEnvironmentArgs{Variables: pulumi.StringMap{
			"TOPIC_ARN": topic.Arn,
			"API_URL":   api.ApiEndpoint,
			"CONFIRM":   pulumi.String(strconv.FormatBool(b.config.Confirm)),
		}},
		LoggingConfig: lambda.FunctionLoggingConfigArgs{LogFormat: pulumi.String("JSON"), LogGroup: logs.Name},
		TracingConfig: lambda.FunctionTracingConfigArgs{Mode: pulumi.String("Active")},
		Tags:          b.tags,
	}, b.child, pulumi.DependsOn([]pulumi.Resource{policy})) // Lambda refuses tracing to a role that may not trace
	if err != nil {
		return nil, fmt.Errorf("function: %w", err)
	}
	return &function{Function: f, role: role, logs: logs}, nil
}

func (b *builder) newFunctionRole(topic *sns.Topic, logs *cloudwatch.LogGroup) (*iam.Role, *iam.RolePolicy, error) {
	policy, err := trust("lambda.amazonaws.com", nil)
	if err != nil {
		return nil, nil, err
	}
	role, err := b.newRole("function", pulumi.String(policy))
	if err != nil {
		return nil, nil, err
	}
	granted, err := b.newRolePolicy("notify", role,
		allow(topic.Arn, "sns:GetTopicAttributes", "sns:Publish"),
		allow(pulumi.Sprintf("%s:*", logs.Arn), "logs:CreateLogStream", "logs:PutLogEvents"), // the group's streams
		// X-Ray has no resource for traces.
		// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
		allow(anyResource, "xray:PutTraceSegments", "xray:PutTelemetryRecords"),
	)
	return role, granted, err
}

// newCallbackPolicy lets the function answer the waiting tasks of the state machine, and ask how its executions ended.
// It is a policy of its own, because the state machine's definition needs the function first.
func (b *builder) newCallbackPolicy(function *function, stateMachine *stateMachine) error {
	_, err := b.newRolePolicy("decide", function.role,
		allow(stateMachine.Arn, "states:SendTaskSuccess"),
		allow(executionsOf(stateMachine.Arn), "states:DescribeExecution"),
	)
	return err
}
