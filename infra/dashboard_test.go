package infra

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

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

// widgets returns the widgets of the dashboard on a cloud.
func widgets(t *testing.T, c *cloud) []shownWidget {
	t.Helper()
	var body struct{ Widgets []shownWidget }
	if err := json.Unmarshal([]byte(indent(t, c.only(t, dashboardToken)["dashboardBody"])), &body); err != nil {
		t.Fatal(err)
	}
	return body.Widgets
}

func TestDashboard(t *testing.T) {
	dashboard := deployed(t).only(t, dashboardToken)
	if got := dashboard["dashboardName"]; got != "approval-1234567" {
		t.Errorf("name = %v, want that of the state machine", got)
	}
	if left := regexp.MustCompile(`\$\{\w*\}`).FindString(indent(t, dashboard["dashboardBody"])); left != "" {
		t.Errorf("the dashboard has the placeholder %s", left)
	}
	shown := widgets(t, deployed(t))
	want := "# approval-1234567\nThe [state machine](https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/" +
		"statemachines/view/" + stateMachineARN + ") lists the requests that are open now."
	if got := shown[0].Properties.Markdown; got != want {
		t.Errorf("heading = %q, want %q", got, want)
	}
	var alarmARNs []string
	for _, a := range alarms {
		alarmARNs = append(alarmARNs, "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:approval--"+a.name+"-1234567")
	}
	if diff := cmp.Diff(alarmARNs, shown[1].Properties.Alarms); diff != "" {
		t.Errorf("alarms (-want +shown):\n%s", diff)
	}
}

// Widgets have no position. They form rows only if each row is full.
func TestDashboardRowsAreFull(t *testing.T) {
	const columns = 24
	used := 0
	for _, w := range widgets(t, deployed(t)) {
		if used += w.Width; used > columns {
			t.Errorf("%s %q does not fit into its row", w.Type, w.Properties.Title)
		}
		used %= columns
	}
	if used != 0 {
		t.Errorf("the last row has %d columns, want %d", used, columns)
	}
}

func TestDashboardWithoutKnownConsole(t *testing.T) {
	c := deploy(t, &cloud{partition: "aws-iso"}, testArgs, "approval")
	if got := widgets(t, c)[0].Properties.Markdown; got != "# approval-1234567" {
		t.Errorf("heading = %q, want it without a link", got)
	}
}

func TestDashboardNeedsAnARN(t *testing.T) {
	if body, err := dashboard("approval", nil, strings.NewReplacer()); err == nil {
		t.Errorf("dashboard = %s, want an error", body)
	}
}

// awsMetrics are the metrics that AWS documents, by namespace and dimension.
// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
// https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
var awsMetrics = map[string][]string{
	"AWS/Lambda FunctionName=approval-1234567": {"Duration", "Errors", "Invocations", "Throttles"},
	"AWS/ApiGateway ApiId=approval-api":        {"4xx", "5xx", "Count", "DataProcessed", "IntegrationLatency", "Latency"},
	"AWS/States StateMachineArn=" + stateMachineARN: {
		"ExecutionThrottled", "ExecutionTime", "ExecutionsAborted", "ExecutionsFailed", "ExecutionsStarted",
		"ExecutionsSucceeded", "ExecutionsTimedOut",
	},
}

// exists reports whether AWS or the workflow has the metric with the path of a dashboard.
func exists(path []any) bool {
	if len(path) == 4 {
		return slices.Contains(awsMetrics[fmt.Sprintf("%s %s=%s", path[0], path[2], path[3])], path[1].(string))
	}
	return len(path) == 2 && path[0] == "ApprovalWorkflow/approval-1234567" &&
		slices.ContainsFunc(metrics, func(m metric) bool { return m.name == path[1] })
}

// TestDashboardMetrics checks that the metrics exist, that an expression uses every hidden metric of its graph, and that it
// uses only metrics of its graph.
func TestDashboardMetrics(t *testing.T) {
	name := regexp.MustCompile(`\b[a-z]\w*\b`) // a function has capital letters
	shown := 0
	for _, w := range widgets(t, deployed(t)) {
		var hidden, used []string
		for _, metric := range w.Properties.Metrics {
			path, options := metric[:len(metric)-1], metric[len(metric)-1].(map[string]any)
			if options["visible"] == false {
				hidden = append(hidden, options["id"].(string))
			}
			if expression, ok := options["expression"].(string); ok && len(path) == 0 {
				used = append(used, name.FindAllString(expression, -1)...)
			} else if shown++; !exists(path) || options["stat"] == nil {
				t.Errorf("%s shows %q with %v, which does not exist", w.Properties.Title, path, options)
			}
		}
		slices.Sort(hidden)
		slices.Sort(used)
		if !slices.Equal(hidden, used) {
			t.Errorf("%s: the expressions use %s, and the hidden metrics are %s",
				w.Properties.Title, strings.Join(used, " "), strings.Join(hidden, " "))
		}
		if w.Type == "metric" && w.Properties.Region != "eu-west-1" {
			t.Errorf("%s: region = %q, want that of the workflow", w.Properties.Title, w.Properties.Region)
		}
	}
	if shown == 0 {
		t.Error("the dashboard shows no metric")
	}
}
