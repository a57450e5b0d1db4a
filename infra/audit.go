package infra

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sfn"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"approval-workflow/handler/approval"
)

// ended are the details of the event about an execution that has ended.
var ended = map[string]any{"status": []string{
	string(approval.StatusSucceeded), string(approval.StatusFailed), string(approval.StatusTimedOut), string(approval.StatusAborted),
}}

// newAudit keeps the event about the end of each execution, and returns the name of the log group. The event has the input,
// the output with the approvals or the cause with the rejection, and the times. No code of this workflow is involved. Without
// Audit, it returns an empty name.
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
	rule, err := cloudwatch.NewEventRule(b.ctx, b.name+"-audit", &cloudwatch.EventRuleArgs{
		Description:  pulumi.String("Executions that have ended"),
		EventPattern: statusChanges(stateMachine.Arn, ended),
		Tags:         b.tags,
	}, b.child)
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("audit rule: %w", err)
	}
	policy, err := cloudwatch.NewLogResourcePolicy(b.ctx, b.name+"-audit", &cloudwatch.LogResourcePolicyArgs{
		PolicyName:     rule.Name, // unique in the account, unlike the name of this resource
		PolicyDocument: applyArn(logs.Arn, auditPolicy),
	}, b.child)
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("audit policy: %w", err)
	}
	_, err = cloudwatch.NewEventTarget(b.ctx, b.name+"-audit", &cloudwatch.EventTargetArgs{
		Rule: rule.Name,
		Arn:  logs.Arn,
	}, b.child, pulumi.DependsOn([]pulumi.Resource{policy})) // or the first events would be lost
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("audit target: %w", err)
	}
	return logs.Name, nil
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
	return encodePolicy(write("events.amazonaws.com"), write("delivery.logs.amazonaws.com"))
}
