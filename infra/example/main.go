// Command example is a Pulumi program with a state machine that asks for an approval as one of its steps.
package main

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sfn"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"approval-workflow/handler/bundle"
	"approval-workflow/infra"
	"approval-workflow/infra/stack"
)

//go:embed release.asl.json
var definition string

// trustPolicy allows Step Functions to assume a role for the state machines of one account.
const trustPolicy = `{"Version": "2012-10-17", "Statement": [{
	"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole",
	"Condition": {"StringEquals": {"aws:SourceAccount": "${Account}"}}}]}`

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		gate, err := newGate(ctx)
		if err != nil {
			return err
		}
		release, err := newRelease(ctx, gate)
		if err != nil {
			return fmt.Errorf("create release: %w", err)
		}
		ctx.Export("releaseArn", release.Arn)
		ctx.Export("apiUrl", gate.ApiUrl)
		ctx.Export("topicArn", gate.TopicArn)
		ctx.Export("pendingApprovers", gate.PendingApprovers)
		return nil
	})
}

// newGate creates the approval workflow that the release asks.
func newGate(ctx *pulumi.Context) (*infra.ApprovalWorkflow, error) {
	args, err := stack.LoadArgs(ctx)
	if err != nil {
		return nil, err
	}
	zip, err := bundle.Function(ctx.Context(), "../..")
	if err != nil {
		return nil, fmt.Errorf("bundle function: %w", err)
	}
	args.Code = pulumi.NewFileArchive(zip)
	return infra.NewApprovalWorkflow(ctx, "release-gate", args)
}

// newRelease creates the state machine of the release.
func newRelease(ctx *pulumi.Context, gate *infra.ApprovalWorkflow) (*sfn.StateMachine, error) {
	role, err := iam.NewRole(ctx, "release", &iam.RoleArgs{AssumeRolePolicy: fill(trustPolicy, gate)})
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

// fill replaces the placeholders of text by parts of the gate's ARN.
func fill(text string, gate *infra.ApprovalWorkflow) pulumi.StringOutput {
	return gate.StateMachineArn.ApplyT(func(gateArn string) (string, error) {
		parsed, err := arn.Parse(gateArn)
		if err != nil {
			return "", err
		}
		return strings.NewReplacer(
			"${Partition}", parsed.Partition, "${Account}", parsed.AccountID, "${ApprovalArn}", gateArn,
		).Replace(text), nil
	}).(pulumi.StringOutput)
}
