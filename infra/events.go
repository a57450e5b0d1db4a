package infra

import (
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// statusChanges returns the pattern of the events about the executions of a state machine whose details have the values.
// Step Functions sends an event for each change of the status, whatever the name of the execution is.
// https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
func statusChanges(stateMachineArn pulumi.StringOutput, details map[string]any) pulumi.StringOutput {
	return stateMachineArn.ApplyT(func(stateMachineArn string) (string, error) {
		detail := map[string]any{"stateMachineArn": []string{stateMachineArn}}
		for name, values := range details {
			detail[name] = values
		}
		text, err := json.Marshal(map[string]any{
			"source":      []string{"aws.states"},
			"detail-type": []string{"Step Functions Execution Status Change"},
			"detail":      detail,
		})
		if err != nil {
			return "", fmt.Errorf("encode event pattern: %w", err)
		}
		return string(text), nil
	}).(pulumi.StringOutput)
}
