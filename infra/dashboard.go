package infra

import (
	"encoding/json"
	"fmt"
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
func (w watched) dashboard() (string, error) {
	stateMachine, err := arn.Parse(w.stateMachine)
	if err != nil {
		return "", fmt.Errorf("state machine %q: %w", w.stateMachine, err)
	}
	region := stateMachine.Region
	body, err := json.Marshal(dashboardBody{
		Start: "-P7D",
		Widgets: []widget{
			{Type: "text", Width: 24, Height: 2, Properties: text{w.heading(stateMachine)}},
			{Type: "alarm", Width: 24, Height: 4, Properties: alarmStates{Title: "Alarms", Alarms: w.alarms}},
			total("Requests, in total", region, w.requests()),
			total("Seconds from the e-mail to the decision, in total", region, w.decisions()),
			graph("Requests", region, w.requests()),
			graph("Open requests, compared with the left edge of the graph", region, w.openRequests()),
			graph("Seconds from the e-mail to the decision", region, w.decisions()),
			graph("Clicks that need attention", region, w.clicks()),
			graph("Errors of the function", region, w.functionErrors()),
			graph("Milliseconds of an invocation of the function", region, percentiles(w.lambda("Duration"), "p50", "p99")),
			graph("Errors of the API", region, w.apiErrors()),
			graph("Milliseconds of an answer of the API", region, percentiles(w.apiGateway("Latency"), "p50", "p99")),
		},
	})
	if err != nil {
		return "", fmt.Errorf("encode dashboard: %w", err)
	}
	return string(body), nil
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
