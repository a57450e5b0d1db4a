package infra

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sfn"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"approval-workflow/handler/approval"
)

// dashboardSource is the body of the dashboard with placeholders. Step Functions counts a rejection as a failure, so the rest of
// the failures has expired, or the e-mail was not sent. It does not report how many executions of one state machine are open,
// so the graph of open requests counts those that started, less those that ended, from its left edge on.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
// https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
//
//go:embed dashboard.json
var dashboardSource string

// newDashboard creates a dashboard of the workflow and its alarms, if the arguments ask for one.
func (b *builder) newDashboard(
	function *function, api *api, stateMachine *sfn.StateMachine, alarms pulumi.StringArray,
) error {
	if !b.args.Dashboard {
		return nil
	}
	shown := pulumi.All(stateMachine.Arn, alarms, function.Name, api.ID(), metricNamespace(stateMachine))
	_, err := cloudwatch.NewDashboard(b.ctx, b.name, &cloudwatch.DashboardArgs{
		// Pulumi does not name dashboards. A name must be unique in the account, in all regions together.
		DashboardName: stateMachine.Name,
		DashboardBody: shown.ApplyT(func(values []any) (string, error) {
			return dashboard(values[0].(string), values[1].([]string), strings.NewReplacer(
				"${Function}", values[2].(string), "${Api}", string(values[3].(pulumi.ID)), "${Namespace}", values[4].(string)))
		}).(pulumi.StringOutput),
	}, b.child)
	if err != nil {
		return fmt.Errorf("dashboard: %w", err)
	}
	return nil
}

// dashboard returns the body of the dashboard. The heading is the name of the state machine, with a link to its executions if
// the console is known.
func dashboard(stateMachineArn string, alarms []string, names *strings.Replacer) (string, error) {
	stateMachine, err := arn.Parse(stateMachineArn)
	if err != nil {
		return "", fmt.Errorf("state machine %q: %w", stateMachineArn, err)
	}
	_, name, _ := strings.Cut(stateMachine.Resource, ":")
	heading := "# " + name
	if address := approval.ConsoleURL(stateMachineArn); address != "" {
		heading += `\nThe [state machine](` + address + ") lists the requests that are open now."
	}
	list, err := json.Marshal(alarms)
	return strings.NewReplacer(
		"${Heading}", heading, `"${Alarms}"`, string(list), "${Region}", stateMachine.Region, "${StateMachineArn}", stateMachineArn,
	).Replace(names.Replace(dashboardSource)), err
}
