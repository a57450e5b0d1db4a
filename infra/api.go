package infra

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigatewayv2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"approval-workflow/handler/web"
)

// accessLogFormat has no variable that contains the query string, because whoever has the query string of a link can
// decide. It also leaves out what a client can choose freely.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
const accessLogFormat = `{"requestId":"$context.requestId","time":"$context.requestTime",` +
	`"sourceIp":"$context.identity.sourceIp","method":"$context.httpMethod","routeKey":"$context.routeKey",` +
	`"status":"$context.status","integrationStatus":"$context.integrationStatus",` +
	`"integrationError":"$context.integrationErrorMessage","latencyMs":"$context.responseLatency"}`

// api is the HTTP API with its access log.
type api struct {
	*apigatewayv2.Api
	domain domain
	logs   *cloudwatch.LogGroup
}

// newAPI creates the HTTP API without routes, with its domain.
func (b *builder) newAPI() (*api, error) {
	gateway, err := apigatewayv2.NewApi(b.ctx, b.name, &apigatewayv2.ApiArgs{
		ProtocolType: pulumi.String("HTTP"),
		Description:  pulumi.String("The approve and reject links of the approval e-mails"),
		Tags:         b.tags,
	}, b.child, b.protect())
	if err != nil {
		return nil, fmt.Errorf("API: %w", err)
	}
	// The size limit of the resource policy for log delivery does not apply to names that begin with /aws/vendedlogs/.
	// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
	logs, err := b.newLogGroup("/aws/vendedlogs/apis/", b.args.LogRetentionDays)
	if err != nil {
		return nil, err
	}
	created := &api{Api: gateway, logs: logs}
	stage, err := b.newStage(created)
	if err != nil {
		return nil, err
	}
	created.domain, err = b.newDomain(created, stage)
	return created, err
}

// newStage creates the stage $default. This name puts no prefix before the path of a link.
func (b *builder) newStage(api *api) (*apigatewayv2.Stage, error) {
	stage, err := apigatewayv2.NewStage(b.ctx, b.name, &apigatewayv2.StageArgs{
		ApiId:      api.ID(),
		Name:       pulumi.String("$default"),
		AutoDeploy: pulumi.Bool(true),
		AccessLogSettings: apigatewayv2.StageAccessLogSettingsArgs{
			DestinationArn: api.logs.Arn,
			Format:         pulumi.String(accessLogFormat),
		},
		// People never click faster. The limit also bounds how much of the account's concurrency a flood can take from the
		// requests that have to be sent: the function needs milliseconds to refuse a wrong signature, so ten requests a second
		// occupy less than one instance. Reserved concurrency would not fit into a new account, which has ten instances in all.
		// https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
		DefaultRouteSettings: apigatewayv2.StageDefaultRouteSettingsArgs{
			ThrottlingRateLimit:  pulumi.Float64(b.args.RequestRate), // requests a second
			ThrottlingBurstLimit: pulumi.Int(b.args.RequestBurst),
		},
		Tags: b.tags,
	}, b.child)
	if err != nil {
		return nil, fmt.Errorf("stage: %w", err)
	}
	return stage, nil
}

// newRoutes connects the handler's routes to the function. It allows the API to invoke the function for these routes
// only.
func (b *builder) newRoutes(api *api, function *function) error {
	integration, err := apigatewayv2.NewIntegration(b.ctx, b.name, &apigatewayv2.IntegrationArgs{
		ApiId:                api.ID(),
		IntegrationType:      pulumi.String("AWS_PROXY"),
		IntegrationMethod:    pulumi.String("POST"),
		IntegrationUri:       function.InvokeArn,
		PayloadFormatVersion: pulumi.String("2.0"),
	}, b.child)
	if err != nil {
		return fmt.Errorf("integration: %w", err)
	}
	for _, key := range web.RouteKeys() {
		if err := b.newRoute(key, api, integration, function); err != nil {
			return fmt.Errorf("route %s: %w", key, err)
		}
	}
	return nil
}

func (b *builder) newRoute(key string, api *api, integration *apigatewayv2.Integration, function *function) error {
	method, path, _ := strings.Cut(key, " ")
	name := b.part(method + strings.ReplaceAll(path, "/", "-"))
	_, err := apigatewayv2.NewRoute(b.ctx, name, &apigatewayv2.RouteArgs{
		ApiId:    api.ID(),
		RouteKey: pulumi.String(key),
		Target:   pulumi.Sprintf("integrations/%s", integration.ID()),
	}, b.child)
	if err != nil {
		return err
	}
	_, err = lambda.NewPermission(b.ctx, name, &lambda.PermissionArgs{
		Action:    pulumi.String("lambda:InvokeFunction"),
		Function:  function.Name,
		Principal: pulumi.String("apigateway.amazonaws.com"),
		SourceArn: pulumi.Sprintf("%s/*/%s%s", api.ExecutionArn, method, path), // any stage: there is only one
	}, b.child)
	if err != nil {
		return fmt.Errorf("permission: %w", err)
	}
	return nil
}
