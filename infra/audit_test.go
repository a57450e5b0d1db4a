package infra

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

const auditGroup = "/aws/events/approval"

func TestAuditKeepsEveryEnd(t *testing.T) {
	c := &cloud{partition: "aws"}
	deploy(t, c, "approval")
	pattern := c.ofType(ruleToken)["approval-audit"]["eventPattern"].(map[string]any)["detail"]
	want := map[string]any{
		"stateMachineArn": []any{"arn:aws:states:eu-west-1:123456789012:stateMachine:approval-1234567"},
		"status":          []any{"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"},
	}
	if diff := cmp.Diff(want, pattern); diff != "" {
		t.Errorf("details in the pattern (-want +got):\n%s", diff)
	}
	target := c.ofType(targetToken)["approval-audit"]
	if got := target["arn"]; got != "arn:aws:logs:eu-west-1:123456789012:log-group:"+auditGroup+"-1234567" {
		t.Errorf("target = %v, want the log group of the records", got)
	}
	if _, transformed := target["inputTransformer"]; transformed {
		t.Error("the target changes the event")
	}
}

func TestAuditLogOutlivesTheStack(t *testing.T) {
	c := &cloud{partition: "aws"}
	deploy(t, c, "approval")
	group := c.find(t, auditGroup)
	if !group.retained || group.inputs["retentionInDays"] != 731.0 {
		t.Errorf("log group = %v, retained on delete = %t, want AuditRetentionDays and true", group.inputs, group.retained)
	}
	for _, r := range c.resources {
		if r.retained && r.name != auditGroup {
			t.Errorf("%s %s is retained on delete", r.token, r.name)
		}
	}
}

func TestAuditPolicy(t *testing.T) {
	c := &cloud{partition: "aws"}
	deploy(t, c, "approval")
	policy := c.only(t, "aws:cloudwatch/logResourcePolicy:LogResourcePolicy")
	var got []string
	for _, s := range decodePolicy(t, policy["policyDocument"]) {
		if s.Resource != "arn:aws:logs:eu-west-1:123456789012:log-group:"+auditGroup+"-1234567:*" || s.Effect != "Allow" {
			t.Errorf("statement = %+v, want one for the streams of the log group", s)
		}
		for _, action := range s.Action {
			got = append(got, s.Principal["Service"]+" "+action)
		}
	}
	want := []string{
		"events.amazonaws.com logs:CreateLogStream", "events.amazonaws.com logs:PutLogEvents",
		"delivery.logs.amazonaws.com logs:CreateLogStream", "delivery.logs.amazonaws.com logs:PutLogEvents",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("policy (-want +got):\n%s", diff)
	}
}

func TestNoAudit(t *testing.T) {
	args := testArgs
	args.Audit = false
	c := &cloud{partition: "aws"}
	deployArgs(t, c, args, "approval")
	for _, r := range c.resources {
		if r.name == auditGroup || r.name == "approval-audit" {
			t.Errorf("%s %s was created", r.token, r.name)
		}
	}
}
