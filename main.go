// Command approval-workflow is the Pulumi program that deploys the approval workflow.
package main

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"approval-workflow/handler/bundle"
	"approval-workflow/infra"
	"approval-workflow/infra/stack"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		name, nameErr := stack.Name(ctx, "approval-workflow")
		args, argsErr := stack.LoadArgs(ctx)
		if err := errors.Join(stack.CheckRegion(ctx), nameErr, argsErr); err != nil {
			stack.Exit(ctx, err)
		}
		zip, err := bundle.Function(ctx.Context(), ".")
		if err != nil {
			return fmt.Errorf("bundle function: %w", err)
		}
		args.Code = pulumi.NewFileArchive(zip)
		workflow, err := infra.NewApprovalWorkflow(ctx, name, args)
		if err != nil {
			return fmt.Errorf("create approval workflow: %w", err)
		}
		for name, output := range workflow.Outputs() {
			ctx.Export(name, output)
		}
		return nil
	})
}
