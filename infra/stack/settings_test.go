package stack

import (
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/infra"
)

func TestSettingsAreTheKeysOfTheProject(t *testing.T) {
	var keys []string
	for _, s := range settings {
		keys = append(keys, s.key)
	}
	slices.Sort(keys)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(projectDefaults(t))), keys); diff != "" {
		t.Errorf("keys (-Pulumi.yaml +settings):\n%s", diff)
	}
}

// The program sets Code. A program of the user's own can set arguments that few need. A setting sets every other argument.
func TestSettingsSetEveryArgument(t *testing.T) {
	got := []string{"Code"}
	for _, s := range settings {
		got = append(got, s.argument)
	}
	got = append(got, "RequestRate", "RequestBurst", "ASCIISubjects", "Queues")
	var want []string
	for _, field := range reflect.VisibleFields(reflect.TypeFor[infra.ApprovalWorkflowArgs]()) {
		want = append(want, field.Name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("arguments (-component +settings):\n%s", diff)
	}
}

func TestReadmeDescribesEverySetting(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range settings {
		if !strings.Contains(string(text), "\n| `"+s.key+"` |") {
			t.Errorf("README.md has no row for %s", s.key)
		}
	}
}

func TestExamplesAreCorrect(t *testing.T) {
	values := map[string]string{}
	for _, s := range settings {
		values[s.key] = s.example
	}
	if _, err := load(t, values); err != nil {
		t.Error(err)
	}
}
