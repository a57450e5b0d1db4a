package infra

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTrustPolicies(t *testing.T) {
	c := &cloud{partition: "aws"}
	deploy(t, c, "approval")
	got := map[string][]statement{}
	for name, role := range c.ofType("aws:iam/role:Role") {
		if keys := slices.Sorted(maps.Keys(role)); !slices.Equal(keys, []string{"assumeRolePolicy", "tags"}) {
			t.Errorf("role %s has more than its trust policy: %v", name, keys)
		}
		got[name] = decodePolicy(t, role["assumeRolePolicy"])
	}
	assume := func(service string, when condition) []statement {
		return []statement{{
			Effect: "Allow", Action: []string{"sts:AssumeRole"},
			Principal: map[string]string{"Service": service}, Condition: when,
		}}
	}
	want := map[string][]statement{
		"approval-function": assume("lambda.amazonaws.com", nil),
		"approval-state-machine": assume("states.amazonaws.com",
			condition{"StringEquals": {"aws:SourceAccount": "123456789012"}}),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("trust policies (-want +got):\n%s", diff)
	}
}

// TestEveryGrantIsTested checks that permissions come only from resources that other tests read.
func TestEveryGrantIsTested(t *testing.T) {
	c := &cloud{partition: "aws"}
	deploy(t, c, "approval")
	tested := []string{"aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"}
	for _, r := range c.resources {
		if strings.HasPrefix(r.token, "aws:iam/") && !slices.Contains(tested, r.token) {
			t.Errorf("no test reads what %s %s grants", r.token, r.name)
		}
	}
}
