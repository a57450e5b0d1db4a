package infra

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// granted is everything that the workflow named approval may do: the actions by role and resource, each with its
// condition.
var granted = map[string]map[string][]string{
	"approval-function-1234567": {
		"arn:aws:sns:eu-west-1:123456789012:approval-1234567": {"sns:ListSubscriptionsByTopic", "sns:Publish"},
		"arn:aws:kms:eu-west-1:123456789012:key/approval-links-1234567": {
			`kms:GenerateMac if {"StringEquals":{"kms:MacAlgorithm":"HMAC_SHA_256"}}`,
		},
		"arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/approval-1234567:*": {
			"logs:CreateLogStream", "logs:PutLogEvents",
		},
		"arn:aws:states:eu-west-1:123456789012:stateMachine:approval-1234567": {"states:SendTaskSuccess"},
		"arn:aws:states:eu-west-1:123456789012:execution:approval-1234567:*":  {"states:GetExecutionHistory"},
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
			for _, action := range s.Action {
				got[role][s.Resource] = append(got[role][s.Resource], action+s.Condition.suffix(t))
			}
			slices.Sort(got[role][s.Resource])
		}
	}
	return got
}

// suffix returns the condition in the form of granted.
func (c condition) suffix(t *testing.T) string {
	t.Helper()
	if c == nil {
		return ""
	}
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return " if " + string(text)
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
