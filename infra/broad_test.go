package infra

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

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
		{"sns:ListSubscriptionsByTopic", "*"},
		{"kms:GenerateMac", "*"},
		{`kms:GenerateMac if {"StringEquals":{"kms:MacAlgorithm":"HMAC_SHA_256"}}`, "*"},
		{"kms:GenerateMac", "arn:aws:kms:eu-west-1:123456789012:key/*"},
		{"sns:*", "arn:aws:sns:eu-west-1:123456789012:approval-1234567"},
		{"sns:Publish", "arn:aws:sns:eu-west-1:123456789012:*"},
		{"logs:PutLogEvents", "arn:aws:logs:*:123456789012:log-group:/aws/lambda/approval-1234567:*"},
		{"logs:PutLogEvents", "*"},
		{"states:DescribeExecution", "arn:aws:states:eu-west-1:123456789012:execution:*"},
		{"states:DescribeExecution", "*"},
		{"states:GetExecutionHistory", "arn:aws:states:eu-west-1:123456789012:execution:*"},
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

// ofExecutions are the actions on the executions of a state machine.
var ofExecutions = []string{"states:GetExecutionHistory", "states:DescribeExecution", "states:StopExecution"}

// broad reports whether a grant covers more than one resource although AWS accepts a narrower one. The streams of a log
// group count as one resource, and so do the executions of a state machine.
func broad(action, resource string) bool {
	if resource == "*" {
		return !slices.Contains(withoutResource, action)
	}
	if strings.HasPrefix(action, "logs:") {
		resource = strings.TrimSuffix(resource, ":*")
	}
	if slices.Contains(ofExecutions, action) && strings.Count(resource, ":") == 7 {
		resource = strings.TrimSuffix(resource, ":*")
	}
	return strings.Contains(action, "*") || strings.ContainsAny(resource, "*?")
}
