package infra

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sfn"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// newRole creates a role for a part of the workflow, such as "function". The trust policy says who can assume it.
func (b *builder) newRole(part string, trust pulumi.StringInput) (*iam.Role, error) {
	role, err := iam.NewRole(b.ctx, b.name+"-"+part, &iam.RoleArgs{AssumeRolePolicy: trust, Tags: b.tags}, b.child)
	if err != nil {
		return nil, fmt.Errorf("role of %s: %w", part, err)
	}
	return role, nil
}

// newRolePolicy creates a policy with the grants for a role. The purpose, such as "notify", is part of its name.
func (b *builder) newRolePolicy(purpose string, role *iam.Role, grants ...grant) (*iam.RolePolicy, error) {
	args := &iam.RolePolicyArgs{Role: role.Name, Policy: policy(grants...)}
	created, err := iam.NewRolePolicy(b.ctx, b.name+"-"+purpose, args, b.child)
	if err != nil {
		return nil, fmt.Errorf("policy to %s: %w", purpose, err)
	}
	return created, nil
}

// newFunctionRole creates the role of the function, without permissions.
func (b *builder) newFunctionRole() (*iam.Role, error) {
	trust, err := trustPolicy("lambda.amazonaws.com", nil)
	if err != nil {
		return nil, err
	}
	return b.newRole("function", pulumi.String(trust))
}

// newNotifyPolicy allows the function to send e-mails with signed links, and to write its log and traces.
func (b *builder) newNotifyPolicy(
	role *iam.Role, key *kms.Key, topic *sns.Topic, logs *cloudwatch.LogGroup,
) (*iam.RolePolicy, error) {
	return b.newRolePolicy("notify", role,
		allow(topic.Arn, "sns:ListSubscriptionsByTopic", "sns:Publish"),
		allow(key.Arn, "kms:GenerateMac").when(condition{"StringEquals": {"kms:MacAlgorithm": "HMAC_SHA_256"}}),
		allow(pulumi.Sprintf("%s:*", logs.Arn), "logs:CreateLogStream", "logs:PutLogEvents"), // the group's streams
		// X-Ray has no resource type for traces.
		// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
		allow(anyResource, "xray:PutTraceSegments", "xray:PutTelemetryRecords"),
	)
}

// newCallbackPolicy allows the function to answer the waiting tasks of the state machine and to read the history of its
// executions. It is a separate policy, because the definition of the state machine needs the function first. Pulumi deletes it
// before the state machine, so that no approver is told of a decision while AWS ends the executions of a deleted state machine.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html
func (b *builder) newCallbackPolicy(function *function, stateMachine *sfn.StateMachine) error {
	_, err := b.newRolePolicy("decide", function.role,
		allow(stateMachine.Arn, "states:SendTaskSuccess"),
		allow(executionsOf(stateMachine.Arn), "states:GetExecutionHistory"),
	)
	return err
}
