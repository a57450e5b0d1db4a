package infra

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// cloud stands in for the engine and AWS: it records what is registered, and answers with what AWS would assign.
type cloud struct {
	partition string
	preview   bool // as in pulumi preview, what AWS assigns is unknown

	mu        sync.Mutex
	resources []registered
}

type registered struct {
	token, name, parent string
	inputs              map[string]any
	dependsOn           []string // URNs
}

func (c *cloud) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.resources = append(c.resources, registered{
		token: args.TypeToken, name: args.Name,
		parent:    args.RegisterRPC.GetParent(),
		inputs:    args.Inputs.MapRepl(nil, plain),
		dependsOn: args.RegisterRPC.GetDependencies(),
	})
	if c.preview {
		return "", args.Inputs, nil
	}
	state := args.Inputs.Copy()
	for key, value := range c.assigned(args) {
		state[resource.PropertyKey(key)] = resource.NewProperty(value)
	}
	_, kind, _ := strings.Cut(args.TypeToken, "/") // api:Api, ...
	kind, _, _ = strings.Cut(kind, ":")
	return args.Name + "-" + kind, state, nil
}

func (c *cloud) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	return nil, fmt.Errorf("the workflow looks nothing up, but calls %s", args.Token)
}

// assigned is what AWS, and the automatic naming, give a resource beyond its inputs.
func (c *cloud) assigned(args pulumi.MockResourceArgs) map[string]string {
	name := args.Name + "-1234567"
	arn := func(service, resource string) string {
		return fmt.Sprintf("arn:%s:%s:eu-west-1:123456789012:%s", c.partition, service, resource)
	}
	switch args.TypeToken {
	case "aws:sns/topic:Topic":
		return map[string]string{"name": name, "arn": arn("sns", name)}
	case "aws:cloudwatch/logGroup:LogGroup":
		return map[string]string{"name": name, "arn": arn("logs", "log-group:"+name)}
	case "aws:iam/role:Role":
		role := fmt.Sprintf("arn:%s:iam::123456789012:role/%s", c.partition, name)
		return map[string]string{"name": name, "arn": role}
	case "aws:lambda/function:Function":
		function := arn("lambda", "function:"+name)
		return map[string]string{"name": name, "arn": function, "invokeArn": fmt.Sprintf(
			"arn:%s:apigateway:eu-west-1:lambda:path/2015-03-31/functions/%s/invocations", c.partition, function)}
	case "aws:sfn/stateMachine:StateMachine":
		return map[string]string{"name": name, "arn": arn("states", "stateMachine:"+name)}
	case "aws:apigatewayv2/api:Api":
		return map[string]string{
			"apiEndpoint":  "https://" + args.Name + "-api.execute-api.eu-west-1.amazonaws.com",
			"executionArn": arn("execute-api", args.Name+"-api"),
		}
	}
	return nil
}

// plain shows an archive by its path, and JSON within a string as what it holds.
func plain(value resource.PropertyValue) (any, bool) {
	if value.IsArchive() {
		return "archive " + value.ArchiveValue().Path, true
	}
	var object map[string]any
	if value.IsString() && strings.HasPrefix(value.StringValue(), "{") &&
		json.Unmarshal([]byte(value.StringValue()), &object) == nil {
		return object, true
	}
	return nil, false
}

// testConfig is a config with everything set to something that is no default.
var testConfig = Config{
	Emails:           []string{"ann@example.com", "bob@example.com"},
	Timeout:          time.Hour,
	Reminders:        2,
	Confirm:          true,
	LogRetentionDays: 90,
	AlarmEmails:      []string{"ops@example.com", "on-call@example.com"},
}

// deploy runs a Pulumi program that creates a workflow of each name on a cloud.
func deploy(t *testing.T, c *cloud, names ...string) {
	t.Helper()
	deployConfig(t, c, testConfig, names...)
}

func deployConfig(t *testing.T, c *cloud, config Config, names ...string) {
	t.Helper()
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		for _, name := range names {
			_, err := NewApprovalWorkflow(ctx, name, &ApprovalWorkflowArgs{
				Config: config, Code: pulumi.NewFileArchive("function.zip"),
			})
			if err != nil {
				return err
			}
		}
		return nil
	}, pulumi.WithMocks("shop", "dev", c), func(info *pulumi.RunInfo) { info.DryRun = c.preview })
	if err != nil {
		t.Fatal(err)
	}
}

// of returns the inputs of the resources of a type, by their names.
func (c *cloud) of(token string) map[string]map[string]any {
	found := map[string]map[string]any{}
	for _, r := range c.resources {
		if r.token == token {
			found[r.name] = r.inputs
		}
	}
	return found
}

// one returns the inputs of the only resource of a type.
func (c *cloud) one(t *testing.T, token string) map[string]any {
	t.Helper()
	found := slices.Collect(maps.Values(c.of(token)))
	if len(found) != 1 {
		t.Fatalf("%d resources of type %s, want 1", len(found), token)
	}
	return found[0]
}

// picture shows what was registered under the component of that name: each resource with its inputs.
func (c *cloud) picture(t *testing.T, component string) string {
	t.Helper()
	picture := map[string]any{}
	for _, r := range c.resources {
		if strings.HasSuffix(r.parent, "ApprovalWorkflow::"+component) {
			picture[r.token+" "+r.name] = r.inputs
		}
	}
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(picture); err != nil {
		t.Fatal(err)
	}
	return text.String()
}
