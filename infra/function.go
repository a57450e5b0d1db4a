package infra

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// memoryMB also sets the function's share of a processor: 1,769 MB get a whole one. The function needs 16 MB, and up to
	// 42 MB for the largest inputs. Half of this memory would double the time of the first click, and more would save less
	// than a call to AWS takes: see handler/benchmark.
	// https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
	memoryMB = 256
	// functionTimeout leaves time for a cold start in addition to approval.CallTimeout. It is shorter than the 30
	// seconds that the API waits.
	functionTimeout = 20 * time.Second
)

// function is the Lambda function with its role and log group.
type function struct {
	*lambda.Function
	role *iam.Role
	logs *cloudwatch.LogGroup
}

// newFunction creates the function. It publishes e-mails with signed links to the API, and answers the clicks.
func (b *builder) newFunction(role *iam.Role, key *kms.Key, topic *sns.Topic, api *api) (*function, error) {
	logs, err := b.newLogGroup("/aws/lambda/", b.args.LogRetentionDays)
	if err != nil {
		return nil, err
	}
	policy, err := b.newNotifyPolicy(role, key, topic, logs)
	if err != nil {
		return nil, err
	}
	f, err := lambda.NewFunction(b.ctx, b.name, &lambda.FunctionArgs{
		Description:   pulumi.String("Asks the approvers by e-mail and passes their decision to the state machine"),
		Runtime:       pulumi.String("provided.al2023"),
		Architectures: pulumi.StringArray{pulumi.String("arm64")},
		Handler:       pulumi.String("bootstrap"),
		Code:          b.args.Code,
		MemorySize:    pulumi.Int(memoryMB),
		Timeout:       pulumi.Int(int(functionTimeout.Seconds())),
		Role:          role.Arn,
		Environment:   lambda.FunctionEnvironmentArgs{Variables: b.environment(key, topic, api)},
		LoggingConfig: lambda.FunctionLoggingConfigArgs{LogFormat: pulumi.String("JSON"), LogGroup: logs.Name},
		TracingConfig: lambda.FunctionTracingConfigArgs{Mode: pulumi.String("Active")},
		Tags:          b.tags,
	}, b.child, pulumi.DependsOn([]pulumi.Resource{policy})) // Lambda checks the permission to write traces
	if err != nil {
		return nil, fmt.Errorf("function: %w", err)
	}
	return &function{Function: f, role: role, logs: logs}, nil
}

// environment returns the function's environment. handler/config.go reads it.
func (b *builder) environment(key *kms.Key, topic *sns.Topic, api *api) pulumi.StringMap {
	return pulumi.StringMap{
		"TOPIC_ARN":      topic.Arn,
		"LINK_KEY_ARN":   key.Arn,
		"API_URL":        api.ApiEndpoint,
		"APPROVERS":      pulumi.String(strings.Join(b.args.Emails, ",")),
		"CONFIRM":        pulumi.String(strconv.FormatBool(b.args.Confirm)),
		"WORKFLOW_NAME":  pulumi.String(b.name),
		"ASCII_SUBJECTS": pulumi.String(strconv.FormatBool(b.args.ASCIISubjects)),
	}
}
