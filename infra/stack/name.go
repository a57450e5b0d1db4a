package stack

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"approval-workflow/infra"
)

// Name returns the name of a workflow with the name of the stack at its end, so that the e-mails, the pages and the resources
// show which stack they belong to. Its error says how to give the stack another name.
func Name(ctx *pulumi.Context, workflow string) (string, error) {
	name := workflow + "-" + ctx.Stack()
	if err := infra.CheckName(name); err != nil {
		return "", fmt.Errorf("name of the stack: %w. Run: pulumi stack rename NAME", err)
	}
	return name, nil
}
