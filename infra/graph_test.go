package infra

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func TestGraph(t *testing.T) {
	c := deploy(t, &cloud{partition: "aws"}, with(func(a *ApprovalWorkflowArgs) { a.Dashboard = false }), "approval")
	checkGolden(t, "testdata/graph.golden.json", c.picture(t, "approval")) // TestDashboard shows the dashboard
}

func TestResourcesAreChildrenWithoutFixedNames(t *testing.T) {
	for _, r := range deployed(t).resources {
		if isComponent := r.token == componentType; r.childOf("approval") == isComponent {
			t.Errorf("%s %s has the parent %q", r.token, r.name, r.parent)
		}
		if name, given := r.inputs["name"]; given && name != "$default" && name != testArgs.Domain {
			t.Errorf("%s %s has the fixed name %v, which a second stack could not use", r.token, r.name, name)
		}
	}
}

func TestTwoWorkflows(t *testing.T) {
	c := deploy(t, &cloud{partition: "aws"}, testArgs, "first", "second")
	// The two differ only in the name, so the second contains nothing of the first.
	renamed := strings.ReplaceAll(c.picture(t, "first"), "first", "second")
	if diff := cmp.Diff(renamed, c.picture(t, "second")); diff != "" {
		t.Errorf("workflows (-first +second):\n%s", diff)
	}
}

// TestWorkflowsShareNoName checks that no resource of one workflow has the type and the name of another workflow's. Pulumi's
// engine takes both for the same resource, because the identity of a child has only the type of its parent. The mocks do not.
func TestWorkflowsShareNoName(t *testing.T) {
	args := testArgs
	args.Emails = []string{"lead@example.com", "qa-lead@example.com"}
	for _, second := range []string{"release-qa", "release-alarms", "release-links", "release-function", "release-GET-approve"} {
		seen := map[string]bool{}
		for _, r := range deploy(t, &cloud{partition: "aws"}, args, "release", second).resources {
			key := r.token + " " + r.name
			if seen[key] {
				t.Errorf("release and %s: %s is registered twice", second, key)
			}
			seen[key] = true
		}
	}
}

func TestPreview(t *testing.T) {
	preview := deploy(t, &cloud{partition: "aws", preview: true}, testArgs, "approval")
	list := func(c *cloud) []string {
		var names []string
		for _, r := range c.resources {
			names = append(names, r.token+" "+r.name)
		}
		slices.Sort(names)
		return names
	}
	if diff := cmp.Diff(list(deployed(t)), list(preview)); diff != "" {
		t.Errorf("resources (-update +preview):\n%s", diff)
	}
	if text, known := preview.only(t, stateMachineToken)["definition"]; known {
		t.Errorf("the definition is known before the function's ARN: %v", text)
	}
}

// TestOrder checks what comes before what. AWS checks the permissions of a role when it creates a resource that uses the
// role. EventBridge needs the permission of a target for the first event. When an update adds an approver, the policy of the
// version before denies the new address.
func TestOrder(t *testing.T) {
	c := deployed(t)
	for _, test := range []struct{ token, name, before string }{
		{functionToken, "approval", "aws:iam/rolePolicy:RolePolicy::approval--notify"},
		{stateMachineToken, "approval", "aws:iam/rolePolicy:RolePolicy::approval--execute"},
		{targetToken, "approval--outcomes", "aws:lambda/permission:Permission::approval--outcomes"},
		{targetToken, "approval--audit", "aws:cloudwatch/logResourcePolicy:LogResourcePolicy::approval--audit"},
		{subscriptionToken, "approval--ann@example.com", "aws:sns/topicPolicy:TopicPolicy::approval"},
		{subscriptionToken, "approval--bob@example.com", "aws:sns/topicPolicy:TopicPolicy::approval"},
	} {
		i := slices.IndexFunc(c.resources, func(r registered) bool { return r.token == test.token && r.name == test.name })
		isBefore := func(urn string) bool { return strings.HasSuffix(urn, test.before) }
		if i < 0 || !slices.ContainsFunc(c.resources[i].dependsOn, isBefore) {
			t.Errorf("%s %s does not depend on %s", test.token, test.name, test.before)
		}
	}
}

func TestOtherPartition(t *testing.T) {
	c := deploy(t, &cloud{partition: "aws-cn"}, testArgs, "approval")
	got, want := c.states(t)["RequestApproval"]["Resource"], "arn:aws-cn:states:::lambda:invoke.waitForTaskToken"
	if got != want {
		t.Errorf("resource of the task = %v, want %s", got, want)
	}
}

// outputs deploys a workflow and returns its outputs.
func outputs(t *testing.T, partition string, args ApprovalWorkflowArgs) map[string]any {
	t.Helper()
	c, resolved := &cloud{partition: partition}, map[string]any{}
	args = c.localize(args)
	run(t, c, func(ctx *pulumi.Context) error {
		w, err := NewApprovalWorkflow(ctx, "approval", &args)
		if err != nil {
			return err
		}
		w.Outputs().ToMapOutput().ApplyT(func(values map[string]any) error {
			resolved = values
			return nil
		})
		return nil
	})
	return resolved
}

func TestOutputs(t *testing.T) {
	want := map[string]any{
		"stateMachineArn":      stateMachineARN,
		"apiUrl":               "https://approvals.example.com",
		"domainTarget":         domainTarget,
		"topicArn":             topicARN,
		"pendingApprovers":     []string{"bob@example.com"},
		"unprotectedApprovers": []string{"ann@example.com", "dora@example.com", "dan@example.com"},
		"outcomeTopicArn":      outcomeTopicARN,
		"pendingNotified":      []string{},
		"alarmTopicArn":        alarmTopicARN,
		"pendingOperators":     []string{"on-call@example.com"},
		"auditLogGroup":        "/aws/events/approval-1234567",
		"whatNext":             "Confirm the subscription of bob@example.com and 1 more (README.md, Deploy), then run: pulumi up --refresh",
		"functionName":         "approval-1234567",
		"consoleUrl": "https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/statemachines/view/" +
			stateMachineARN,
	}
	if diff := cmp.Diff(want, outputs(t, "aws", testArgs)); diff != "" {
		t.Errorf("outputs (-want +got):\n%s", diff)
	}
	if got := outputs(t, "aws-iso", testArgs)["consoleUrl"]; got != "" {
		t.Errorf("consoleUrl = %q, want none in an unknown partition", got)
	}
}

// TestOutputsWithoutOptions checks the outputs of a workflow whose only approver has confirmed with AWS credentials.
func TestOutputsWithoutOptions(t *testing.T) {
	got := outputs(t, "aws", ApprovalWorkflowArgs{Code: testArgs.Code, Emails: []string{"cy@example.com"}})
	want := map[string]any{
		"pendingApprovers": []string{}, "unprotectedApprovers": []string{}, "pendingOperators": []string{},
		"alarmTopicArn": "", "auditLogGroup": "",
		"whatNext": "Ask for an approval (README.md, Use): aws stepfunctions start-execution " +
			`--state-machine-arn "$(pulumi stack output stateMachineArn)"`,
	}
	for name, value := range want {
		if diff := cmp.Diff(value, got[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestWhatNext checks that the output begins with what to do, and that the CLI shows all of it.
func TestWhatNext(t *testing.T) {
	const limit = 150 // characters
	many := addresses(maxApprovers, 0)
	long := []string{strings.Repeat("ö", 200) + "@example.com"}
	longest := strings.Repeat("x", 28) + "@example.com"
	shortened := strings.Repeat("ö", 39) + "…"
	for _, test := range []struct {
		pending, notified, operators, unprotected []string
		want                                      string
	}{
		{nil, nil, nil, nil, "Ask for an approval (README.md, Use): "},
		{many[:1], nil, nil, many, "Confirm the subscription of " + many[0] + " (README.md, Deploy), then run: pulumi up --refresh"},
		{nil, many[:1], many[1:2], nil, "Confirm the subscription of " + many[0] + " and 1 more (README.md, Deploy)"},
		{many, nil, many, nil, "Confirm the subscription of " + many[0] + " and 399 more (README.md, Deploy)"},
		{append(long, many...), nil, nil, nil, "Confirm the subscription of " + shortened + " and 200 more ("},
		{nil, []string{longest}, nil, nil, "Confirm the subscription of " + longest + " ("},
		{nil, nil, []string{"x" + longest}, nil, "Confirm the subscription of x" + longest[:38] + "… ("},
		{nil, nil, nil, many[:1], "Protect " + many[0] + " from their unsubscribe links (infra/operate.md, Lost approvers), or start an"},
		{nil, nil, nil, append(long, many...), "Protect " + shortened + " and 200 more from"},
	} {
		got := whatNext([]any{test.pending, test.notified, test.operators, test.unprotected})
		if !strings.HasPrefix(got, test.want) || utf8.RuneCountInString(got) >= limit {
			t.Errorf("whatNext = %q with %d characters, want %q and fewer than %d", got, utf8.RuneCountInString(got), test.want, limit)
		}
	}
}
