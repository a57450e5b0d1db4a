package infra

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sfn"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"approval-workflow/handler/approval"
)

// failed are the details of the event about an execution that failed, except for those that were rejected or expired.
// A time-out of the execution has no error.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
var failed = map[string]any{
	"status": []string{string(approval.StatusFailed), string(approval.StatusTimedOut)},
	"error": []any{
		nil,
		map[string]any{"exists": false},
		map[string]any{"anything-but": []string{approval.ErrorRejected, approval.ErrorExpired}},
	},
}

// newFailureRule sends the operators an e-mail about each execution that fails, unless it was rejected or expired. An alarm
// would not do: it acts only when its state changes, so a second failure soon after the first one would send nothing.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
func (b *builder) newFailureRule(operators *operators, stateMachine *sfn.StateMachine) error {
	rule, err := cloudwatch.NewEventRule(b.ctx, b.name+"-failures", &cloudwatch.EventRuleArgs{
		Description:  pulumi.String("Executions that failed, except for those that were rejected or expired"),
		EventPattern: statusChanges(stateMachine.Arn, failed),
		Tags:         b.tags,
	}, b.child)
	if err != nil {
		return fmt.Errorf("rule for failures: %w", err)
	}
	_, err = cloudwatch.NewEventTarget(b.ctx, b.name+"-failures", &cloudwatch.EventTargetArgs{
		Rule: rule.Name,
		Arn:  operators.topic.Arn,
		InputTransformer: cloudwatch.EventTargetInputTransformerArgs{
			InputPaths: pulumi.StringMap{
				"name": pulumi.String("$.detail.name"), "status": pulumi.String("$.detail.status"),
				"error": pulumi.String("$.detail.error"), "cause": pulumi.String("$.detail.cause"),
			},
			InputTemplate: applyArn(stateMachine.Arn, failureMessage),
		},
	}, b.child, pulumi.DependsOn([]pulumi.Resource{operators.policy})) // or the first events would be lost
	if err != nil {
		return fmt.Errorf("target of the rule for failures: %w", err)
	}
	return nil
}

// failureMessage returns the template of the e-mail about a failed execution. Each line is a string, which keeps its
// quotation marks in the e-mail. A JSON template would look less like a message. A template of strings accepts every cause,
// also one with quotation marks.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
func failureMessage(stateMachine arn.ARN) (string, error) {
	execution := stateMachine
	execution.Resource = strings.Replace(stateMachine.Resource, "stateMachine:", "execution:", 1) + ":"
	lines := []string{
		"An approval request failed. It did not end as Rejected or Expired.",
		"Execution: <name>",
		"Status: <status>",
		"Error: <error>",
	}
	if console := approval.ConsoleURL(execution.String()); console != "" {
		lines = append(lines, "AWS console: "+console+"<name>")
	}
	lines = append(lines,
		"What to do: fix what the cause says, and start the execution again. Nobody was asked, or nobody can decide any more.",
		"Cause: <cause>")
	return `"` + strings.Join(lines, "\"\n\"") + `"`, nil
}
