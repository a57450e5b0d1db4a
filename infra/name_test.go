package infra

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// nameLimits are the numbers of characters that AWS accepts in the names of resources that Pulumi names.
var nameLimits = map[string]int{
	"aws:apigatewayv2/api:Api":                       128,
	"aws:cloudwatch/eventRule:EventRule":             64,
	"aws:cloudwatch/logGroup:LogGroup":               512,
	"aws:cloudwatch/metricAlarm:MetricAlarm":         255,
	"aws:iam/role:Role":                              64,
	"aws:iam/rolePolicy:RolePolicy":                  128,
	"aws:lambda/function:Function":                   64,
	"aws:sfn/stateMachine:StateMachine":              80,
	"aws:sns/topic:Topic":                            256,
	"aws:cloudwatch/logMetricFilter:LogMetricFilter": 512,
}

// TestNamesHaveRoom checks that the longest name of a workflow leaves room for the names of all resources, and no more.
func TestNamesHaveRoom(t *testing.T) {
	c := &cloud{partition: "aws"}
	deploy(t, c, strings.Repeat("n", maxName))
	room := 512
	for token, limit := range nameLimits {
		named := c.ofType(token)
		if len(named) == 0 {
			t.Errorf("no %s is created", token)
		}
		for name := range named {
			room = min(room, limit-len(name+"-1234567"))
		}
	}
	if room != 0 {
		t.Errorf("the names of all resources leave room for %d more characters, want 0", room)
	}
}

func TestCheckName(t *testing.T) {
	for name, want := range map[string]string{
		strings.Repeat("n", maxName): "", "approval-workflow-dev": "", "Release_Gate2": "",
		"approval-workflow-a-stack-with-too-long-a-name": `the name "approval-workflow-a-stack-with-too-long-a-name" has ` +
			`46 characters, and the names of the resources have room for 42`,
		"":                       `the name "" can have only letters, digits, - and _`,
		"approval-workflow-v1.2": `the name "approval-workflow-v1.2" can have only letters, digits, - and _`,
		"prod\n":                 `the name "prod\n" can have only letters, digits, - and _`,
		"größe":                  `the name "größe" can have only letters, digits, - and _`,
	} {
		got := ""
		if err := CheckName(name); err != nil {
			got = err.Error()
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("CheckName(%q) (-want +got):\n%s", name, diff)
		}
	}
}

func TestWrongNameRegistersNothing(t *testing.T) {
	c := &cloud{partition: "aws"}
	run(t, c, func(ctx *pulumi.Context) error {
		if w, err := NewApprovalWorkflow(ctx, "v1.2", &testArgs); err == nil || w != nil {
			t.Errorf("NewApprovalWorkflow = %v, %v, want only an error", w, err)
		}
		return nil
	})
	if len(c.resources) > 0 {
		t.Errorf("%d resources are registered, want none", len(c.resources))
	}
}

// TestRename checks that each child of a renamed workflow keeps its identity: Pulumi replaces the name of the workflow at the
// beginning of a child's name, and the others need an alias.
func TestRename(t *testing.T) {
	c := &cloud{partition: "aws"}
	run(t, c, func(ctx *pulumi.Context) error {
		renamed := pulumi.Aliases([]pulumi.Alias{{Name: pulumi.String("former")}})
		_, err := NewApprovalWorkflow(ctx, "approval", &testArgs, renamed)
		return err
	})
	want := map[string][]string{"approval": {"former"}}
	for _, prefix := range []string{"/aws/lambda/", "/aws/vendedlogs/apis/", "/aws/vendedlogs/states/", "/aws/events/"} {
		want[prefix+"approval"] = []string{prefix + "former"}
	}
	got := map[string][]string{}
	for _, r := range c.resources {
		for _, alias := range r.aliases {
			got[r.name] = append(got[r.name], alias.GetSpec().GetName())
		}
		if _, aliased := got[r.name]; !aliased && !strings.HasPrefix(r.name, "approval") {
			t.Errorf("%s %s does not begin with the name of the workflow and has no alias", r.token, r.name)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("aliases (-want +got):\n%s", diff)
	}
}
