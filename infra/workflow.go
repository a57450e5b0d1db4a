// Package infra deploys the approval workflow to AWS, as one Pulumi component.
package infra

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"approval-workflow/handler/approval"
)

const componentType = "approval-workflow:infra:ApprovalWorkflow"

// ApprovalWorkflow is a manual approval gate: a state machine whose executions ask the approvers by e-mail and end with
// their decision. A Pulumi program can have several.
type ApprovalWorkflow struct {
	pulumi.ResourceState
	name string

	// StateMachineArn identifies the state machine. Each of its executions is a request for approval.
	StateMachineArn pulumi.StringOutput `pulumi:"stateMachineArn"`
	// ApiUrl is where the links of the e-mails lead. It does not end in a slash.
	ApiUrl pulumi.StringOutput `pulumi:"apiUrl"`
	// DomainTarget is the name that a DNS record for Domain has to lead to: a CNAME record, or an alias. It is empty without Domain.
	DomainTarget pulumi.StringOutput `pulumi:"domainTarget"`
	// TopicArn identifies the SNS topic that the approvers subscribe to.
	TopicArn pulumi.StringOutput `pulumi:"topicArn"`
	// PendingApprovers are the addresses that have not confirmed their subscription, as of the last refresh of the
	// stack.
	PendingApprovers pulumi.StringArrayOutput `pulumi:"pendingApprovers"`
	// UnprotectedApprovers are the addresses whose subscription anybody can end who has one of their e-mails: they were
	// confirmed by opening the link of SNS. As of the last refresh of the stack.
	UnprotectedApprovers pulumi.StringArrayOutput `pulumi:"unprotectedApprovers"`
	// OutcomeTopicArn identifies the SNS topic that gets a message about the end of each execution. Its messages have the attributes
	// status, execution, and if there are any, error and group, which a subscription can filter by.
	OutcomeTopicArn pulumi.StringOutput `pulumi:"outcomeTopicArn"`
	// PendingNotified are the addresses of NotifyEmails that have not confirmed their subscription, as of the last refresh of the
	// stack.
	PendingNotified pulumi.StringArrayOutput `pulumi:"pendingNotified"`
	// AlarmTopicArn identifies the SNS topic that the operators subscribe to. It is empty without operators.
	AlarmTopicArn pulumi.StringOutput `pulumi:"alarmTopicArn"`
	// PendingOperators are the addresses for alarms that have not confirmed their subscription, as of the last refresh of
	// the stack.
	PendingOperators pulumi.StringArrayOutput `pulumi:"pendingOperators"`
	// AuditLogGroup is the name of the log group with the records. It is empty without Audit.
	AuditLogGroup pulumi.StringOutput `pulumi:"auditLogGroup"`
	// FunctionName is the name of the Lambda function.
	FunctionName pulumi.StringOutput `pulumi:"functionName"`
	// ConsoleUrl is the page of the state machine in the AWS console. It is empty in a partition whose console is
	// unknown.
	ConsoleUrl pulumi.StringOutput `pulumi:"consoleUrl"`
	// WhatNext says what the operator has to do now, as of the last refresh of the stack.
	WhatNext pulumi.StringOutput `pulumi:"whatNext"`
}

// NewApprovalWorkflow creates an ApprovalWorkflow. The names of its resources begin with name, and Pulumi's automatic
// naming makes them unique in the account. With another name, Pulumi replaces all resources, or only the log groups if
// pulumi.Aliases has the former name. If the name or arguments are wrong, it registers nothing. Its error lists every
// problem of the arguments as an [*ArgumentError].
func NewApprovalWorkflow(
	ctx *pulumi.Context, name string, args *ApprovalWorkflowArgs, opts ...pulumi.ResourceOption,
) (*ApprovalWorkflow, error) {
	if err := CheckName(name); err != nil {
		return nil, fmt.Errorf("approval workflow: %w", err)
	}
	completed, err := args.complete()
	if err != nil {
		return nil, fmt.Errorf("arguments of approval workflow %s:\n%w", name, err)
	}
	workflow := &ApprovalWorkflow{name: name}
	if err := ctx.RegisterComponentResource(componentType, name, workflow, opts...); err != nil {
		return nil, fmt.Errorf("register component: %w", err)
	}
	b := &builder{
		ctx:   ctx,
		name:  name,
		args:  completed,
		tags:  pulumi.StringMap{"project": pulumi.String(ctx.Project()), "stack": pulumi.String(ctx.Stack())},
		child: pulumi.Parent(workflow),
	}
	if err := workflow.build(b); err != nil {
		return nil, err
	}
	return workflow, ctx.RegisterResourceOutputs(workflow, workflow.Outputs())
}

// build connects the resources. E-mails go to the topic, and their links lead to the API and are signed with the function's
// key. The API and the state machine invoke the function, and the function answers the state machine. At the end of an execution,
// EventBridge invokes it again. Alarms watch all of them.
func (w *ApprovalWorkflow) build(b *builder) error {
	topics, err := b.newTopics()
	if err != nil {
		return err
	}
	api, err := b.newAPI() // without routes: the function needs the URL, and the routes need the function
	if err != nil {
		return err
	}
	function, err := b.newFunction(topics, api)
	if err != nil {
		return err
	}
	if err := b.newRoutes(api, function); err != nil {
		return err
	}
	stateMachine, err := b.newStateMachine(function)
	if err != nil {
		return err
	}
	if w.AuditLogGroup, err = b.newAudit(stateMachine); err != nil {
		return err
	}
	if err := b.newOutcomePolicy(topics.outcomes, function.role); err != nil {
		return err
	}
	outcomes, err := b.newOutcomeRule(function, stateMachine)
	if err != nil {
		return err
	}
	if err := b.newKeyCheck(function); err != nil {
		return err
	}
	w.ApiUrl, w.DomainTarget = api.domain.url, api.domain.target
	w.FunctionName, w.StateMachineArn = function.Name, stateMachine.Arn
	w.setTopics(topics)
	w.ConsoleUrl = stateMachine.Arn.ApplyT(approval.ConsoleURL).(pulumi.StringOutput)
	w.WhatNext = pulumi.All(w.PendingApprovers, w.PendingNotified, w.PendingOperators, w.UnprotectedApprovers).
		ApplyT(whatNext).(pulumi.StringOutput)
	alarms, err := b.newAlarms(function, api, stateMachine, outcomes, topics)
	if err != nil {
		return err
	}
	return b.newDashboard(function, api, stateMachine, alarms)
}

// setTopics sets the outputs about the topics.
func (w *ApprovalWorkflow) setTopics(t topics) {
	w.TopicArn, w.OutcomeTopicArn, w.AlarmTopicArn = t.approvers.arn, t.outcomes.arn, t.operators.arn
	w.PendingApprovers, w.UnprotectedApprovers = t.approvers.unconfirmed(), t.approvers.unprotected()
	w.PendingNotified, w.PendingOperators = t.outcomes.unconfirmed(), t.operators.unconfirmed()
}

// builder contains what the building blocks of a workflow share.
type builder struct {
	ctx   *pulumi.Context
	name  string // the beginning of each resource's name
	args  ApprovalWorkflowArgs
	tags  pulumi.StringMap
	child pulumi.ResourceOption // makes a resource a child of the workflow
}

// part returns the name of a resource that is a part of the workflow.
func (b *builder) part(name string) string { return b.name + separator + name }

// protect returns the option of the resources that the links depend on.
func (b *builder) protect() pulumi.ResourceOption {
	if !b.args.Protect {
		return pulumi.Composite() // rather than Protect(false), which would undo the protection that a program gives the component
	}
	return pulumi.Protect(true)
}

// newLogGroup creates a log group. Its path is the resource's name, so that Pulumi's automatic naming makes it unique.
func (b *builder) newLogGroup(prefix string, days int, opts ...pulumi.ResourceOption) (*cloudwatch.LogGroup, error) {
	group, err := cloudwatch.NewLogGroup(b.ctx, prefix+b.name, &cloudwatch.LogGroupArgs{
		RetentionInDays: pulumi.Int(days),
		Tags:            b.tags,
	}, append(opts, b.child)...)
	if err != nil {
		return nil, fmt.Errorf("log group %s: %w", prefix+b.name, err)
	}
	return group, nil
}
