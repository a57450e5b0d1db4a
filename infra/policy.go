package infra

import (
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// anyResource is for actions that AWS cannot restrict to a resource. A comment beside each use gives the reason.
const anyResource = pulumi.String("*")

// policyDocument is an IAM policy.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
type policyDocument struct {
	Version   string
	ID        string `json:"Id,omitempty"`
	Statement []statement
}

type statement struct {
	ID        string `json:"Sid,omitempty"`
	Effect    string
	Principal map[string]string `json:",omitempty"`
	Action    []string
	Resource  string    `json:",omitempty"`
	Condition condition `json:",omitempty"`
}

// condition maps operators to condition keys and their values. A value is a string or a list of strings.
type condition map[string]map[string]any

// encodePolicy returns a policy with the statements as JSON. An empty ID is left out.
func encodePolicy(id string, statements ...statement) (string, error) {
	text, err := json.Marshal(policyDocument{Version: "2012-10-17", ID: id, Statement: statements})
	return string(text), err
}

// onlyFor returns a statement that denies an action to everybody except for a role, whatever other policies and grants allow.
// Whoever calls without a principal's ARN is denied too. For the session of an assumed role, aws:PrincipalArn is the ARN of the role.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
func onlyFor(role, action, resource string) statement {
	return statement{
		Effect: "Deny", Principal: map[string]string{"AWS": "*"}, Action: []string{action}, Resource: resource,
		Condition: condition{"ArnNotEquals": {"aws:PrincipalArn": role}},
	}
}

// grant allows actions on a resource, under a condition unless it is nil.
type grant struct {
	resource  pulumi.StringInput
	actions   []string
	condition condition
}

func allow(resource pulumi.StringInput, actions ...string) grant {
	return grant{resource, actions, nil}
}

// policy returns an IAM policy with the grants.
func policy(grants ...grant) pulumi.StringOutput {
	arns := make(pulumi.StringArray, len(grants))
	for i, g := range grants {
		arns[i] = g.resource
	}
	return arns.ToStringArrayOutput().ApplyT(func(arns []string) (string, error) {
		statements := make([]statement, len(arns))
		for i, resource := range arns {
			statements[i] = statement{Effect: "Allow", Action: grants[i].actions, Resource: resource, Condition: grants[i].condition}
		}
		return encodePolicy("", statements...)
	}).(pulumi.StringOutput)
}

// trustPolicy returns the policy of a role that only an AWS service can assume, with a condition unless it is nil.
func trustPolicy(service string, condition condition) (string, error) {
	return encodePolicy("", statement{
		Effect:    "Allow",
		Principal: map[string]string{"Service": service},
		Action:    []string{"sts:AssumeRole"},
		Condition: condition,
	})
}

// applyArn applies f to the ARN in output, and fails if output is not an ARN.
func applyArn(output pulumi.StringOutput, f func(arn.ARN) (string, error)) pulumi.StringOutput {
	return output.ApplyT(func(text string) (string, error) {
		parsed, err := arn.Parse(text)
		if err != nil {
			return "", fmt.Errorf("%q: %w", text, err)
		}
		return f(parsed)
	}).(pulumi.StringOutput)
}

// newRole creates a role for a part of the workflow, such as "function". The trust policy says who can assume it.
func (b *builder) newRole(part string, trust pulumi.StringInput) (*iam.Role, error) {
	role, err := iam.NewRole(b.ctx, b.part(part), &iam.RoleArgs{AssumeRolePolicy: trust, Tags: b.tags}, b.child)
	if err != nil {
		return nil, fmt.Errorf("role of %s: %w", part, err)
	}
	return role, nil
}

// newRolePolicy creates a policy with the grants for a role. The purpose, such as "notify", is part of its name.
func (b *builder) newRolePolicy(purpose string, role *iam.Role, grants ...grant) (*iam.RolePolicy, error) {
	args := &iam.RolePolicyArgs{Role: role.Name, Policy: policy(grants...)}
	created, err := iam.NewRolePolicy(b.ctx, b.part(purpose), args, b.child)
	if err != nil {
		return nil, fmt.Errorf("policy to %s: %w", purpose, err)
	}
	return created, nil
}
