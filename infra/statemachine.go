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

// newStateMachine creates the state machine. Its executions invoke the function to send the request, and wait for the
// decision, which the function may then answer with.
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
	}, b.child, b.protect(), pulumi.DependsOn([]pulumi.Resource{policy})) // Step Functions checks the permission to write logs
	if err != nil {
		return nil, fmt.Errorf("state machine: %w", err)
	}
	return s, b.newCallbackPolicy(function, s)
}

func (b *builder) render(function *function) (pulumi.StringOutput, error) {
	schedule, err := approval.NewSchedule(b.args.Timeout, b.args.Reminders)
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("schedule: %w", err)
	}
	return function.Arn.ApplyT(func(functionArn string) (string, error) {
		return statemachine.Render(functionArn, schedule, *b.args.Spread, b.args.Approvals, b.args.approvalsNeeded())
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
		return executionARN(stateMachine, "*"), nil
	})
}

// executionARN returns the ARN of the execution with a name.
func executionARN(stateMachine arn.ARN, name string) string {
	stateMachine.Resource = strings.Replace(stateMachine.Resource, "stateMachine:", "execution:", 1) + ":" + name
	return stateMachine.String()
}

// GrantStart creates a policy as a child of the workflow. Its name is that of the workflow, two hyphens, and name. It allows a
// role to run the workflow as a step of another state machine, with arn:PARTITION:states:::states:startExecution.sync:2. The
// argument role is the name of the other state machine's role. That state machine must depend on the policy, because Step
// Functions checks the role when it creates the state machine.
// https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
func (w *ApprovalWorkflow) GrantStart(
	ctx *pulumi.Context, name string, role pulumi.StringInput, opts ...pulumi.ResourceOption,
) (*iam.RolePolicy, error) {
	// Step Functions learns from this rule that an execution has ended. It manages one rule in each account and region.
	rule := applyArn(w.StateMachineArn, func(stateMachine arn.ARN) (string, error) {
		stateMachine.Service = "events"
		stateMachine.Resource = "rule/StepFunctionsGetEventsForStepFunctionsExecutionRule"
		return stateMachine.String(), nil
	})
	created, err := iam.NewRolePolicy(ctx, w.name+separator+name, &iam.RolePolicyArgs{Role: role, Policy: policy(
		allow(w.StateMachineArn, "states:StartExecution"),
		// Step Functions stops the execution if the step is stopped.
		allow(executionsOf(w.StateMachineArn), "states:DescribeExecution", "states:StopExecution"),
		allow(rule, "events:PutTargets", "events:PutRule", "events:DescribeRule"),
	)}, append([]pulumi.ResourceOption{pulumi.Parent(w)}, opts...)...)
	if err != nil {
		return nil, fmt.Errorf("policy %s to start an approval: %w", name, err)
	}
	return created, nil
}
