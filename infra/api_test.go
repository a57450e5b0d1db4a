package infra

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/web"
)

func TestRoutes(t *testing.T) {
	c := &cloud{partition: "aws"}
	deploy(t, c, "approval")
	var routes, sources, wantSources []string
	for _, route := range c.ofType("aws:apigatewayv2/route:Route") {
		routes = append(routes, route["routeKey"].(string))
	}
	for _, permission := range c.ofType("aws:lambda/permission:Permission") {
		sources = append(sources, permission["sourceArn"].(string))
	}
	for _, key := range web.RouteKeys() {
		wantSources = append(wantSources, "arn:aws:execute-api:eu-west-1:123456789012:approval-api/*/"+
			strings.Replace(key, " ", "", 1))
	}
	sorted := func(list []string) []string { return slices.Sorted(slices.Values(list)) }
	if diff := cmp.Diff(sorted(web.RouteKeys()), sorted(routes)); diff != "" {
		t.Errorf("routes (-handler +API):\n%s", diff)
	}
	if diff := cmp.Diff(sorted(wantSources), sorted(sources)); diff != "" {
		t.Errorf("sources that may invoke the function (-want +got):\n%s", diff)
	}
}

func TestAccessLogContainsNoLink(t *testing.T) {
	var format map[string]string
	if err := json.Unmarshal([]byte(accessLogFormat), &format); err != nil {
		t.Fatalf("the format of the access log is not JSON: %v", err)
	}
	harmless := []string{
		"$context.requestId", "$context.requestTime", "$context.identity.sourceIp", "$context.httpMethod",
		"$context.routeKey", "$context.status", "$context.integrationStatus", "$context.integrationErrorMessage",
		"$context.responseLatency",
	}
	for name, variable := range format {
		if !slices.Contains(harmless, variable) {
			t.Errorf("%s is %s, which may contain a path or a query", name, variable)
		}
	}
}
