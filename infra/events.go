package infra

import (
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sfn"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"approval-workflow/handler/approval"
)

// ended are the states of executions that have ended.
var ended = []approval.Status{
	approval.StatusSucceeded, approval.StatusFailed, approval.StatusTimedOut, approval.StatusAborted,
}

// newRule creates a rule for the events about the ends of a state machine's executions. Step Functions sends an event for each
// change of the status, whatever the name of the execution is, and on a best effort basis.
// https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
func (b *builder) newRule(purpose, description string, stateMachine *sfn.StateMachine) (*cloudwatch.EventRule, error) {
	pattern := stateMachine.Arn.ApplyT(func(stateMachineArn string) (string, error) {
		text, err := json.Marshal(map[string]any{
			"source":      []string{"aws.states"},
			"detail-type": []string{"Step Functions Execution Status Change"},
			"detail":      map[string]any{"stateMachineArn": []string{stateMachineArn}, "status": ended},
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

// newOutcomeRule passes the end of each execution to the function, which e-mails those who have to know.
func (b *builder) newOutcomeRule(function *function, stateMachine *sfn.StateMachine) (*cloudwatch.EventRule, error) {
	rule, err := b.newRule("outcomes", "Executions that have ended, for the e-mails about them", stateMachine)
	if err != nil {
		return nil, err
	}
	return rule, b.invoke("outcomes", rule, function)
}

// newKeyCheck has the function check every hour that KMS still lets it use the key of the links. A rule for the calls that disable
// a key or schedule its deletion would need a trail of CloudTrail in the account, and would not see a changed policy or role.
func (b *builder) newKeyCheck(function *function) error {
	rule, err := cloudwatch.NewEventRule(b.ctx, b.part("key"), &cloudwatch.EventRuleArgs{
		Description:        pulumi.String("Checks the key of the links"),
		ScheduleExpression: pulumi.String("rate(1 hour)"),
		Tags:               b.tags,
	}, b.child)
	if err != nil {
		return fmt.Errorf("rule for the key: %w", err)
	}
	return b.invoke("key", rule, function)
}

// invoke passes the events of a rule to the function.
func (b *builder) invoke(purpose string, rule *cloudwatch.EventRule, function *function) error {
	permission, err := lambda.NewPermission(b.ctx, b.part(purpose), &lambda.PermissionArgs{
		Action:    pulumi.String("lambda:InvokeFunction"),
		Function:  function.Name,
		Principal: pulumi.String("events.amazonaws.com"),
		SourceArn: rule.Arn,
	}, b.child)
	if err != nil {
		return fmt.Errorf("permission of the rule for %s: %w", purpose, err)
	}
	return b.newTarget(purpose, permission, &cloudwatch.EventTargetArgs{Rule: rule.Name, Arn: function.Arn})
}

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
	rule, err := b.newRule("audit", "Executions that have ended", stateMachine)
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
