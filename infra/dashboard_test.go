package infra

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/google/go-cmp/cmp"
)

const dashboardToken = "aws:cloudwatch/dashboard:Dashboard"

// shownWidget is a widget of a dashboard as CloudWatch gets it.
type shownWidget struct {
	Type       string
	Width      int
	Properties struct {
		Markdown, Title, Region string
		Alarms                  []string
		Metrics                 [][]any
	}
}

// widgets deploys a workflow with a dashboard, and returns the widgets.
func widgets(t *testing.T, c *cloud) []shownWidget {
	t.Helper()
	deploy(t, c, "approval")
	text, err := json.Marshal(c.only(t, dashboardToken)["dashboardBody"])
	if err != nil {
		t.Fatal(err)
	}
	var body struct{ Widgets []shownWidget }
	if err := json.Unmarshal(text, &body); err != nil {
		t.Fatal(err)
	}
	return body.Widgets
}

func TestDashboard(t *testing.T) {
	c := &cloud{partition: "aws"}
	deploy(t, c, "approval")
	dashboard := c.only(t, dashboardToken)
	if got := dashboard["dashboardName"]; got != "approval-1234567" {
		t.Errorf("name = %v, want that of the state machine", got)
	}
	checkGolden(t, "testdata/dashboard.golden.json", indent(t, dashboard["dashboardBody"]))
}

func TestNoDashboard(t *testing.T) {
	args := testArgs
	args.Dashboard = false
	c := &cloud{partition: "aws"}
	deployArgs(t, c, args, "approval")
	if found := c.ofType(dashboardToken); len(found) > 0 {
		t.Errorf("dashboards = %v, want none", found)
	}
}

func TestDashboardShowsEveryAlarm(t *testing.T) {
	c := &cloud{partition: "aws"}
	var got []string
	for _, w := range widgets(t, c) {
		got = append(got, w.Properties.Alarms...)
	}
	var want []string
	for name := range c.ofType("aws:cloudwatch/metricAlarm:MetricAlarm") {
		want = append(want, "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:"+name+"-1234567")
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("alarms (-created +shown):\n%s", diff)
	}
}

// Widgets have no position. They form rows only if each row is full.
func TestDashboardRowsAreFull(t *testing.T) {
	const columns = 24
	used := 0
	for _, w := range widgets(t, &cloud{partition: "aws"}) {
		if used += w.Width; used > columns {
			t.Errorf("%s %q does not fit into its row", w.Type, w.Properties.Title)
		}
		used %= columns
	}
	if used != 0 {
		t.Errorf("the last row has %d columns, want %d", used, columns)
	}
}

func TestDashboardHeading(t *testing.T) {
	for partition, want := range map[string]string{
		"aws":     "# approval-1234567\nThe [state machine](https://eu-west-1.console.aws.amazon.com/",
		"aws-iso": "# approval-1234567",
	} {
		got := widgets(t, &cloud{partition: partition})[0].Properties.Markdown
		if !strings.HasPrefix(got, want) || strings.Contains(got, "]()") {
			t.Errorf("%s: heading = %q, want it to begin with %q", partition, got, want)
		}
	}
}

func TestDashboardNeedsAnARN(t *testing.T) {
	if body, err := (watched{stateMachine: "approval"}).dashboard(); err == nil {
		t.Errorf("dashboard = %s, want an error", body)
	}
	valid := arn.ARN{Partition: "aws", Service: "states", Region: "eu-west-1", Resource: "stateMachine:approval"}
	if _, err := (watched{stateMachine: valid.String()}).dashboard(); err != nil {
		t.Error(err)
	}
}

// TestDashboardsDiffer checks that the dashboard of one workflow shows nothing of another.
func TestDashboardsDiffer(t *testing.T) {
	c := &cloud{partition: "aws"}
	deploy(t, c, "first", "second")
	found := c.ofType(dashboardToken)
	if got := slices.Sorted(maps.Keys(found)); !slices.Equal(got, []string{"first", "second"}) {
		t.Fatalf("dashboards = %v, want one for each workflow", got)
	}
	if body := indent(t, found["second"]); strings.Contains(body, "first") {
		t.Errorf("the dashboard of second contains something of first:\n%s", body)
	}
}
