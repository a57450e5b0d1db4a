package infra

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// outputs deploys a workflow and returns its outputs.
func outputs(t *testing.T, c *cloud) map[string]any {
	t.Helper()
	resolved := map[string]any{}
	run(t, c, func(ctx *pulumi.Context) error {
		w, err := NewApprovalWorkflow(ctx, "approval", &testArgs)
		if err != nil {
			return err
		}
		pulumi.Map{
			"stateMachineArn":  w.StateMachineArn,
			"apiUrl":           w.ApiUrl,
			"topicArn":         w.TopicArn,
			"pendingApprovers": w.PendingApprovers,
			"functionName":     w.FunctionName,
			"consoleUrl":       w.ConsoleUrl,
		}.ToMapOutput().ApplyT(func(values map[string]any) error {
			resolved = values
			return nil
		})
		return nil
	})
	return resolved
}

func TestOutputs(t *testing.T) {
	want := map[string]any{
		"stateMachineArn":  "arn:aws:states:eu-west-1:123456789012:stateMachine:approval-1234567",
		"apiUrl":           "https://approval-api.execute-api.eu-west-1.amazonaws.com",
		"topicArn":         "arn:aws:sns:eu-west-1:123456789012:approval-1234567",
		"pendingApprovers": []string{"bob@example.com"},
		"functionName":     "approval-1234567",
		"consoleUrl": "https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/statemachines/view/" +
			"arn:aws:states:eu-west-1:123456789012:stateMachine:approval-1234567",
	}
	if diff := cmp.Diff(want, outputs(t, &cloud{partition: "aws"})); diff != "" {
		t.Errorf("outputs (-want +got):\n%s", diff)
	}
}

func TestConsoleUrlIsEmptyInAnUnknownPartition(t *testing.T) {
	if got := outputs(t, &cloud{partition: "aws-iso"})["consoleUrl"]; got != "" {
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
