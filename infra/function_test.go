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
	wantSources = append(wantSources, "arn:aws:events:eu-west-1:123456789012:rule/approval--outcomes-1234567",
		"arn:aws:events:eu-west-1:123456789012:rule/approval--key-1234567")
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
	want := map[string]string{
		"TOPIC_ARN":         topicARN,
		"OUTCOME_TOPIC_ARN": outcomeTopicARN,
		"ALARM_TOPIC_ARN":   alarmTopicARN,
		"OUTCOMES":          "all",
		"LINK_KEY_ARN":      "arn:aws:kms:eu-west-1:123456789012:key/approval--links-1234567",
		"LINK_GENERATION":   "3",
		"API_URL":           "https://approvals.example.com",
		"APPROVERS":         "ann@example.com,bob@example.com,dora@example.com,dan@example.com",
		"GROUPS":            `{"":[0,1],"dba":[2,1,3],"on-call":[0]}`,
		"CONFIRM":           "true",
		"WORKFLOW_NAME":     "approval",
	}
	if diff := cmp.Diff(want, deployed(t).environment(t)); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
	args := with(func(a *ApprovalWorkflowArgs) { a.Groups, a.AlarmEmails, a.Outcomes = map[string]Group{}, nil, "" })
	want["OUTCOMES"] = "deciders"
	delete(want, "ALARM_TOPIC_ARN")
	want["APPROVERS"] = "ann@example.com,bob@example.com"
	delete(want, "GROUPS")
	if diff := cmp.Diff(want, deploy(t, &cloud{partition: "aws"}, args, "approval").environment(t)); diff != "" {
		t.Errorf("environment without groups and operators (-want +got):\n%s", diff)
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

// fullGroups has 40 groups with names of the largest length. The addresses and what Lambda measures of the groups have length
// bytes.
func fullGroups(length int) ApprovalWorkflowArgs {
	const members = 45
	return with(func(a *ApprovalWorkflowArgs) {
		fill := func(length int) {
			a.Emails, a.Groups = addresses(members, length), map[string]Group{}
			for i := range 40 {
				a.Groups[fmt.Sprintf("%040d", i)] = Group{Emails: a.Emails[i : i+2], Approvals: 2}
			}
		}
		fill(0)
		groups, _ := json.Marshal(a.positions()) // a text always encodes
		fill(length - len(groups) + len(`""`))
	})
}

// TestEnvironmentHasRoom deploys the longest addresses, without groups and with 40, and the longest names.
func TestEnvironmentHasRoom(t *testing.T) {
	// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
	const maxEnvironment = 4096
	const longerRegions = 5 * len("us-gov-northeast-1") // in four ARNs and a URL
	for _, args := range []ApprovalWorkflowArgs{
		with(func(a *ApprovalWorkflowArgs) { a.Emails, a.Groups = addresses(maxApprovers, maxAddresses), nil }),
		fullGroups(maxAddresses),
	} {
		environment := deploy(t, &cloud{partition: "aws-us-gov"}, args, strings.Repeat("n", maxName)).environment(t)
		quoted, _ := json.Marshal(environment["GROUPS"])
		if got := len(environment["APPROVERS"]) + len(quoted) - len(`""`); got != maxAddresses {
			t.Fatalf("the addresses and groups have %d bytes, want %d", got, maxAddresses)
		}
		text, _ := json.Marshal(environment)
		if size := len(text) + longerRegions; size > maxEnvironment {
			t.Errorf("the environment has %d bytes, want at most %d", size, maxEnvironment)
		}
	}
}
