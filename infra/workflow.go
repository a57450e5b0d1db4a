// Package infra holds every AWS resource of the approval workflow, as one Pulumi component.
package infra

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const componentType = "approval-workflow:infra:ApprovalWorkflow"

// ApprovalWorkflow is a manual approval gate: a state machine whose executions ask the approvers by e-mail and end by
// their decision. A Pulumi program can hold several.
type ApprovalWorkflow struct {
	pulumi.ResourceState

	// StateMachineArn names the state machine whose executions are requests for approval.
	StateMachineArn pulumi.StringOutput `pulumi:"stateMachineArn"`
	// APIURL is where the links of the e-mails lead, without a slash at its end.
	APIURL pulumi.StringOutput `pulumi:"apiUrl"`
	// TopicArn names the SNS topic that the approvers subscribe to.
	TopicArn pulumi.StringOutput `pulumi:"topicArn"`
	// PendingApprovers are the addresses that have not confirmed their subscription, as far as the state of the stack
	// knows: a refresh asks SNS again.
	PendingApprovers pulumi.StringArrayOutput `pulumi:"pendingApprovers"`
	// FunctionName is the name of the Lambda function.
	FunctionName pulumi.StringOutput `pulumi:"functionName"`
	// ConsoleURL is the page of the state machine in the AWS console.
	ConsoleURL pulumi.StringOutput `pulumi:"consoleUrl"`
}

// ApprovalWorkflowArgs says what an ApprovalWorkflow is made from.
type ApprovalWorkflowArgs struct {
	Config
	// Code is the function's deployment package: the zip that package build makes.
	Code pulumi.Archive
}

// NewApprovalWorkflow creates an ApprovalWorkflow. The names of its resources begin with name; Pulumi's automatic
// naming makes them unique in the account.
func NewApprovalWorkflow(
	ctx *pulumi.Context, name string, args *ApprovalWorkflowArgs, opts ...pulumi.ResourceOption,
) (*ApprovalWorkflow, error) {
	if args == nil || args.Code == nil {
		return nil, errors.New("approval workflow: the function's code is missing from the arguments")
	}
	if err := args.check(); err != nil {
		return nil, fmt.Errorf("approval workflow: %w", err)
	}
	workflow := &ApprovalWorkflow{}
	if err := ctx.RegisterComponentResource(componentType, name, workflow, opts...); err != nil {
		return nil, fmt.Errorf("register component: %w", err)
	}
	b := &builder{
		ctx:    ctx,
		name:   name,
		config: args.Config,
		tags:   pulumi.StringMap{"project": pulumi.String(ctx.Project()), "stack": pulumi.String(ctx.Stack())},
		child:  pulumi.Parent(workflow),
	}
	if err := workflow.build(b, args.Code); err != nil {
		return nil, err
	}
	return workflow, ctx.RegisterResourceOutputs(workflow, pulumi.Map{
		"stateMachineArn":  workflow.StateMachineArn,
		"apiUrl":           workflow.APIURL,
		"topicArn":         workflow.TopicArn,
		"pendingApprovers": workflow.PendingApprovers,
		"functionName":     workflow.FunctionName,
		"consoleUrl":       workflow.ConsoleURL,
	})
}

// build puts the workflow together: an e-mail goes to the topic, its links lead to the API, the API and the state
// machine invoke the function, and the function answers the state machine. Alarms watch over what they log and measure.
func (w *ApprovalWorkflow) build(b *builder, code pulumi.Archive) error {
	topic, pending, err := b.newTopic()
	if err != nil {
		return err
	}
	api, err := b.newAPI() // it has its address before it has routes, so that the function can know it
	if err != nil {
		return err
	}
	function, err := b.newFunction(code, topic, api)
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
	if err := b.newCallbackPolicy(function, stateMachine); err != nil {
		return err
	}
	if err := b.newAlarms(function, api, stateMachine); err != nil {
		return err
	}
	w.StateMachineArn = stateMachine.Arn
	w.APIURL = api.ApiEndpoint
	w.TopicArn = topic.Arn
	w.PendingApprovers = pending
	w.FunctionName = function.Name
	w.ConsoleURL = applyARN(stateMachine.Arn, consoleURL)
	return nil
}

// builder holds what the building blocks of one workflow have in common.
type builder struct {
	ctx    *pulumi.Context
	name   string // begins the name of each resource
	config Config
	tags   pulumi.StringMap
	child  pulumi.ResourceOption // makes a resource a child of the workflow
}

// newLogGroup creates a log group whose name begins with prefix. Being the resource's own name, the path is unique by
// Pulumi's automatic naming.
func (b *builder) newLogGroup(prefix string) (*cloudwatch.LogGroup, error) {
	group, err := cloudwatch.NewLogGroup(b.ctx, prefix+b.name, &cloudwatch.LogGroupArgs{
		RetentionInDays: pulumi.Int(b.config.LogRetentionDays),
		Tags:            b.tags,
	}, b.child)
	if err != nil {
		return nil, fmt.Errorf("log group %s: %w", prefix+b.name, err)
	}
	return group, nil
}
