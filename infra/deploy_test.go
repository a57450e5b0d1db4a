package infra

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// testArgs has a value for each argument that is not the default.
var testArgs = ApprovalWorkflowArgs{
	Code:               pulumi.NewFileArchive("function.zip"),
	Emails:             []string{"ann@example.com", "bob@example.com"},
	Timeout:            time.Hour,
	Reminders:          2,
	Approvals:          2,
	Confirm:            true,
	LogRetentionDays:   90,
	AlarmEmails:        []string{"ops@example.com", "on-call@example.com"},
	Dashboard:          true,
	Audit:              true,
	AuditRetentionDays: 731,
	RequestRate:        2.5,
	RequestBurst:       5,
	ASCIISubjects:      true,
	Queues:             []string{"arn:aws:sqs:eu-west-1:123456789012:outbox"},
}

// deploy runs a Pulumi program on a cloud. The program creates workflows with testArgs and the names.
func deploy(t *testing.T, c *cloud, names ...string) {
	t.Helper()
	deployArgs(t, c, testArgs, names...)
}

func deployArgs(t *testing.T, c *cloud, args ApprovalWorkflowArgs, names ...string) {
	t.Helper()
	run(t, c, func(ctx *pulumi.Context) error {
		for _, name := range names {
			if _, err := NewApprovalWorkflow(ctx, name, &args); err != nil {
				return err
			}
		}
		return nil
	})
}

// run runs a Pulumi program on a cloud.
func run(t *testing.T, c *cloud, program pulumi.RunFunc) {
	t.Helper()
	setPreview := func(info *pulumi.RunInfo) { info.DryRun = c.preview }
	if err := pulumi.RunErr(program, pulumi.WithMocks("shop", "dev", c), setPreview); err != nil {
		t.Fatal(err)
	}
}

// ofType returns the inputs of the resources of a type, by name.
func (c *cloud) ofType(token string) map[string]map[string]any {
	found := map[string]map[string]any{}
	for _, r := range c.resources {
		if r.token == token {
			found[r.name] = r.inputs
		}
	}
	return found
}

// only returns the inputs of the only resource of a type.
func (c *cloud) only(t *testing.T, token string) map[string]any {
	t.Helper()
	found := slices.Collect(maps.Values(c.ofType(token)))
	if len(found) != 1 {
		t.Fatalf("%d resources of type %s, want 1", len(found), token)
	}
	return found[0]
}

// states returns the states in the definition of the only state machine.
func (c *cloud) states(t *testing.T) map[string]map[string]any {
	t.Helper()
	definition := c.only(t, "aws:sfn/stateMachine:StateMachine")["definition"].(map[string]any)
	states := map[string]map[string]any{}
	for name, state := range definition["States"].(map[string]any) {
		states[name] = state.(map[string]any)
	}
	return states
}

// picture returns the children of a component with their inputs, as JSON.
func (c *cloud) picture(t *testing.T, component string) string {
	t.Helper()
	picture := map[string]any{}
	for _, r := range c.resources {
		if r.childOf(component) {
			picture[r.token+" "+r.name] = r.inputs
		}
	}
	return indent(t, picture)
}

// indent returns a value as JSON for people.
func indent(t *testing.T, value any) string {
	t.Helper()
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// childOf reports whether the resource is a child of the workflow of that name.
func (r registered) childOf(workflow string) bool {
	return strings.HasSuffix(r.parent, "::"+componentType+"::"+workflow)
}
