package infra

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sfn"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"approval-workflow/infra/definition"
)

// stateMachine is the state machine with its log group.
type stateMachine struct {
	*sfn.StateMachine
	logs *cloudwatch.LogGroup
}

// newStateMachine creates the state machine whose executions have function send the request, and wait for the decision.
func (b *builder) newStateMachine(function *function) (*stateMachine, error) {
	logs, err := b.newLogGroup("/aws/vendedlogs/states/") // the prefix, as for the API's
	if err != nil {
		return nil, err
	}
	role, policy, err := b.newStateMachineRole(function)
	if err != nil {
		return nil, err
	}
	s, err := sfn.NewStateMachine(b.ctx, b.name, &sfn.StateMachineArgs{
		Type:       pulumi.String("STANDARD"), // only these wait for a task token
		RoleArn:    role.Arn,
		Definition: b.render(function),
		LoggingConfiguration: sfn.StateMachineLoggingConfigurationArgs{
			Level:                pulumi.String("ERROR"),
			IncludeExecutionData: pulumi.Bool(false), // it holds the task token
			LogDestination:       pulumi.Sprintf("%s:*", logs.Arn),
		},
		TracingConfiguration: sfn.StateMachineTracingConfigurationArgs{Enabled: pulumi.Bool(true)},
		Tags:                 b.tags,
	}, b.child, pulumi.DependsOn([]pulumi.Resource{policy})) // Step Functions refuses logs to a role that may not log
	if err != nil {
		return nil, fmt.Errorf("state machine: %w", err)
	}
	return &stateMachine{StateMachine: s, logs: logs}, nil
}

func (b *builder) render(function *function) pulumi.StringOutput {
	return applyARN(function.Arn, func(function arn) (string, error) {
		return definition.Render(definition.Args{
			Partition:   function.partition,
			FunctionArn: function.text,
			Timeout:     b.config.Timeout,
			Reminders:   b.config.Reminders,
		})
	})
}

// newStateMachineRole creates the role that Step Functions assumes for state machines of the function's account.
// https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html
func (b *builder) newStateMachineRole(function *function) (*iam.Role, *iam.RolePolicy, error) {
	policy := applyARN(function.Arn, func(function arn) (string, error) {
		return trust("states.amazonaws.com", map[string]map[string]string{
			"StringEquals": {"aws:SourceAccount": function.account},
		})
	})
	role, err := b.newRole("state-machine", policy)
	if err != nil {
		return nil, nil, err
	}
	granted, err := b.newRolePolicy("execute", role,
		allow(function.Arn, "lambda:InvokeFunction"),
		// CloudWatch Logs defines log delivery for no resource.
		// https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
		allow(anyResource, "logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery",
			"logs:DeleteLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy",
			"logs:DescribeResourcePolicies", "logs:DescribeLogGroups"),
		// X-Ray has no resource for traces.
		// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html
		allow(anyResource, "xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules",
			"xray:GetSamplingTargets"),
	)
	return role, granted, err
}

// executionsOf is the resource of a policy that stands for all executions of a state machine.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
func executionsOf(stateMachine pulumi.StringOutput) pulumi.StringOutput {
	return stateMachine.ApplyT(func(arn string) string {
		return strings.Replace(arn, ":stateMachine:", ":execution:", 1) + ":*"
	}).(pulumi.StringOutput)
}

// consoleURL is the state machine's page in the AWS console, or empty where the partition's console is not known.
func consoleURL(stateMachine arn) (string, error) {
	domain := map[string]string{
		"aws":        "console.aws.amazon.com",
		"aws-cn":     "console.amazonaws.cn",
		"aws-us-gov": "console.amazonaws-us-gov.com",
		"aws-eusc":   "console.amazonaws-eusc.eu",
	}[stateMachine.partition]
	if domain == "" {
		return "", nil
	}
	return fmt.Sprintf("https://%s.%s/states/home?region=%[1]s#/statemachines/view/%[3]s",
		stateMachine.region, domain, stateMachine.text), nil
}

// arn is what the name of a resource tells: arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
type arn struct{ text, partition, region, account string }

// applyARN makes a text from an ARN once the ARN is known.
func applyARN(output pulumi.StringOutput, f func(arn) (string, error)) pulumi.StringOutput {
	return output.ApplyT(func(text string) (string, error) {
		parts := strings.SplitN(text, ":", 6)
		if len(parts) != 6 || parts[0] != "arn" {
			return "", fmt.Errorf("%q is not an ARN", text)
		}
		return f(arn{text: text, partition: parts[1], region: parts[3], account: parts[4]})
	}).(pulumi.StringOutput)
}
