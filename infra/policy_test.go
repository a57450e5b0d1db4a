package infra

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// granted is everything that the workflow named approval may do: the actions by role and resource, each with its
// condition. Only actions that AWS cannot restrict to a resource are granted on *.
var granted = map[string]map[string][]string{
	"approval--function-1234567": {
		topicARN:        {"sns:ListSubscriptionsByTopic", "sns:Publish"},
		outcomeTopicARN: {"sns:Publish"},
		alarmTopicARN:   {"sns:Publish"},
		"arn:aws:kms:eu-west-1:123456789012:key/approval--links-1234567": {
			`kms:GenerateMac if {"StringEquals":{"kms:MacAlgorithm":"HMAC_SHA_256"}}`,
		},
		"arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/approval-1234567:*": {
			"logs:CreateLogStream", "logs:PutLogEvents",
		},
		stateMachineARN: {"states:SendTaskSuccess"},
		"arn:aws:states:eu-west-1:123456789012:execution:approval-1234567:*": {"states:GetExecutionHistory"},
		"*": {"xray:PutTelemetryRecords", "xray:PutTraceSegments"},
	},
	"approval--state-machine-1234567": {
		"arn:aws:lambda:eu-west-1:123456789012:function:approval-1234567": {"lambda:InvokeFunction"},
		"*": {
			"logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies",
			"logs:GetLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:UpdateLogDelivery",
			"xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments",
		},
	},
}

const stateMachineARN = "arn:aws:states:eu-west-1:123456789012:stateMachine:approval-1234567"

// grantedToParent is everything that GrantStart allows the role of another state machine to do with the workflow named
// approval: the actions by resource.
var grantedToParent = map[string][]string{
	stateMachineARN: {"states:StartExecution"},
	"arn:aws:states:eu-west-1:123456789012:execution:approval-1234567:*": {"states:DescribeExecution", "states:StopExecution"},
	"arn:aws:events:eu-west-1:123456789012:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule": {
		"events:DescribeRule", "events:PutRule", "events:PutTargets",
	},
}

func TestLeastPrivilege(t *testing.T) {
	c := deployed(t)
	if diff := cmp.Diff(granted, grants(t, c)); diff != "" {
		t.Errorf("grants (-want +got):\n%s", diff)
	}
	tested := []string{"aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"}
	for _, r := range c.resources {
		if strings.HasPrefix(r.token, "aws:iam/") && !slices.Contains(tested, r.token) {
			t.Errorf("no test reads what %s %s grants", r.token, r.name)
		}
	}
}

// grants returns everything that the policies on a cloud allow, in the form of granted.
func grants(t *testing.T, c *cloud) map[string]map[string][]string {
	t.Helper()
	got := map[string]map[string][]string{}
	for name, policy := range c.ofType("aws:iam/rolePolicy:RolePolicy") {
		role := policy["role"].(string)
		if got[role] == nil {
			got[role] = map[string][]string{}
		}
		for _, s := range decodePolicy(t, policy["policy"]) {
			if s.Effect != "Allow" || s.Principal != nil {
				t.Errorf("policy %s is not a plain grant: %+v", name, s)
			}
			suffix := ""
			if s.Condition != nil {
				suffix = " if " + strings.Join(strings.Fields(indent(t, s.Condition)), "")
			}
			for _, action := range s.Action {
				got[role][s.Resource] = append(got[role][s.Resource], action+suffix)
			}
			slices.Sort(got[role][s.Resource])
		}
	}
	return got
}

// deployGrant runs a Pulumi program on a cloud. The program allows the role named release to start the workflow named
// approval.
func deployGrant(t *testing.T, c *cloud, opts ...pulumi.ResourceOption) {
	t.Helper()
	args := c.localize(testArgs)
	run(t, c, func(ctx *pulumi.Context) error {
		gate, err := NewApprovalWorkflow(ctx, "approval", &args)
		if err != nil {
			return err
		}
		_, err = gate.GrantStart(ctx, "release-approve", pulumi.String("release"), opts...)
		return err
	})
}

func TestGrantStart(t *testing.T) {
	for _, partition := range []string{"aws", "aws-cn"} {
		want := map[string][]string{}
		for resource, actions := range grantedToParent {
			want[strings.Replace(resource, "arn:aws:", "arn:"+partition+":", 1)] = actions
		}
		c := &cloud{partition: partition}
		deployGrant(t, c)
		got := grants(t, c)
		if diff := cmp.Diff(want, got["release"]); diff != "" {
			t.Errorf("%s: grants (-want +got):\n%s", partition, diff)
		}
		delete(got, "release") // the workflow's own roles get nothing more
		if diff := cmp.Diff(granted, got); partition == "aws" && diff != "" {
			t.Errorf("other grants (-want +got):\n%s", diff)
		}
	}
}

func TestGrantStartInPreview(t *testing.T) {
	c := &cloud{partition: "aws", preview: true}
	deployGrant(t, c)
	if text, known := c.find(t, "approval--release-approve").inputs["policy"]; known {
		t.Errorf("the policy is known before the ARN of the state machine: %v", text)
	}
}

// A child inherits the providers of its parent, so the policy belongs to the same account as the workflow.
func TestGrantStartParent(t *testing.T) {
	for _, test := range []struct {
		opts []pulumi.ResourceOption
		want bool
	}{{nil, true}, {[]pulumi.ResourceOption{pulumi.Parent(nil)}, false}} {
		c := &cloud{partition: "aws"}
		deployGrant(t, c, test.opts...)
		if grant := c.find(t, "approval--release-approve"); grant.childOf("approval") != test.want {
			t.Errorf("parent = %q, child of the workflow = %t, want %t", grant.parent, !test.want, test.want)
		}
	}
}

func TestTrustPolicies(t *testing.T) {
	got := map[string][]statement{}
	for name, role := range deployed(t).ofType("aws:iam/role:Role") {
		if keys := slices.Sorted(maps.Keys(role)); !slices.Equal(keys, []string{"assumeRolePolicy", "tags"}) {
			t.Errorf("role %s has more than its trust policy: %v", name, keys)
		}
		got[name] = decodePolicy(t, role["assumeRolePolicy"])
	}
	assume := func(service string, when condition) []statement {
		return []statement{{
			Effect: "Allow", Action: []string{"sts:AssumeRole"},
			Principal: map[string]string{"Service": service}, Condition: when,
		}}
	}
	want := map[string][]statement{
		"approval--function": assume("lambda.amazonaws.com", nil),
		"approval--state-machine": assume("states.amazonaws.com",
			condition{"StringEquals": {"aws:SourceAccount": "123456789012"}}),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("trust policies (-want +got):\n%s", diff)
	}
}

func TestOnlyTheFunctionDerivesTheKey(t *testing.T) {
	policy := linkKeyPolicy(t, deployed(t))
	for caller, want := range map[string]bool{ // by aws:PrincipalArn; for the session of an assumed role it is the role
		"arn:aws:iam::123456789012:role/approval--function-1234567":    false,
		"arn:aws:iam::123456789012:role/approval--function-12345678":   true,
		"arn:aws:iam::123456789012:role/Admin":                         true,
		"arn:aws:iam::123456789012:role/APPROVAL--FUNCTION-1234567":    true,
		"arn:aws:iam::123456789012:user/approval--function-1234567":    true,
		"arn:aws:iam::210987654321:role/approval--function-1234567":    true,
		"arn:aws-cn:iam::123456789012:role/approval--function-1234567": true,
		"arn:aws:iam::123456789012:root":                               true,
	} {
		if got := denied(t, policy, "kms:GenerateMac", map[string]string{"aws:PrincipalArn": caller}); got != want {
			t.Errorf("denied to %s = %t, want %t", caller, got, want)
		}
	}
	if !denied(t, policy, "kms:GenerateMac", nil) {
		t.Error("a caller without an ARN, such as a service, is not denied")
	}
}

func linkKeyPolicy(t *testing.T, c *cloud) []statement {
	t.Helper()
	return decodePolicy(t, c.only(t, "aws:kms/key:Key")["policy"])
}

// TestAccountAdministersTheKey checks that nobody is locked out: the account may do everything, and only GenerateMac is
// denied to anyone except for the function's role.
func TestAccountAdministersTheKey(t *testing.T) {
	for _, partition := range []string{"aws", "aws-cn"} {
		c := deploy(t, &cloud{partition: partition}, testArgs, "approval")
		want := []statement{
			{
				Effect: "Allow", Principal: map[string]string{"AWS": "arn:" + partition + ":iam::123456789012:root"},
				Action: []string{"kms:*"}, Resource: "*",
			},
			{
				Effect: "Deny", Principal: map[string]string{"AWS": "*"}, Action: []string{"kms:GenerateMac"}, Resource: "*",
				Condition: condition{"ArnNotEquals": {"aws:PrincipalArn": c.only(t, functionToken)["role"]}},
			},
		}
		if diff := cmp.Diff(want, linkKeyPolicy(t, c)); diff != "" {
			t.Errorf("%s: policy of the key (-want +got):\n%s", partition, diff)
		}
	}
}
