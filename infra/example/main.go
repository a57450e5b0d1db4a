// Command example is a Pulumi program with a state machine that asks for an approval as one of its steps. To deploy it,
// put main.go and release.asl.json in place of the main.go of the repository's root.
package main

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sfn"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"approval-workflow/infra"
	"approval-workflow/infra/build"
)

//go:embed release.asl.json
var definition string

// trust lets Step Functions assume a role for state machines of one account.
const trust = `{"Version": "2012-10-17", "Statement": [{
	"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole",
	"Condition": {"StringEquals": {"aws:SourceAccount": "${Account}"}}}]}`

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		config, err := infra.LoadConfig(ctx)
		if err != nil {
			return fmt.Errorf("load configuration:\n%w", err)
		}
		zip, err := build.Function(ctx.Context(), ".")
		if err != nil {
			return fmt.Errorf("build function: %w", err)
		}
		gate, err := infra.NewApprovalWorkflow(ctx, "approval-workflow", &infra.ApprovalWorkflowArgs{
			Config: config,
			Code:   pulumi.NewFileArchive(zip),
		})
		if err != nil {
			return fmt.Errorf("create approval workflow: %w", err)
		}
		release, err := newRelease(ctx, gate)
		if err != nil {
			return fmt.Errorf("create release: %w", err)
		}
		ctx.Export("stateMachineArn", gate.StateMachineArn)
		ctx.Export("apiUrl", gate.APIURL)
		ctx.Export("topicArn", gate.TopicArn)
		ctx.Export("pendingApprovers", gate.PendingApprovers)
		ctx.Export("functionName", gate.FunctionName)
		ctx.Export("consoleUrl", gate.ConsoleURL)
		ctx.Export("releaseArn", release.Arn)
		return nil
	})
}

// newRelease creates the state machine that asks gate.
func newRelease(ctx *pulumi.Context, gate *infra.ApprovalWorkflow) (*sfn.StateMachine, error) {
	role, err := iam.NewRole(ctx, "release", &iam.RoleArgs{AssumeRolePolicy: fill(trust, gate)})
	if err != nil {
		return nil, err
	}
	policy, err := gate.GrantStart(ctx, "release-approve", role.Name)
	if err != nil {
		return nil, err
	}
	return sfn.NewStateMachine(ctx, "release", &sfn.StateMachineArgs{
		RoleArn:    role.Arn,
		Definition: fill(definition, gate),
	}, pulumi.DependsOn([]pulumi.Resource{policy}))
}

// fill puts what the ARN of gate tells in place of the placeholders of text.
func fill(text string, gate *infra.ApprovalWorkflow) pulumi.StringOutput {
	return gate.StateMachineArn.ApplyT(func(arn string) string {
		parts := strings.Split(arn, ":") // arn:PARTITION:states:REGION:ACCOUNT:stateMachine:NAME
		return strings.NewReplacer("${Partition}", parts[1], "${Account}", parts[4], "${ApprovalArn}", arn).Replace(text)
	}).(pulumi.StringOutput)
}
