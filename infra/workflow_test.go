package infra

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// outputs deploys a workflow and returns its outputs.
func outputs(t *testing.T, c *cloud, args ApprovalWorkflowArgs) map[string]any {
	t.Helper()
	resolved := map[string]any{}
	run(t, c, func(ctx *pulumi.Context) error {
		w, err := NewApprovalWorkflow(ctx, "approval", &args)
		if err != nil {
			return err
		}
		w.Outputs().ToMapOutput().ApplyT(func(values map[string]any) error {
			resolved = values
			return nil
		})
		return nil
	})
	return resolved
}

func TestOutputs(t *testing.T) {
	want := map[string]any{
		"stateMachineArn":      "arn:aws:states:eu-west-1:123456789012:stateMachine:approval-1234567",
		"apiUrl":               "https://approval-api.execute-api.eu-west-1.amazonaws.com",
		"topicArn":             "arn:aws:sns:eu-west-1:123456789012:approval-1234567",
		"pendingApprovers":     []string{"bob@example.com"},
		"unprotectedApprovers": []string{"ann@example.com"},
		"alarmTopicArn":        "arn:aws:sns:eu-west-1:123456789012:approval-alarms-1234567",
		"pendingOperators":     []string{"on-call@example.com"},
		"auditLogGroup":        "/aws/events/approval-1234567",
		"whatNext": "These addresses have to confirm the subscription that SNS has sent them an e-mail about: bob@example.com, " +
			"on-call@example.com. " +
			`README.md says how, under "Deploy". Then run pulumi up --refresh.`,
		"functionName": "approval-1234567",
		"consoleUrl": "https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/statemachines/view/" +
			"arn:aws:states:eu-west-1:123456789012:stateMachine:approval-1234567",
	}
	if diff := cmp.Diff(want, outputs(t, &cloud{partition: "aws"}, testArgs)); diff != "" {
		t.Errorf("outputs (-want +got):\n%s", diff)
	}
}

// TestOutputsWithoutOptions checks the outputs of a workflow whose only approver has confirmed with AWS credentials.
func TestOutputsWithoutOptions(t *testing.T) {
	got := outputs(t, &cloud{partition: "aws"}, ApprovalWorkflowArgs{Code: testArgs.Code, Emails: []string{"cy@example.com"}})
	want := map[string]any{
		"pendingApprovers": []string{}, "unprotectedApprovers": []string{}, "pendingOperators": []string{},
		"alarmTopicArn": "", "auditLogGroup": "",
		"whatNext": "Ask for an approval: aws stepfunctions start-execution --state-machine-arn " +
			`arn:aws:states:eu-west-1:123456789012:stateMachine:approval-1234567 --input '{"subject": "Release 1.4.2"}'`,
	}
	for name, value := range want {
		if diff := cmp.Diff(value, got[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestConsoleUrlIsEmptyInAnUnknownPartition(t *testing.T) {
	if got := outputs(t, &cloud{partition: "aws-iso"}, testArgs)["consoleUrl"]; got != "" {
		t.Errorf("consoleUrl = %q, want none", got)
	}
}

func TestOtherPartition(t *testing.T) {
	c := &cloud{partition: "aws-cn"}
	deploy(t, c, "approval")
	got, want := c.states(t)["RequestApproval"]["Resource"], "arn:aws-cn:states:::lambda:invoke.waitForTaskToken"
	if got != want {
		t.Errorf("resource of the task = %v, want %s", got, want)
	}
}
