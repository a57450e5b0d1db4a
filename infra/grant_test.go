package infra

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// grantedToParent is all that GrantStart lets another state machine's role do with the workflow named approval: the
// actions, by resource.
var grantedToParent = map[string][]string{
	"arn:aws:states:eu-west-1:123456789012:stateMachine:approval-1234567": {"states:StartExecution"},
	"arn:aws:states:eu-west-1:123456789012:execution:approval-1234567:*": {
		"states:DescribeExecution", "states:StopExecution",
	},
	"arn:aws:events:eu-west-1:123456789012:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule": {
		"events:DescribeRule", "events:PutRule", "events:PutTargets",
	},
}

func TestGrantStart(t *testing.T) {
	c := &cloud{partition: "aws"}
	deployWithParent(t, c)
	want := maps.Clone(granted) // nothing is added to the workflow's own roles
	want["release"] = grantedToParent
	if diff := cmp.Diff(want, grants(t, c)); diff != "" {
		t.Errorf("what the roles may do (-want +got):\n%s", diff)
	}
}

func TestGrantStartInOtherPartition(t *testing.T) {
	c := &cloud{partition: "aws-cn"}
	deployWithParent(t, c)
	for _, resource := range []string{
		"arn:aws-cn:states:eu-west-1:123456789012:stateMachine:approval-1234567",
		"arn:aws-cn:states:eu-west-1:123456789012:execution:approval-1234567:*",
		"arn:aws-cn:events:eu-west-1:123456789012:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule",
	} {
		if got := grants(t, c)["release"]; got[resource] == nil {
			t.Errorf("nothing is granted on %s, only %v", resource, got)
		}
	}
}

func TestGrantStartInPreview(t *testing.T) {
	c := &cloud{partition: "aws", preview: true}
	deployWithParent(t, c)
	policy, ok := c.of("aws:iam/rolePolicy:RolePolicy")["release-approve"]
	if !ok {
		t.Fatal("the preview does not show the policy")
	}
	if text, known := policy["policy"]; known {
		t.Errorf("the policy is known before the state machine is: %v", text)
	}
}

// deployWithParent runs a Pulumi program that lets the role named release start the workflow named approval.
func deployWithParent(t *testing.T, c *cloud) {
	t.Helper()
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		gate, err := NewApprovalWorkflow(ctx, "approval", &ApprovalWorkflowArgs{
			Config: testConfig, Code: pulumi.NewFileArchive("function.zip"),
		})
		if err != nil {
			return err
		}
		_, err = gate.GrantStart(ctx, "release-approve", pulumi.String("release"))
		return err
	}, pulumi.WithMocks("shop", "dev", c), func(info *pulumi.RunInfo) { info.DryRun = c.preview })
	if err != nil {
		t.Fatal(err)
	}
}
