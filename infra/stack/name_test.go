package stack

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func TestName(t *testing.T) {
	for stack, want := range map[string]string{
		"dev":                   "approval-workflow-dev",
		strings.Repeat("s", 24): "approval-workflow-" + strings.Repeat("s", 24),
		strings.Repeat("s", 25): `name of the stack: the name "approval-workflow-` + strings.Repeat("s", 25) +
			`" has 43 characters, and the names of the resources have room for 42. Run: pulumi stack rename NAME`,
		"v1.2": `name of the stack: the name "approval-workflow-v1.2" can have only letters, digits, - and _. ` +
			"Run: pulumi stack rename NAME",
	} {
		var got string
		err := pulumi.RunErr(func(ctx *pulumi.Context) (err error) {
			got, err = Name(ctx, "approval-workflow")
			return err
		}, pulumi.WithMocks("approval-workflow", stack, noResources{}))
		if err != nil {
			got += err.Error()
		}
		if !strings.Contains(got, want) {
			t.Errorf("stack %s: Name = %s, want %s", stack, got, want)
		}
	}
}
