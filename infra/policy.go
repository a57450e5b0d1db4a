package infra

import (
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
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

func encodePolicy(statements ...statement) (string, error) {
	return policyDocument{Statement: statements}.encode()
}

// encode returns the policy as JSON, in the current version of the policy language.
func (d policyDocument) encode() (string, error) {
	d.Version = "2012-10-17"
	text, err := json.Marshal(d)
	if err != nil {
		return "", fmt.Errorf("encode policy: %w", err)
	}
	return string(text), nil
}

// grant allows actions on a resource, under a condition unless it is nil.
type grant struct {
	resource  pulumi.StringInput
	actions   []string
	condition condition
}

func allow(resource pulumi.StringInput, actions ...string) grant {
	return grant{resource: resource, actions: actions}
}

// when returns the grant under a condition.
func (g grant) when(c condition) grant {
	g.condition = c
	return g
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
		return encodePolicy(statements...)
	}).(pulumi.StringOutput)
}

// trustPolicy returns the policy of a role that only an AWS service can assume, with a condition unless it is nil.
func trustPolicy(service string, condition condition) (string, error) {
	return encodePolicy(statement{
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
