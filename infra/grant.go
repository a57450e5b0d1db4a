package infra

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// GrantStart creates a policy, called name, with which the role of that name can run the workflow as a step of another
// state machine, by arn:PARTITION:states:::states:startExecution.sync:2. That state machine must depend on the policy:
// Step Functions refuses one whose role may not have the step waited for.
// https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
func (w *ApprovalWorkflow) GrantStart(
	ctx *pulumi.Context, name string, role pulumi.StringInput, opts ...pulumi.ResourceOption,
) (*iam.RolePolicy, error) {
	// The rule by which Step Functions learns that an execution has ended: it manages one for the account and region.
	rule := applyARN(w.StateMachineArn, func(gate arn) (string, error) {
		return fmt.Sprintf("arn:%s:events:%s:%s:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule",
			gate.partition, gate.region, gate.account), nil
	})
	policy, err := iam.NewRolePolicy(ctx, name, &iam.RolePolicyArgs{Role: role, Policy: grant(
		allow(w.StateMachineArn, "states:StartExecution"),
		// It stops the execution when the step is stopped.
		allow(executionsOf(w.StateMachineArn), "states:DescribeExecution", "states:StopExecution"),
		allow(rule, "events:PutTargets", "events:PutRule", "events:DescribeRule"),
	)}, opts...)
	if err != nil {
		return nil, fmt.Errorf("policy %s to start an approval: %w", name, err)
	}
	return policy, nil
}
