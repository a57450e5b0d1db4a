package infra

import (
	"encoding/json"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"approval-workflow/handler/web"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestGraph(t *testing.T) {
	c := &cloud{partition: "aws"}
	deploy(t, c, "approval")
	got := c.picture(t, "approval")
	const golden = "testdata/graph.golden.json"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("the graph has changed; if it should, run go test ./infra -update (-want +got):\n%s", diff)
	}
}

func TestEverythingBelongsToTheComponent(t *testing.T) {
	c := &cloud{partition: "aws"}
	deploy(t, c, "approval")
	for _, r := range c.resources {
		isComponent := r.token == "approval-workflow:infra:ApprovalWorkflow"
		if isChild := strings.HasSuffix(r.parent, "ApprovalWorkflow::approval"); isChild == isComponent {
			t.Errorf("%s %s has the parent %s", r.token, r.name, r.parent)
		}
		if name, given := r.inputs["name"]; given && name != "$default" {
			t.Errorf("%s %s has the fixed name %v: a second stack could not have it too", r.token, r.name, name)
		}
	}
}

func TestTwoInstances(t *testing.T) {
	c := &cloud{partition: "aws"}
	deploy(t, c, "first", "second")
	seen := map[string]bool{}
	for _, r := range c.resources {
		if key := r.token + " " + r.name; seen[key] {
			t.Errorf("%s is registered twice", key)
		} else {
			seen[key] = true
		}
	}
	// Nothing of the first may be found in the second.
	renamed := strings.ReplaceAll(c.picture(t, "first"), "first", "second")
	if diff := cmp.Diff(renamed, c.picture(t, "second")); diff != "" {
		t.Errorf("the second is not made like the first (-first +second):\n%s", diff)
	}
}

func TestPreview(t *testing.T) {
	preview, update := &cloud{partition: "aws", preview: true}, &cloud{partition: "aws"}
	deploy(t, preview, "approval")
	deploy(t, update, "approval")
	list := func(c *cloud) []string {
		var names []string
		for _, r := range c.resources {
			names = append(names, r.token+" "+r.name)
		}
		return slices.Sorted(slices.Values(names))
	}
	if diff := cmp.Diff(list(update), list(preview)); diff != "" {
		t.Errorf("the preview shows other resources than the update (-update +preview):\n%s", diff)
	}
	if text, known := preview.one(t, "aws:sfn/stateMachine:StateMachine")["definition"]; known {
		t.Errorf("the definition is known before the function is: %v", text)
	}
}

// AWS checks a role's permissions when it creates what uses the role.
func TestPolicyComesBeforeItsUse(t *testing.T) {
	c := &cloud{partition: "aws"}
	deploy(t, c, "approval")
	for token, policy := range map[string]string{
		"aws:lambda/function:Function":      "approval-notify",
		"aws:sfn/stateMachine:StateMachine": "approval-execute",
	} {
		i := slices.IndexFunc(c.resources, func(r registered) bool { return r.token == token })
		isPolicy := func(urn string) bool { return strings.HasSuffix(urn, "::"+policy) }
		if !slices.ContainsFunc(c.resources[i].dependsOn, isPolicy) {
			t.Errorf("%s does not wait for policy %s", token, policy)
		}
	}
}

func TestRoutes(t *testing.T) {
	c := &cloud{partition: "aws"}
	deploy(t, c, "approval")
	var routes, sources, wantSources []string
	for _, route := range c.of("aws:apigatewayv2/route:Route") {
		routes = append(routes, route["routeKey"].(string))
	}
	for _, permission := range c.of("aws:lambda/permission:Permission") {
		sources = append(sources, permission["sourceArn"].(string))
	}
	for _, key := range web.RouteKeys() {
		wantSources = append(wantSources, "arn:aws:execute-api:eu-west-1:123456789012:approval-api/*/"+
			strings.Replace(key, " ", "", 1))
	}
	sorted := func(list []string) []string { return slices.Sorted(slices.Values(list)) }
	if diff := cmp.Diff(sorted(web.RouteKeys()), sorted(routes)); diff != "" {
		t.Errorf("routes (-handler +API):\n%s", diff)
	}
	if diff := cmp.Diff(sorted(wantSources), sorted(sources)); diff != "" {
		t.Errorf("who may invoke the function (-want +got):\n%s", diff)
	}
}

func TestAccessLogHoldsNoToken(t *testing.T) {
	var format map[string]string
	if err := json.Unmarshal([]byte(accessLogFormat), &format); err != nil {
		t.Fatalf("the format of the access log is no JSON: %v", err)
	}
	harmless := []string{
		"$context.requestId", "$context.requestTime", "$context.identity.sourceIp", "$context.httpMethod",
		"$context.routeKey", "$context.status", "$context.integrationStatus", "$context.integrationErrorMessage",
		"$context.responseLatency",
	}
	for name, variable := range format {
		if !slices.Contains(harmless, variable) {
			t.Errorf("%s is %s, which may hold a path or a query", name, variable)
		}
	}
}

func TestOtherPartition(t *testing.T) {
	c := &cloud{partition: "aws-cn"}
	deploy(t, c, "approval")
	definition := c.one(t, "aws:sfn/stateMachine:StateMachine")["definition"].(map[string]any)
	task := definition["States"].(map[string]any)["RequestApproval"].(map[string]any)
	if got, want := task["Resource"], "arn:aws-cn:states:::lambda:invoke.waitForTaskToken"; got != want {
		t.Errorf("task resource %v, want %s", got, want)
	}
}

func TestConsoleURL(t *testing.T) {
	tests := []struct{ partition, region, want string }{
		{"aws", "eu-west-1",
			"https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/statemachines/view/ARN"},
		{"aws-cn", "cn-north-1",
			"https://cn-north-1.console.amazonaws.cn/states/home?region=cn-north-1#/statemachines/view/ARN"},
		{"aws-us-gov", "us-gov-west-1",
			"https://us-gov-west-1.console.amazonaws-us-gov.com/states/home?region=us-gov-west-1#/statemachines/view/ARN"},
		{"aws-iso", "us-iso-east-1", ""},
	}
	for _, test := range tests {
		got, err := consoleURL(arn{text: "ARN", partition: test.partition, region: test.region})
		if got != test.want || err != nil {
			t.Errorf("console in %s: %q, %v; want %q", test.partition, got, err, test.want)
		}
	}
}

func TestFaultyArgs(t *testing.T) {
	code := pulumi.NewFileArchive("function.zip")
	tests := []struct {
		name string
		args *ApprovalWorkflowArgs
		want []string
	}{
		{"none", nil, []string{"code is missing"}},
		{"no code", &ApprovalWorkflowArgs{Config: testConfig}, []string{"code is missing"}},
		{"no config", &ApprovalWorkflowArgs{Code: code}, []string{"email is not set", "timeout 0s", "logRetentionDays 0"}},
	}
	for _, test := range tests {
		c := &cloud{}
		err := pulumi.RunErr(func(ctx *pulumi.Context) error {
			_, err := NewApprovalWorkflow(ctx, "approval", test.args)
			return err
		}, pulumi.WithMocks("shop", "dev", c))
		for _, want := range test.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error %v, want one with %q", test.name, err, want)
			}
		}
		if len(c.resources) > 0 {
			t.Errorf("%s: %d resources were registered", test.name, len(c.resources))
		}
	}
}
