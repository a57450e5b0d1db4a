package infra_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"approval-workflow/handler/bundle"
	"approval-workflow/infra"
)

func ExampleNewApprovalWorkflow() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		zip, err := bundle.Function(ctx.Context(), "../approval-workflow") // the folder of the checkout
		if err != nil {
			return err
		}
		gate, err := infra.NewApprovalWorkflow(ctx, "release-gate", &infra.ApprovalWorkflowArgs{
			Code:   pulumi.NewFileArchive(zip),
			Emails: []string{"you@example.com"},
		})
		if err != nil {
			return err
		}
		ctx.Export("stateMachineArn", gate.StateMachineArn)
		return nil
	})
}
