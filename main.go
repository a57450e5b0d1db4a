// Command approval-workflow is the Pulumi program that deploys the approval workflow.
package main

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"approval-workflow/infra"
	"approval-workflow/infra/build"
)

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
		workflow, err := infra.NewApprovalWorkflow(ctx, "approval-workflow", &infra.ApprovalWorkflowArgs{
			Config: config,
			Code:   pulumi.NewFileArchive(zip),
		})
		if err != nil {
			return fmt.Errorf("create approval workflow: %w", err)
		}
		ctx.Export("stateMachineArn", workflow.StateMachineArn)
		ctx.Export("apiUrl", workflow.APIURL)
		ctx.Export("topicArn", workflow.TopicArn)
		ctx.Export("pendingApprovers", workflow.PendingApprovers)
		ctx.Export("functionName", workflow.FunctionName)
		ctx.Export("consoleUrl", workflow.ConsoleURL)
		return nil
	})
}
