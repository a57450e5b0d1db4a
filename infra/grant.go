package infra

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// hadNoParent keeps the policy of a stack in which it was not yet a child of the workflow.
var hadNoParent = pulumi.Alias{NoParent: pulumi.Bool(true)}

// GrantStart creates a policy called name, as a child of the workflow. The policy allows a role to run the workflow as
// a step of another state machine, with arn:PARTITION:states:::states:startExecution.sync:2. The argument role is the
// name of the other state machine's role. That state machine must depend on the policy, because Step Functions checks
// the role when it creates the state machine.
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
	created, err := iam.NewRolePolicy(ctx, name, &iam.RolePolicyArgs{Role: role, Policy: policy(
		allow(w.StateMachineArn, "states:StartExecution"),
		// Step Functions stops the execution if the step is stopped.
		allow(executionsOf(w.StateMachineArn), "states:DescribeExecution", "states:StopExecution"),
		allow(rule, "events:PutTargets", "events:PutRule", "events:DescribeRule"),
	)}, append([]pulumi.ResourceOption{pulumi.Parent(w), pulumi.Aliases([]pulumi.Alias{hadNoParent})}, opts...)...)
	if err != nil {
		return nil, fmt.Errorf("policy %s to start an approval: %w", name, err)
	}
	return created, nil
}
