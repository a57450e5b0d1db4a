package infra

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// granted is everything that the workflow named approval may do: the actions by role and resource.
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
		t.Errorf("grants (-want +got):\n%s", diff)
	}
}

// grants returns everything that the policies on a cloud allow: the actions by role and resource.
func grants(t *testing.T, c *cloud) map[string]map[string][]string {
	t.Helper()
	got := map[string]map[string][]string{}
	for name, policy := range c.ofType("aws:iam/rolePolicy:RolePolicy") {
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

// decodePolicy decodes a policy that the cloud recorded. It fails if the policy has an element that statement lacks.
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

// TestNoBroadGrant also protects against a broad grant in the tables of what is wanted.
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
}

func TestBroad(t *testing.T) {
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
			t.Errorf("broad(%s, %s) = false", grant[0], grant[1])
		}
	}
}

// withoutResource are actions that AWS cannot restrict to a resource.
var withoutResource = []string{
	"xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets",
	"logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery",
	"logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups",
}

// broad reports whether a grant covers more than one resource although AWS accepts a narrower one. The streams of a log
// group count as one resource, and so do the executions of a state machine.
func broad(action, resource string) bool {
	if resource == "*" {
		return !slices.Contains(withoutResource, action)
	}
	if strings.HasPrefix(action, "logs:") {
		resource = strings.TrimSuffix(resource, ":*")
	}
	ofExecution := action == "states:DescribeExecution" || action == "states:StopExecution"
	if ofExecution && strings.Count(resource, ":") == 7 {
		resource = strings.TrimSuffix(resource, ":*")
	}
	return strings.Contains(action, "*") || strings.ContainsAny(resource, "*?")
}
