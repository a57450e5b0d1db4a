package infra

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sfn"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/statemachine"
)

// stateMachinePart is the part of the workflow that has the longest name.
const stateMachinePart = "state-machine"

// newStateMachine creates the state machine. Its executions invoke function to send the request, and wait for the
// decision.
func (b *builder) newStateMachine(function *function) (*sfn.StateMachine, error) {
	logs, err := b.newLogGroup("/aws/vendedlogs/states/", b.args.LogRetentionDays) // newAPI gives the reason for the prefix
	if err != nil {
		return nil, err
	}
	role, policy, err := b.newStateMachineRole(function)
	if err != nil {
		return nil, err
	}
	definition, err := b.render(function)
	if err != nil {
		return nil, err
	}
	s, err := sfn.NewStateMachine(b.ctx, b.name, &sfn.StateMachineArgs{
		Type:       pulumi.String("STANDARD"), // an express workflow cannot wait for a task token
		RoleArn:    role.Arn,
		Definition: definition,
		LoggingConfiguration: sfn.StateMachineLoggingConfigurationArgs{
			Level:                pulumi.String("ERROR"),
			IncludeExecutionData: pulumi.Bool(false), // it contains the task token
			LogDestination:       pulumi.Sprintf("%s:*", logs.Arn),
		},
		TracingConfiguration: sfn.StateMachineTracingConfigurationArgs{Enabled: pulumi.Bool(true)},
		Tags:                 b.tags,
	}, b.child, pulumi.DependsOn([]pulumi.Resource{policy})) // Step Functions checks the permission to write logs
	if err != nil {
		return nil, fmt.Errorf("state machine: %w", err)
	}
	return s, nil
}

func (b *builder) render(function *function) (pulumi.StringOutput, error) {
	schedule, err := approval.NewSchedule(b.args.Timeout, b.args.Reminders)
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("schedule: %w", err)
	}
	return function.Arn.ApplyT(func(functionArn string) (string, error) {
		return statemachine.Render(functionArn, schedule, b.args.Approvals)
	}).(pulumi.StringOutput), nil
}

// newStateMachineRole creates a role that Step Functions can assume only for state machines of the function's account.
// https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html
func (b *builder) newStateMachineRole(function *function) (*iam.Role, *iam.RolePolicy, error) {
	trust := applyArn(function.Arn, func(function arn.ARN) (string, error) {
		return trustPolicy("states.amazonaws.com", condition{
			"StringEquals": {"aws:SourceAccount": function.AccountID},
		})
	})
	role, err := b.newRole(stateMachinePart, trust)
	if err != nil {
		return nil, nil, err
	}
	granted, err := b.newRolePolicy("execute", role,
		allow(function.Arn, "lambda:InvokeFunction"),
		// CloudWatch Logs has no resource type for log delivery.
		// https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
		allow(anyResource, "logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery",
			"logs:DeleteLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy",
			"logs:DescribeResourcePolicies", "logs:DescribeLogGroups"),
		// X-Ray has no resource type for traces.
		// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html
		allow(anyResource, "xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules",
			"xray:GetSamplingTargets"),
	)
	return role, granted, err
}

// executionsOf returns the resource of a policy for all executions of a state machine.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
func executionsOf(stateMachineArn pulumi.StringOutput) pulumi.StringOutput {
	return applyArn(stateMachineArn, func(stateMachine arn.ARN) (string, error) {
		stateMachine.Resource = strings.Replace(stateMachine.Resource, "stateMachine:", "execution:", 1) + ":*"
		return stateMachine.String(), nil
	})
}
