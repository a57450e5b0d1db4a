package infra

import (
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestReadmeDescribesAlarmsAndMetrics(t *testing.T) {
	text := readme(t)
	for _, a := range alarms {
		if !strings.Contains(text, "\n| `"+a.name+"` |") {
			t.Errorf("README.md has no row for the alarm %s", a.name)
		}
	}
	for _, m := range metrics {
		if !strings.Contains(text, "`"+m.name+"`") {
			t.Errorf("README.md does not contain the metric %s", m.name)
		}
	}
}

func TestReadmeDescribesEveryArgument(t *testing.T) {
	text := readme(t)
	for _, field := range reflect.VisibleFields(reflect.TypeFor[ApprovalWorkflowArgs]()) {
		if !strings.Contains(text, "`"+field.Name+"`") {
			t.Errorf("README.md does not contain the argument %s", field.Name)
		}
	}
}

func TestReadmeListsEveryPermission(t *testing.T) {
	text := readme(t)
	tables := slices.AppendSeq([]map[string][]string{grantedToParent}, maps.Values(granted))
	for _, table := range tables {
		for _, actions := range table {
			for _, action := range actions {
				action, _, _ = strings.Cut(action, " if ")
				if !strings.Contains(text, "`"+action+"`") {
					t.Errorf("README.md does not contain the permission %s", action)
				}
			}
		}
	}
}

func TestReadmeContainsTheExample(t *testing.T) {
	source, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	start, end := strings.Index(string(source), "\t\tzip, err :="), strings.Index(string(source), "\t\tctx.Export")
	if start < 0 || end < start {
		t.Fatal("example_test.go has changed its form")
	}
	var want strings.Builder
	for line := range strings.Lines(string(source)[start:end]) {
		want.WriteString(strings.TrimPrefix(line, "\t\t"))
	}
	if !strings.Contains(readme(t), "```go\n"+want.String()+"```\n") {
		t.Errorf("README.md does not contain the code of the example:\n%s", want.String())
	}
}
