package infra

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// cloud replaces Pulumi's engine and AWS. It records what a program registers, and returns what AWS would assign.
type cloud struct {
	partition string
	preview   bool // as in pulumi preview, the values that AWS assigns are unknown

	mu        sync.Mutex
	resources []registered
}

// registered is a resource that a program has registered.
type registered struct {
	token, name, parent string
	inputs              map[string]any
	dependsOn           []string // URNs
	aliases             []*pulumirpc.Alias
	retained            bool // on delete
}

func (c *cloud) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.resources = append(c.resources, registered{
		token:     args.TypeToken,
		name:      args.Name,
		parent:    args.RegisterRPC.GetParent(),
		inputs:    args.Inputs.MapRepl(nil, plain),
		dependsOn: args.RegisterRPC.GetDependencies(),
		aliases:   args.RegisterRPC.GetAliases(),
		retained:  args.RegisterRPC.GetRetainOnDelete(),
	})
	if c.preview {
		return "", args.Inputs, nil
	}
	state := args.Inputs.Copy()
	for key, value := range c.assigned(args) {
		state[resource.PropertyKey(key)] = resource.NewPropertyValue(value)
	}
	_, kind, _ := strings.Cut(args.TypeToken, "/") // such as api:Api
	kind, _, _ = strings.Cut(kind, ":")
	return args.Name + "-" + kind, state, nil
}

func (c *cloud) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	return nil, fmt.Errorf("call %s: the workflow looks nothing up", args.Token)
}

// assigned returns what AWS and Pulumi's automatic naming add to the inputs of a resource.
func (c *cloud) assigned(args pulumi.MockResourceArgs) map[string]any {
	name := args.Name + "-1234567"
	arn := func(service, resource string) string {
		return fmt.Sprintf("arn:%s:%s:eu-west-1:123456789012:%s", c.partition, service, resource)
	}
	switch args.TypeToken {
	case "aws:sns/topic:Topic":
		return map[string]any{"name": name, "arn": arn("sns", name)}
	case "aws:sns/topicSubscription:TopicSubscription":
		endpoint := args.Inputs["endpoint"].StringValue()
		return map[string]any{
			"pendingConfirmation":          endpoint == "bob@example.com" || endpoint == "on-call@example.com",
			"confirmationWasAuthenticated": endpoint == "cy@example.com",
		}
	case "aws:cloudwatch/eventRule:EventRule":
		return map[string]any{"name": name, "arn": arn("events", "rule/"+name)}
	case "aws:cloudwatch/logGroup:LogGroup":
		return map[string]any{"name": name, "arn": arn("logs", "log-group:"+name)}
	case "aws:iam/role:Role":
		return map[string]any{"name": name, "arn": fmt.Sprintf("arn:%s:iam::123456789012:role/%s", c.partition, name)}
	case "aws:kms/key:Key":
		return map[string]any{"arn": arn("kms", "key/"+name)}
	case "aws:lambda/function:Function":
		function := arn("lambda", "function:"+name)
		return map[string]any{"name": name, "arn": function, "invokeArn": fmt.Sprintf(
			"arn:%s:apigateway:eu-west-1:lambda:path/2015-03-31/functions/%s/invocations", c.partition, function)}
	case "aws:cloudwatch/metricAlarm:MetricAlarm":
		return map[string]any{"arn": arn("cloudwatch", "alarm:"+name)}
	case "aws:sfn/stateMachine:StateMachine":
		return map[string]any{"name": name, "arn": arn("states", "stateMachine:"+name)}
	case "aws:apigatewayv2/api:Api":
		return map[string]any{
			"apiEndpoint":  "https://" + args.Name + "-api.execute-api.eu-west-1.amazonaws.com",
			"executionArn": arn("execute-api", args.Name+"-api"),
		}
	}
	return nil
}

// plain replaces an archive by its path, and a string that contains a JSON object by the object.
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
