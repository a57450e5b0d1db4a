package infra

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// protected deploys a workflow and returns the resources that Pulumi neither deletes nor replaces.
func protected(t *testing.T, args ApprovalWorkflowArgs, opts ...pulumi.ResourceOption) (names []string) {
	t.Helper()
	c := &cloud{partition: "aws"}
	run(t, c, func(ctx *pulumi.Context) error {
		_, err := NewApprovalWorkflow(ctx, "approval", &args, opts...)
		return err
	})
	for _, r := range c.resources {
		if r.protected {
			names = append(names, r.token+" "+r.name)
		}
	}
	slices.Sort(names)
	return names
}

// TestProtect checks that what the links depend on is protected, and nothing that an update may have to replace.
func TestProtect(t *testing.T) {
	want := []string{
		"aws:apigatewayv2/api:Api approval", "aws:kms/key:Key approval--links", stateMachineToken + " approval", "aws:sns/topic:Topic approval",
	}
	if diff := cmp.Diff(want, protected(t, testArgs)); diff != "" {
		t.Errorf("protected resources (-want +got):\n%s", diff)
	}
	without := with(func(a *ApprovalWorkflowArgs) { a.Protect = false })
	if got := protected(t, without); got != nil {
		t.Errorf("without Protect, these are protected: %v", got)
	}
	all, own := protected(t, testArgs, pulumi.Protect(true)), protected(t, without, pulumi.Protect(true))
	if diff := cmp.Diff(all, own); diff != "" || len(own) <= len(want) {
		t.Errorf("resources of a protected component (-Protect +without Protect):\n%s", diff)
	}
}
