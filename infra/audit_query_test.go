package infra

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReadmeQueriesAuditRecords runs the queries of README.md on recorded events. The inputs of these executions contain an
// approver of their own, whom the queries must not show.
func TestReadmeQueriesAuditRecords(t *testing.T) {
	_, section, _ := strings.Cut(readme(t), "\n## Audit record\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var got [][][]string
	for _, block := range regexp.MustCompile("(?s)```\n(.*?)```").FindAllStringSubmatch(section, -1) {
		got = append(got, query(t, block[1], "audit-approved.json", "audit-rejected.json"))
	}
	want := [][][]string{
		{
			{"2026-11-26T10:25:04.842805Z", "release-1.4.2", "ann@example.com", `Checked "all" of it \o/ [ok]`},
			{"2026-11-26T10:25:05.092239Z", "release-1.4.2", "bob@example.com", ""},
		},
		{{"2026-11-26T10:25:07.08322Z", "release-1.4.3", "bob@example.com", "Not on a \"Friday\"\nAsk Bob"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("results of the queries in README.md (-want +got):\n%s", diff)
	}
}

// fields are the fields of a row in CloudWatch Logs Insights. Those of a JSON object are named with dots.
type fields map[string]any

// get returns the field with a name, or nil.
func (f fields) get(name string) any {
	var value any = map[string]any(f)
	for part := range strings.SplitSeq(name, ".") {
		object, _ := value.(map[string]any)
		value = object[part]
	}
	return value
}

// with returns a copy of the row with one more field.
func (f fields) with(name string, value any) fields {
	row := maps.Clone(f)
	row[name] = value
	return row
}

// The commands of Insights that the queries use. Sorting is left out.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Unnest.html
var (
	filterCommand  = regexp.MustCompile(`^filter (\S+) = "(.*)"$`)
	parseCommand   = regexp.MustCompile(`^fields jsonParse\((\S+)\) as (\w+)$`)
	unnestCommand  = regexp.MustCompile(`^unnest (\S+) into (\w+)$`)
	displayCommand = regexp.MustCompile(`^display (.*)$`)
)

// query runs a query on files of testdata. It returns what the last command displays.
func query(t *testing.T, text string, files ...string) (shown [][]string) {
	t.Helper()
	var rows []fields
	for _, name := range files {
		content, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, parseObject(t, string(content)))
	}
	for command := range strings.SplitSeq(strings.TrimSpace(text), "\n| ") {
		if display := displayCommand.FindStringSubmatch(command); display != nil {
			for _, row := range rows {
				shown = append(shown, row.display(strings.Split(display[1], ", ")))
			}
			continue
		}
		var next []fields
		for _, row := range rows {
			next = append(next, row.apply(t, command)...)
		}
		rows = next
	}
	return shown
}

// apply applies a command to a row, and returns the rows that it becomes.
func (f fields) apply(t *testing.T, command string) []fields {
	t.Helper()
	if match := filterCommand.FindStringSubmatch(command); match != nil {
		if f.get(match[1]) != match[2] {
			return nil
		}
	} else if match := parseCommand.FindStringSubmatch(command); match != nil {
		text, _ := f.get(match[1]).(string)
		return []fields{f.with(match[2], map[string]any(parseObject(t, text)))}
	} else if match := unnestCommand.FindStringSubmatch(command); match != nil {
		list, _ := f.get(match[1]).([]any)
		var rows []fields
		for _, item := range list {
			rows = append(rows, f.with(match[2], item))
		}
		return rows
	} else if command != "sort @timestamp" {
		t.Fatalf("README.md has the command %q, which this test does not know", command)
	}
	return []fields{f}
}

func (f fields) display(names []string) (values []string) {
	for _, name := range names {
		text, _ := f.get(name).(string)
		values = append(values, text)
	}
	return values
}

func parseObject(t *testing.T, text string) (object fields) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &object); err != nil {
		t.Fatalf("parse %s: %v", text, err)
	}
	return object
}
