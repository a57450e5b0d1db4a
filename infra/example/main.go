// Command example is a Pulumi program with a state machine that asks two groups of approvers, one after the other, and a third
// one if the first does not answer.
package main

import (
	_ "embed"
	"errors"
	"fmt"
	"regexp"
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

// The names of the resources begin like those of the root program, so that infra/deployer-policy.json fits them too.
const (
	gateName    = "approval-workflow-example"
	releaseName = "approval-workflow-example-release"
)

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
		ctx.Export("stateMachineArn", gate.StateMachineArn)
		ctx.Export("apiUrl", gate.ApiUrl)
		ctx.Export("topicArn", gate.TopicArn)
		ctx.Export("pendingApprovers", gate.PendingApprovers)
		return nil
	})
}

// newGate creates the approval workflow that the release asks. It ends the program if the configuration is wrong.
func newGate(ctx *pulumi.Context) (*infra.ApprovalWorkflow, error) {
	args, err := stack.LoadArgs(ctx)
	if err == nil {
		err = checkGroups(args.Groups)
	}
	if err := errors.Join(stack.CheckRegion(ctx), err); err != nil {
		stack.Exit(ctx, err)
	}
	zip, err := bundle.Function(ctx.Context(), "../..")
	if err != nil {
		return nil, fmt.Errorf("bundle function: %w", err)
	}
	args.Code = pulumi.NewFileArchive(zip)
	return infra.NewApprovalWorkflow(ctx, gateName, args)
}

// asked finds the groups that the definition asks.
var asked = regexp.MustCompile(`"group": "([^"]+)"`)

// checkGroups returns an error unless the stack has every group that the release asks. It lists each that is missing, with the
// command that sets it.
func checkGroups(groups map[string]infra.Group) error {
	var problems []error
	for _, match := range asked.FindAllStringSubmatch(definition, -1) {
		if _, exists := groups[match[1]]; !exists {
			problems = append(problems, fmt.Errorf("groups.%s: the release asks this group, and nobody is in it. "+
				"Run: pulumi config set --path groups.%[1]s.email you@example.com", match[1]))
		}
	}
	return errors.Join(problems...)
}

// newRelease creates the state machine of the release.
func newRelease(ctx *pulumi.Context, gate *infra.ApprovalWorkflow) (*sfn.StateMachine, error) {
	role, err := iam.NewRole(ctx, releaseName, &iam.RoleArgs{AssumeRolePolicy: fill(trustPolicy, gate)})
	if err != nil {
		return nil, err
	}
	policy, err := gate.GrantStart(ctx, "release-approve", role.Name)
	if err != nil {
		return nil, err
	}
	return sfn.NewStateMachine(ctx, releaseName, &sfn.StateMachineArgs{
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
