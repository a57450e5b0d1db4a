package infra

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// grantedToParent is everything that GrantStart allows the role of another state machine to do with the workflow named
// approval: the actions by resource.
var grantedToParent = map[string][]string{
	"arn:aws:states:eu-west-1:123456789012:stateMachine:approval-1234567": {"states:StartExecution"},
	"arn:aws:states:eu-west-1:123456789012:execution:approval-1234567:*": {
		"states:DescribeExecution", "states:StopExecution",
	},
	"arn:aws:events:eu-west-1:123456789012:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule": {
		"events:DescribeRule", "events:PutRule", "events:PutTargets",
	},
}

// deployGrant runs a Pulumi program on a cloud. The program allows the role named release to start the workflow named
// approval.
func deployGrant(t *testing.T, c *cloud, opts ...pulumi.ResourceOption) {
	t.Helper()
	run(t, c, func(ctx *pulumi.Context) error {
		gate, err := NewApprovalWorkflow(ctx, "approval", &testArgs)
		if err != nil {
			return err
		}
		_, err = gate.GrantStart(ctx, "release-approve", pulumi.String("release"), opts...)
		return err
	})
}

func TestGrantStart(t *testing.T) {
	c := &cloud{partition: "aws"}
	deployGrant(t, c)
	want := maps.Clone(granted) // the workflow's own roles get nothing more
	want["release"] = grantedToParent
	if diff := cmp.Diff(want, grants(t, c)); diff != "" {
		t.Errorf("grants (-want +got):\n%s", diff)
	}
}

func TestGrantStartInOtherPartition(t *testing.T) {
	c := &cloud{partition: "aws-cn"}
	deployGrant(t, c)
	got := grants(t, c)["release"]
	for _, resource := range []string{
		"arn:aws-cn:states:eu-west-1:123456789012:stateMachine:approval-1234567",
		"arn:aws-cn:states:eu-west-1:123456789012:execution:approval-1234567:*",
		"arn:aws-cn:events:eu-west-1:123456789012:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule",
	} {
		if got[resource] == nil {
			t.Errorf("grants = %v, want one on %s", got, resource)
		}
	}
}

func TestGrantStartInPreview(t *testing.T) {
	c := &cloud{partition: "aws", preview: true}
	deployGrant(t, c)
	policy, ok := c.ofType("aws:iam/rolePolicy:RolePolicy")["release-approve"]
	if !ok {
		t.Fatal("the preview does not show the policy")
	}
	if text, known := policy["policy"]; known {
		t.Errorf("the policy is known before the ARN of the state machine: %v", text)
	}
}

// A child inherits the providers of its parent, so the policy belongs to the same account as the workflow.
func TestGrantStartParent(t *testing.T) {
	c := &cloud{partition: "aws"}
	deployGrant(t, c)
	if grant := c.find(t, "release-approve"); !grant.childOf("approval") {
		t.Errorf("parent = %q, want the workflow", grant.parent)
	}
}

// A stack whose policy was not yet a child of the workflow keeps the policy.
func TestGrantStartKeepsAnOlderPolicy(t *testing.T) {
	c := &cloud{partition: "aws"}
	deployGrant(t, c)
	noParent := func(alias *pulumirpc.Alias) bool { return alias.GetSpec().GetNoParent() }
	if grant := c.find(t, "release-approve"); !slices.ContainsFunc(grant.aliases, noParent) {
		t.Errorf("aliases = %v, want one without a parent", grant.aliases)
	}
}

func TestGrantStartOptionsOverrideTheParent(t *testing.T) {
	c := &cloud{partition: "aws"}
	deployGrant(t, c, pulumi.Parent(nil))
	if grant := c.find(t, "release-approve"); grant.childOf("approval") {
		t.Errorf("parent = %q, want none", grant.parent)
	}
}

// find returns the only resource of that name.
func (c *cloud) find(t *testing.T, name string) registered {
	t.Helper()
	named := func(r registered) bool { return r.name == name }
	i := slices.IndexFunc(c.resources, named)
	if i < 0 || slices.ContainsFunc(c.resources[i+1:], named) {
		t.Fatalf("there is not exactly one resource named %s", name)
	}
	return c.resources[i]
}
