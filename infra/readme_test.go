package infra

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestDocumentDescribesAlarmsAndMetrics(t *testing.T) {
	text := readFile(t, "operate.md")
	for _, a := range alarms {
		if !strings.Contains(text, "\n| `"+a.name+"` |") {
			t.Errorf("operate.md has no row for the alarm %s", a.name)
		}
	}
	for _, m := range metrics {
		if !strings.Contains(text, "`"+m.name+"`") {
			t.Errorf("operate.md does not contain the metric %s", m.name)
		}
	}
}

func TestReadmeDescribesEveryArgument(t *testing.T) {
	text := readFile(t, "README.md")
	for _, field := range reflect.VisibleFields(reflect.TypeFor[ApprovalWorkflowArgs]()) {
		if !strings.Contains(text, "`"+field.Name+"`") {
			t.Errorf("README.md does not contain the argument %s", field.Name)
		}
	}
}

func TestReadmeListsEveryPermission(t *testing.T) {
	text := readFile(t, "README.md")
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
	source := readFile(t, "example_test.go")
	start, end := strings.Index(source, "\t\tzip, err :="), strings.Index(source, "\t\tctx.Export")
	if start < 0 || end < start {
		t.Fatal("example_test.go has changed its form")
	}
	var want strings.Builder
	for line := range strings.Lines(source[start:end]) {
		want.WriteString(strings.TrimPrefix(line, "\t\t"))
	}
	if !strings.Contains(readFile(t, "README.md"), "```go\n"+want.String()+"```\n") {
		t.Errorf("README.md does not contain the code of the example:\n%s", want.String())
	}
}
