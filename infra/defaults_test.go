package infra

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func TestZeroValuesMeanTheDefaults(t *testing.T) {
	zero, explicit := &cloud{partition: "aws"}, &cloud{partition: "aws"}
	args := ApprovalWorkflowArgs{Code: testArgs.Code, Emails: testArgs.Emails}
	deployArgs(t, zero, args, "approval")
	args.Timeout, args.LogRetentionDays, args.Approvals = 24*time.Hour, 30, 1
	args.RequestRate, args.RequestBurst, args.AuditRetentionDays = 10, 20, 365
	deployArgs(t, explicit, args, "approval")
	if diff := cmp.Diff(explicit.picture(t, "approval"), zero.picture(t, "approval")); diff != "" {
		t.Errorf("graph (-explicit defaults +zero values):\n%s", diff)
	}
}

func TestDefaults(t *testing.T) {
	c := &cloud{partition: "aws"}
	deployArgs(t, c, ApprovalWorkflowArgs{Code: testArgs.Code, Emails: testArgs.Emails}, "approval")
	request := c.states(t)["RequestApproval"]
	if got := request["TimeoutSeconds"]; got != 86400.0 {
		t.Errorf("timeout = %v seconds, want 24 hours", got)
	}
	if got := request["Retry"].([]any)[0].(map[string]any)["MaxAttempts"]; got != 0.0 {
		t.Errorf("reminders = %v, want 0", got)
	}
	if got := c.payload(t)["approvalsNeeded"]; got != 1.0 {
		t.Errorf("approvals = %v, want 1", got)
	}
	for _, name := range []string{"CONFIRM", "ASCII_SUBJECTS"} {
		if got := c.environment(t)[name]; got != "false" {
			t.Errorf("%s = %v, want false", name, got)
		}
	}
	limits := c.only(t, "aws:apigatewayv2/stage:Stage")["defaultRouteSettings"].(map[string]any)
	if limits["throttlingRateLimit"] != 10.0 || limits["throttlingBurstLimit"] != 20.0 {
		t.Errorf("limits of the API = %v, want 10 requests a second and 20 at once", limits)
	}
	for name, group := range c.ofType("aws:cloudwatch/logGroup:LogGroup") {
		if got := group["retentionInDays"]; got != 30.0 {
			t.Errorf("retention of %s = %v days, want 30", name, got)
		}
	}
	for name, alarm := range c.ofType("aws:cloudwatch/metricAlarm:MetricAlarm") {
		if got := alarm["alarmActions"]; got != nil {
			t.Errorf("actions of %s = %v, want none", name, got)
		}
	}
}

func TestWithDefaultsKeepsWhatIsSet(t *testing.T) {
	options := cmp.Comparer(func(a, b pulumi.ArchiveInput) bool { return a == b })
	if diff := cmp.Diff(testArgs, testArgs.WithDefaults(), options); diff != "" {
		t.Errorf("arguments (-set +with defaults):\n%s", diff)
	}
}
