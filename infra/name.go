package infra

import (
	"fmt"
	"regexp"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// maxName is the number of characters that a workflow's name can have. A role has the longest name of all resources: the
// name of the workflow, an ending, and eight characters that Pulumi adds.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
const maxName = 64 - len("-"+stateMachinePart) - len("-1234567")

// nameCharacters are those that the names of all resources can have. Step Functions writes no log for other names.
// https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
var nameCharacters = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// CheckName returns an error unless AWS accepts the names of resources that begin with a workflow's name.
func CheckName(name string) error {
	switch {
	case !nameCharacters.MatchString(name):
		return fmt.Errorf("the name %q can have only letters, digits, - and _", name)
	case len(name) > maxName:
		return fmt.Errorf("the name %q has %d characters, and the names of the resources have room for %d",
			name, len(name), maxName)
	}
	return nil
}

// newLogGroup creates a log group. Its path is the name of the resource, so that Pulumi's automatic naming makes it
// unique.
func (b *builder) newLogGroup(prefix string, days int, opts ...pulumi.ResourceOption) (*cloudwatch.LogGroup, error) {
	group, err := cloudwatch.NewLogGroup(b.ctx, prefix+b.name, &cloudwatch.LogGroupArgs{
		RetentionInDays: pulumi.Int(days),
		Tags:            b.tags,
	}, append(opts, b.child, b.formerly(prefix))...)
	if err != nil {
		return nil, fmt.Errorf("log group %s: %w", prefix+b.name, err)
	}
	return group, nil
}

// formerly keeps a child whose name is a prefix and the name of the workflow when the workflow gets another name. Pulumi
// does so by itself if the child's name begins with the name of the workflow.
func (b *builder) formerly(prefix string) pulumi.ResourceOption {
	var aliases []pulumi.Alias
	for _, alias := range b.aliases {
		if alias.Name != nil {
			aliases = append(aliases, pulumi.Alias{Name: pulumi.Sprintf("%s%s", prefix, alias.Name)})
		}
	}
	return pulumi.Aliases(aliases)
}
