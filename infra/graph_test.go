package infra

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

func TestGraph(t *testing.T) {
	args := testArgs
	args.Dashboard = false // TestDashboard shows it
	c := &cloud{partition: "aws"}
	deployArgs(t, c, args, "approval")
	checkGolden(t, "testdata/graph.golden.json", c.picture(t, "approval"))
}

// checkGolden compares a text with a golden file.
func checkGolden(t *testing.T, golden, got string) {
	t.Helper()
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
		t.Errorf("%s has changed; if that is intended, run go test ./infra -update (-want +got):\n%s", golden, diff)
	}
}

func TestResourcesAreChildrenWithoutFixedNames(t *testing.T) {
	c := &cloud{partition: "aws"}
	deploy(t, c, "approval")
	for _, r := range c.resources {
		if isComponent := r.token == componentType; r.childOf("approval") == isComponent {
			t.Errorf("%s %s has the parent %q", r.token, r.name, r.parent)
		}
		if name, given := r.inputs["name"]; given && name != "$default" {
			t.Errorf("%s %s has the fixed name %v, which a second stack could not use", r.token, r.name, name)
		}
	}
}

func TestTwoWorkflows(t *testing.T) {
	c := &cloud{partition: "aws"}
	deploy(t, c, "first", "second")
	seen := map[string]bool{}
	for _, r := range c.resources {
		key := r.token + " " + r.name
		if seen[key] {
			t.Errorf("%s is registered twice", key)
		}
		seen[key] = true
	}
	// The two differ only in the name, so the second contains nothing of the first.
	renamed := strings.ReplaceAll(c.picture(t, "first"), "first", "second")
	if diff := cmp.Diff(renamed, c.picture(t, "second")); diff != "" {
		t.Errorf("workflows (-first +second):\n%s", diff)
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
		t.Errorf("resources (-update +preview):\n%s", diff)
	}
	if text, known := preview.only(t, "aws:sfn/stateMachine:StateMachine")["definition"]; known {
		t.Errorf("the definition is known before the function's ARN: %v", text)
	}
}

// AWS checks the permissions of a role when it creates a resource that uses the role.
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
			t.Errorf("%s does not depend on the policy %s", token, policy)
		}
	}
}
