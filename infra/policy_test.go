package infra

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// granted is all that the workflow named approval may do: the actions, by role and resource.
var granted = map[string]map[string][]string{
	"approval-function-1234567": {
		"arn:aws:sns:eu-west-1:123456789012:approval-1234567": {"sns:GetTopicAttributes", "sns:Publish"},
		"arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/approval-1234567:*": {
			"logs:CreateLogStream", "logs:PutLogEvents",
		},
		"arn:aws:states:eu-west-1:123456789012:stateMachine:approval-1234567": {"states:SendTaskSuccess"},
		"arn:aws:states:eu-west-1:123456789012:execution:approval-1234567:*":  {"states:DescribeExecution"},
		"*": {"xray:PutTelemetryRecords", "xray:PutTraceSegments"},
	},
	"approval-state-machine-1234567": {
		"arn:aws:lambda:eu-west-1:123456789012:function:approval-1234567": {"lambda:InvokeFunction"},
		"*": {
			"logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies",
			"logs:GetLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:UpdateLogDelivery",
			"xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments",
		},
	},
}

func TestLeastPrivilege(t *testing.T) {
	c := &cloud{partition: "aws"}
	deploy(t, c, "approval")
	if diff := cmp.Diff(granted, grants(t, c)); diff != "" {
		t.Errorf("what the roles may do (-want +got):\n%s", diff)
	}
}

// grants is all that the policies on a cloud allow: the actions, by role and resource.
func grants(t *testing.T, c *cloud) map[string]map[string][]string {
	t.Helper()
	got := map[string]map[string][]string{}
	for name, policy := range c.of("aws:iam/rolePolicy:RolePolicy") {
		role := policy["role"].(string)
		if got[role] == nil {
			got[role] = map[string][]string{}
		}
		for _, s := range decodePolicy(t, policy["policy"]) {
			if s.Effect != "Allow" || s.Principal != nil || s.Condition != nil {
				t.Errorf("policy %s is not a plain grant: %+v", name, s)
			}
			got[role][s.Resource] = slices.Sorted(slices.Values(append(got[role][s.Resource], s.Action...)))
		}
	}
	return got
}

// Whoever changes the table above, or that of a parent, meets these rules.
func TestNoBroadGrant(t *testing.T) {
	tables := maps.Clone(granted)
	tables["a parent"] = grantedToParent
	for role, resources := range tables {
		for resource, actions := range resources {
			for _, action := range actions {
				if broad(action, resource) {
					t.Errorf("%s may do %s on %s", role, action, resource)
				}
			}
		}
	}
	for _, grant := range [][2]string{
		{"sns:Publish", "*"},
		{"sns:GetTopicAttributes", "*"},
		{"sns:*", "arn:aws:sns:eu-west-1:123456789012:approval-1234567"},
		{"sns:Publish", "arn:aws:sns:eu-west-1:123456789012:*"},
		{"logs:PutLogEvents", "arn:aws:logs:*:123456789012:log-group:/aws/lambda/approval-1234567:*"},
		{"logs:PutLogEvents", "*"},
		{"states:DescribeExecution", "arn:aws:states:eu-west-1:123456789012:execution:*"},
		{"states:DescribeExecution", "*"},
		{"states:StopExecution", "arn:aws:states:eu-west-1:123456789012:execution:*"},
		{"states:StartExecution", "arn:aws:states:eu-west-1:123456789012:stateMachine:approval-1234567:*"},
		{"events:PutRule", "arn:aws:events:eu-west-1:123456789012:rule/*"},
		{"xray:GetTraceSummaries", "*"},
	} {
		if !broad(grant[0], grant[1]) {
			t.Errorf("%s on %s does not count as broad", grant[0], grant[1])
		}
	}
}

// broad tells whether a grant reaches further than one resource, where AWS would let it be narrower.
func broad(action, resource string) bool {
	withoutResource := []string{ // AWS defines no resource for these
		"xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets",
		"logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery",
		"logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups",
	}
	if resource == "*" {
		return !slices.Contains(withoutResource, action)
	}
	if strings.HasPrefix(action, "logs:") {
		resource = strings.TrimSuffix(resource, ":*") // the streams of a group
	}
	ofExecution := action == "states:DescribeExecution" || action == "states:StopExecution"
	if ofExecution && strings.Count(resource, ":") == 7 {
		resource = strings.TrimSuffix(resource, ":*") // the executions of a state machine
	}
	return strings.Contains(action, "*") || strings.ContainsAny(resource, "*?")
}

func TestRoles(t *testing.T) {
	c := &cloud{partition: "aws"}
	deploy(t, c, "approval")
	got := map[string][]statement{}
	for name, role := range c.of("aws:iam/role:Role") {
		if keys := slices.Sorted(maps.Keys(role)); !slices.Equal(keys, []string{"assumeRolePolicy", "tags"}) {
			t.Errorf("role %s gets more than its trust policy: %v", name, keys)
		}
		got[name] = decodePolicy(t, role["assumeRolePolicy"])
	}
	assume := func(service string, condition map[string]map[string]string) []statement {
		return []statement{{
			Effect: "Allow", Action: []string{"sts:AssumeRole"},
			Principal: map[string]string{"Service": service}, Condition: condition,
		}}
	}
	want := map[string][]statement{
		"approval-function": assume("lambda.amazonaws.com", nil),
		"approval-state-machine": assume("states.amazonaws.com",
			map[string]map[string]string{"StringEquals": {"aws:SourceAccount": "123456789012"}}),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("who may assume the roles (-want +got):\n%s", diff)
	}
	tested := []string{"aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"}
	for _, r := range c.resources {
		if strings.HasPrefix(r.token, "aws:iam/") && !slices.Contains(tested, r.token) {
			t.Errorf("%s %s grants something that no test looks at", r.token, r.name)
		}
	}
}

// decodePolicy reads a policy as the cloud recorded it, which may hold nothing that a statement does not know.
func decodePolicy(t *testing.T, recorded any) []statement {
	t.Helper()
	text, err := json.Marshal(recorded)
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.DisallowUnknownFields()
	var document policyDocument
	if err := decoder.Decode(&document); err != nil {
		t.Fatalf("policy %s: %v", text, err)
	}
	return document.Statement
}
