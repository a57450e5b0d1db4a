package infra

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sfn"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"approval-workflow/handler/approval"
)

// newRule creates a rule for the events about the executions of a state machine whose details have the values. Step
// Functions sends an event for each change of the status, whatever the name of the execution is.
// https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
func (b *builder) newRule(
	purpose, description string, stateMachine *sfn.StateMachine, details map[string]any,
) (*cloudwatch.EventRule, error) {
	pattern := stateMachine.Arn.ApplyT(func(stateMachineArn string) (string, error) {
		detail := maps.Clone(details)
		detail["stateMachineArn"] = []string{stateMachineArn}
		text, err := json.Marshal(map[string]any{
			"source":      []string{"aws.states"},
			"detail-type": []string{"Step Functions Execution Status Change"},
			"detail":      detail,
		})
		return string(text), err
	}).(pulumi.StringOutput)
	rule, err := cloudwatch.NewEventRule(b.ctx, b.part(purpose), &cloudwatch.EventRuleArgs{
		Description: pulumi.String(description), EventPattern: pattern, Tags: b.tags,
	}, b.child)
	if err != nil {
		return nil, fmt.Errorf("rule for %s: %w", purpose, err)
	}
	return rule, nil
}

// newTarget sends the events of a rule to a target. It needs the policy that allows that first, or the first events would
// be lost.
func (b *builder) newTarget(purpose string, policy pulumi.Resource, args *cloudwatch.EventTargetArgs) error {
	after := pulumi.DependsOn([]pulumi.Resource{policy})
	if _, err := cloudwatch.NewEventTarget(b.ctx, b.part(purpose), args, b.child, after); err != nil {
		return fmt.Errorf("target of the rule for %s: %w", purpose, err)
	}
	return nil
}

// failed are the details of the event about an execution that failed, except for those that were rejected or expired.
// A time-out of the execution has no error.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
var failed = map[string]any{
	"status": []approval.Status{approval.StatusFailed, approval.StatusTimedOut},
	"error": []any{
		nil,
		map[string]any{"exists": false},
		map[string]any{"anything-but": []string{approval.ErrorRejected, approval.ErrorExpired}},
	},
}

// newFailureRule sends the operators an e-mail about each execution that fails, unless it was rejected or expired. An alarm
// would not do: it acts only when its state changes, so a second failure soon after the first one would send nothing.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
func (b *builder) newFailureRule(operators *topic, stateMachine *sfn.StateMachine) error {
	const description = "Executions that failed, except for those that were rejected or expired"
	rule, err := b.newRule("failures", description, stateMachine, failed)
	if err != nil {
		return err
	}
	return b.newTarget("failures", operators.policy, &cloudwatch.EventTargetArgs{
		Rule: rule.Name,
		Arn:  operators.arn,
		InputTransformer: cloudwatch.EventTargetInputTransformerArgs{
			InputPaths: pulumi.StringMap{
				"name": pulumi.String("$.detail.name"), "status": pulumi.String("$.detail.status"),
				"error": pulumi.String("$.detail.error"), "cause": pulumi.String("$.detail.cause"),
			},
			InputTemplate: applyArn(stateMachine.Arn, failureMessage),
		},
	})
}

// failureMessage returns the template of the e-mail about a failed execution. Each line is a string, which keeps its
// quotation marks in the e-mail. A JSON template would look less like a message. A template of strings accepts every cause,
// also one with quotation marks.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
func failureMessage(stateMachine arn.ARN) (string, error) {
	lines := []string{
		"An approval request failed. It did not end as Rejected or Expired.",
		"Execution: <name>",
		"Status: <status>",
		"Error: <error>",
	}
	// Not the page of the execution: mail programs cut its name at the end of a link, and the template cannot test it.
	if console := approval.ConsoleURL(stateMachine.String()); console != "" {
		lines = append(lines, "AWS console: "+console)
	}
	lines = append(lines,
		"What to do: fix what the cause says, and start the execution again. Nobody was asked, or nobody can decide any more.",
		"Cause: <cause>")
	return `"` + strings.Join(lines, "\"\n\"") + `"`, nil
}

// ended are the details of the event about an execution that has ended.
var ended = map[string]any{"status": []approval.Status{
	approval.StatusSucceeded, approval.StatusFailed, approval.StatusTimedOut, approval.StatusAborted,
}}

// newAudit keeps the event about the end of each execution, and returns the name of the log group, or an empty name without
// Audit. The event has the input, the output with the approvals or the cause with the rejection, and the times. No code of
// this workflow is involved.
func (b *builder) newAudit(stateMachine *sfn.StateMachine) (pulumi.StringOutput, error) {
	if !b.args.Audit {
		return pulumi.String("").ToStringOutput(), nil
	}
	// EventBridge writes only to log groups whose names begin with /aws/events/.
	// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html
	logs, err := b.newLogGroup("/aws/events/", b.args.AuditRetentionDays, pulumi.RetainOnDelete(true)) // outlives the stack
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	rule, err := b.newRule("audit", "Executions that have ended", stateMachine, ended)
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	policy, err := cloudwatch.NewLogResourcePolicy(b.ctx, b.part("audit"), &cloudwatch.LogResourcePolicyArgs{
		PolicyName:     rule.Name, // unique in the account, unlike the name of this resource
		PolicyDocument: applyArn(logs.Arn, auditPolicy),
	}, b.child)
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("audit policy: %w", err)
	}
	return logs.Name, b.newTarget("audit", policy, &cloudwatch.EventTargetArgs{Rule: rule.Name, Arn: logs.Arn})
}

// auditPolicy lets EventBridge write to the log group.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-cloudwatchlogs-permissions
func auditPolicy(group arn.ARN) (string, error) {
	write := func(service string) statement {
		return statement{
			Effect: "Allow", Principal: map[string]string{"Service": service},
			Action: []string{"logs:CreateLogStream", "logs:PutLogEvents"}, Resource: group.String() + ":*",
		}
	}
	return encodePolicy("", write("events.amazonaws.com"), write("delivery.logs.amazonaws.com"))
}
