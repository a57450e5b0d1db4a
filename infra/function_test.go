package infra

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/web"
)

func TestRoutes(t *testing.T) {
	c := deployed(t)
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
	harmless := []string{
		"$context.requestId", "$context.requestTime", "$context.identity.sourceIp", "$context.httpMethod",
		"$context.routeKey", "$context.status", "$context.integrationStatus", "$context.integrationErrorMessage",
		"$context.responseLatency",
	}
	for name, variable := range parseObject(t, accessLogFormat) {
		if !slices.Contains(harmless, variable.(string)) {
			t.Errorf("%s is %s, which may contain a path or a query", name, variable)
		}
	}
}

func TestEnvironment(t *testing.T) {
	want := map[string]any{
		"TOPIC_ARN":     topicARN,
		"LINK_KEY_ARN":  "arn:aws:kms:eu-west-1:123456789012:key/approval--links-1234567",
		"API_URL":       "https://approval-api.execute-api.eu-west-1.amazonaws.com",
		"APPROVERS":     "ann@example.com,bob@example.com",
		"CONFIRM":       "true",
		"WORKFLOW_NAME": "approval",
	}
	if diff := cmp.Diff(want, deployed(t).environment(t)); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
}

// addresses returns distinct addresses. Joined by commas, they have length bytes, if that is possible.
func addresses(number, length int) []string {
	const shortest = "0000@e.example"
	list := make([]string, number)
	rest := length - number*len(shortest+",") + 1
	for i := range list {
		padding := max(0, min(rest, 64-len("0000")))
		rest -= padding
		list[i] = fmt.Sprintf("%s%04d@e.example", strings.Repeat("a", padding), i)
	}
	return list
}

// TestEnvironmentHasRoom deploys the longest addresses with the longest names.
func TestEnvironmentHasRoom(t *testing.T) {
	// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
	const maxEnvironment = 4096
	args := with(func(a *ApprovalWorkflowArgs) { a.Emails = addresses(maxApprovers, maxAddresses) })
	environment := deploy(t, &cloud{partition: "aws-us-gov"}, args, strings.Repeat("n", maxName)).environment(t)
	if got := len(environment["APPROVERS"].(string)); got != maxAddresses {
		t.Fatalf("the addresses have %d bytes, want %d", got, maxAddresses)
	}
	text, err := json.Marshal(environment)
	if err != nil {
		t.Fatal(err)
	}
	const longerRegions = 3 * len("us-gov-northeast-1") // in two ARNs and a URL
	if size := len(text) + longerRegions; size > maxEnvironment {
		t.Errorf("the environment has %d bytes, want at most %d", size, maxEnvironment)
	}
}
