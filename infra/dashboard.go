package infra

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sfn"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"approval-workflow/handler/approval"
)

// newDashboard creates a dashboard of the workflow and its alarms, if the arguments ask for one.
func (b *builder) newDashboard(
	function *function, api *api, stateMachine *sfn.StateMachine, alarms pulumi.StringArray,
) error {
	if !b.args.Dashboard {
		return nil
	}
	shown := pulumi.All(function.Name, api.ID(), stateMachine.Arn, metricNamespace(stateMachine), alarms)
	_, err := cloudwatch.NewDashboard(b.ctx, b.name, &cloudwatch.DashboardArgs{
		// Pulumi does not name dashboards. A name must be unique in the account, in all regions together.
		DashboardName: stateMachine.Name,
		DashboardBody: shown.ApplyT(func(values []any) (string, error) {
			w := watched{
				function: values[0].(string), api: string(values[1].(pulumi.ID)), stateMachine: values[2].(string),
				namespace: values[3].(string), alarms: values[4].([]string),
			}
			return w.dashboard()
		}).(pulumi.StringOutput),
	}, b.child)
	if err != nil {
		return fmt.Errorf("dashboard: %w", err)
	}
	return nil
}

// watched is what a dashboard shows.
type watched struct {
	function     string   // the name
	api          string   // the ID
	stateMachine string   // the ARN
	namespace    string   // of the workflow's metrics
	alarms       []string // the ARNs
}

// dashboard returns the body of the dashboard.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
func (w watched) dashboard() (string, error) {
	stateMachine, err := arn.Parse(w.stateMachine)
	if err != nil {
		return "", fmt.Errorf("state machine %q: %w", w.stateMachine, err)
	}
	region := stateMachine.Region
	decisions := percentiles(w.workflow("AgeSeconds"), "p50", "p90")
	body, err := json.Marshal(dashboardBody{
		Start: "-P7D",
		Widgets: []widget{
			{Type: "text", Width: 24, Height: 2, Properties: properties{Markdown: w.heading(stateMachine)}},
			{Type: "alarm", Width: 24, Height: 4, Properties: properties{Title: "Alarms", Alarms: w.alarms}},
			total("Requests, in total", region, w.requests()),
			total("Seconds from the e-mail to the decision, in total", region, decisions),
			graph("Requests", region, w.requests()),
			graph("Open requests, compared with the left edge of the graph", region, w.openRequests()),
			graph("Seconds from the e-mail to the decision", region, decisions),
			graph("Clicks that need attention", region, sums(w.workflow("FastDecisions"), w.workflow("StaleClicks"),
				w.workflow("DecisionFaults"), w.workflow("ThrottledClicks"))),
			graph("Errors of the function", region, sums(w.lambda("Errors"), w.lambda("Throttles"))),
			graph("Milliseconds of an invocation of the function", region, percentiles(w.lambda("Duration"), "p50", "p99")),
			graph("Errors of the API", region, sums(w.apiGateway("4xx"), w.apiGateway("5xx"))),
			graph("Milliseconds of an answer of the API", region, percentiles(w.apiGateway("Latency"), "p50", "p99")),
		},
	})
	return string(body), err
}

// heading returns the name of the state machine, with a link to its executions if the console is known.
func (w watched) heading(stateMachine arn.ARN) string {
	_, name, _ := strings.Cut(stateMachine.Resource, ":")
	heading := "# " + name
	if address := approval.ConsoleURL(w.stateMachine); address != "" {
		heading += "\nThe [state machine](" + address + ") lists the requests that are open now."
	}
	return heading
}

// requests counts how requests begin and end. Step Functions counts a rejection as a failure, so the rest of the failures
// has expired, or its e-mail was not sent. This count does not depend on the log of the state machine, which leaves out
// executions with some names.
func (w watched) requests() []series {
	return append(
		sums(w.workflow("Requested"), w.workflow("Approved"), w.workflow("Rejected")),
		w.states("ExecutionsAborted").with(options{Stat: "Sum", Label: "Stopped"}),
		w.states("ExecutionsTimedOut").with(options{Stat: "Sum", Label: "Timed out"}),
		series{options{Expression: "FILL(failed, 0) - FILL(rejected, 0)", Label: "Expired or failed", ID: "rest"}},
		w.states("ExecutionsFailed").hidden("failed"),
		w.workflow("Rejected").hidden("rejected"),
	)
}

// openRequests counts the executions that started, less those that ended, from the left edge of the graph on. Step
// Functions does not report how many executions of one state machine are open.
func (w watched) openRequests() []series {
	return []series{
		{options{Label: "Open", ID: "open",
			Expression: "RUNNING_SUM(FILL(started, 0) - FILL(SUM([succeeded, failed, aborted, timedout]), 0))"}},
		w.states("ExecutionsStarted").hidden("started"),
		w.states("ExecutionsSucceeded").hidden("succeeded"),
		w.states("ExecutionsFailed").hidden("failed"),
		w.states("ExecutionsAborted").hidden("aborted"),
		w.states("ExecutionsTimedOut").hidden("timedout"),
	}
}

// series is a metric as CloudWatch expects it: the namespace, the name, the name and the value of the dimension, and then
// the options. An expression has only options.
type series []any

// The sources of the metrics are those of the alarms and Step Functions.
// https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html

func (w watched) lambda(metric string) series {
	return series{"AWS/Lambda", metric, "FunctionName", w.function}
}

func (w watched) apiGateway(metric string) series {
	return series{"AWS/ApiGateway", metric, "ApiId", w.api}
}

func (w watched) states(metric string) series {
	return series{"AWS/States", metric, "StateMachineArn", w.stateMachine}
}

func (w watched) workflow(metric string) series { return series{w.namespace, metric} }

type options struct {
	Expression string `json:"expression,omitempty"`
	Label      string `json:"label,omitempty"`   // by default the name of the metric
	Stat       string `json:"stat,omitempty"`    // such as Sum or p90
	ID         string `json:"id,omitempty"`      // names the metric in expressions
	Visible    *bool  `json:"visible,omitempty"` // nil means true
}

func (s series) with(o options) series { return append(slices.Clip(s), o) }

// hidden returns the sum of the series for an expression that calls it id.
func (s series) hidden(id string) series {
	return s.with(options{Stat: "Sum", ID: id, Visible: new(bool)})
}

// sums returns the sum of each metric.
func sums(metrics ...series) []series {
	for i, metric := range metrics {
		metrics[i] = metric.with(options{Stat: "Sum"})
	}
	return metrics
}

// percentiles returns a metric with these statistics, each labelled with its name.
func percentiles(metric series, statistics ...string) []series {
	shown := make([]series, len(statistics))
	for i, statistic := range statistics {
		shown[i] = metric.with(options{Stat: statistic, Label: statistic})
	}
	return shown
}

type dashboardBody struct {
	Start   string   `json:"start"` // the left edge of the graphs, as an ISO 8601 duration before now
	Widgets []widget `json:"widgets"`
}

// widget is a part of a dashboard. It takes the next free position, from the left to the right in a grid of 24 columns.
type widget struct {
	Type       string     `json:"type"` // text, alarm or metric
	Width      int        `json:"width"`
	Height     int        `json:"height"`
	Properties properties `json:"properties"`
}

type properties struct {
	Markdown string   `json:"markdown,omitempty"`
	Title    string   `json:"title,omitempty"`
	Alarms   []string `json:"alarms,omitempty"` // the ARNs
	Region   string   `json:"region,omitempty"`
	View     string   `json:"view,omitempty"`
	Metrics  []series `json:"metrics,omitempty"`
	Period   int      `json:"period,omitempty"` // seconds. CloudWatch adapts it to the time that the dashboard shows
	// SetPeriodToTimeRange makes a number count for all of the time that the dashboard shows.
	SetPeriodToTimeRange bool `json:"setPeriodToTimeRange,omitempty"`
}

// graph returns a widget with a line for each metric.
func graph(title, region string, metrics []series) widget {
	return widget{Type: "metric", Width: 12, Height: 6, Properties: properties{
		Title: title, Region: region, View: "timeSeries", Metrics: metrics, Period: 3600,
	}}
}

// total returns a widget with a number for each metric.
func total(title, region string, metrics []series) widget {
	w := graph(title, region, metrics)
	w.Height, w.Properties.View, w.Properties.SetPeriodToTimeRange = 3, "singleValue", true
	return w
}
