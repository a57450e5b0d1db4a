package infra

import (
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// anyResource is for actions that AWS defines for no resource of its own. Each use says so.
const anyResource = pulumi.String("*")

// policyDocument is an IAM policy.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
type policyDocument struct {
	Version   string
	Statement []statement
}

type statement struct {
	Effect    string
	Principal map[string]string `json:",omitempty"`
	Action    []string
	Resource  string                       `json:",omitempty"`
	Condition map[string]map[string]string `json:",omitempty"`
}

func encodePolicy(statements ...statement) (string, error) {
	text, err := json.Marshal(policyDocument{Version: "2012-10-17", Statement: statements})
	if err != nil {
		return "", fmt.Errorf("encode policy: %w", err)
	}
	return string(text), nil
}

// permission allows actions on one resource.
type permission struct {
	resource pulumi.StringInput
	actions  []string
}

func allow(resource pulumi.StringInput, actions ...string) permission {
	return permission{resource: resource, actions: actions}
}

// trust is the policy of a role that only an AWS service can assume, under a condition if there is one.
func trust(service string, condition map[string]map[string]string) (string, error) {
	return encodePolicy(statement{
		Effect:    "Allow",
		Principal: map[string]string{"Service": service},
		Action:    []string{"sts:AssumeRole"},
		Condition: condition,
	})
}

// newRole creates a role for one use of the workflow, such as "function".
func (b *builder) newRole(use string, trust pulumi.StringInput) (*iam.Role, error) {
	role, err := iam.NewRole(b.ctx, b.name+"-"+use, &iam.RoleArgs{AssumeRolePolicy: trust, Tags: b.tags}, b.child)
	if err != nil {
		return nil, fmt.Errorf("role of %s: %w", use, err)
	}
	return role, nil
}

// newRolePolicy grants permissions to a role, for one use such as "notify".
func (b *builder) newRolePolicy(use string, role *iam.Role, permissions ...permission) (*iam.RolePolicy, error) {
	args := &iam.RolePolicyArgs{Role: role.Name, Policy: grant(permissions...)}
	policy, err := iam.NewRolePolicy(b.ctx, b.name+"-"+use, args, b.child)
	if err != nil {
		return nil, fmt.Errorf("policy to %s: %w", use, err)
	}
	return policy, nil
}

// grant is the policy that grants permissions, once their resources are known.
func grant(permissions ...permission) pulumi.StringOutput {
	arns := make(pulumi.StringArray, len(permissions))
	for i, p := range permissions {
		arns[i] = p.resource
	}
	return arns.ToStringArrayOutput().ApplyT(func(arns []string) (string, error) {
		statements := make([]statement, len(arns))
		for i, arn := range arns {
			statements[i] = statement{Effect: "Allow", Action: permissions[i].actions, Resource: arn}
		}
		return encodePolicy(statements...)
	}).(pulumi.StringOutput)
}
