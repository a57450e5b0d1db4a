package main

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
)

var validEnvironment = map[string]string{
	"TOPIC_ARN":         "arn:aws:sns:eu-west-1:123456789012:approvals",
	"OUTCOME_TOPIC_ARN": "arn:aws:sns:eu-west-1:123456789012:outcomes",
	"ALARM_TOPIC_ARN":   "",
	"OUTCOMES":          "deciders",
	"LINK_KEY_ARN":      "arn:aws:kms:eu-west-1:123456789012:key/1",
	"LINK_GENERATION":   "1",
	"API_URL":           "https://abc123.execute-api.eu-west-1.amazonaws.com",
	"APPROVERS":         "jo@example.com,sam@example.com",
	"WORKFLOW_NAME":     "approval-workflow-prod",
	"CONFIRM":           "true",
}

func TestLoadConfig(t *testing.T) {
	got, err := loadConfig(func(name string) string { return validEnvironment[name] })
	if err != nil {
		t.Fatal(err)
	}
	want := config{
		topicARN: validEnvironment["TOPIC_ARN"], linkKeyARN: validEnvironment["LINK_KEY_ARN"], linkGeneration: 1, apiURL: validEnvironment["API_URL"],
		approvers: []string{"jo@example.com", "sam@example.com"}, confirm: true, name: "approval-workflow-prod",
		outcomeTopicARN: validEnvironment["OUTCOME_TOPIC_ARN"], outcomes: approval.OutcomesDeciders, executionPrefix: testPrefix,
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(config{})); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
}

// TestLoadConfigGroups checks that each group gets the addresses at its positions.
func TestLoadConfigGroups(t *testing.T) {
	environment := maps.Clone(validEnvironment)
	environment["APPROVERS"], environment["GROUPS"] = "jo@example.com,sam@example.com,dora@example.com", `{"":[1],"dba":[2,1],"5":[0]}`
	got, err := loadConfig(func(name string) string { return environment[name] })
	if err != nil {
		t.Fatal(err)
	}
	groups := map[string][]string{"dba": {"dora@example.com", "sam@example.com"}, "5": {"jo@example.com"}}
	if diff := cmp.Diff(groups, got.groups); diff != "" || !cmp.Equal(got.approvers, []string{"sam@example.com"}) {
		t.Errorf("approvers = %v, groups (-want +got):\n%s", got.approvers, diff)
	}
}

func TestLoadConfigRefuses(t *testing.T) {
	tests := map[string][]string{
		"TOPIC_ARN":         {"approvals", "arn:aws:sqs:eu-west-1:123456789012:queue"},
		"OUTCOME_TOPIC_ARN": {"", "outcomes", "arn:aws:sqs:eu-west-1:123456789012:queue"},
		"ALARM_TOPIC_ARN":   {"alarms", "arn:aws:sqs:eu-west-1:123456789012:queue"},
		"OUTCOMES":          {"", "some"},
		"LINK_KEY_ARN":      {"key/1", "arn:aws:sns:eu-west-1:123456789012:approvals"},
		"LINK_GENERATION":   {"", "0", "-1", "1.5", "two"},
		"API_URL":           {"abc123.example", "ftp://abc123.example", "https://", "https://abc123.example/?x=1"},
		"APPROVERS":         {"", ",", "jo@example.com,", "jo@example.com,,sam@example.com"},
		"GROUPS": {
			"x", `[]`, `{}`, `{"":[]}`, `{"dba":[0]}`, `{"":[0],"dba":[2]}`, `{"":[-1]}`, `{"":["0"]}`, `{"":[0.5]}`, `{"":0}`, `null`,
		},
		"CONFIRM":       {"", "maybe"},
		"WORKFLOW_NAME": {"", " "},
	}
	_, all := newHandler(func(string) string { return "" })
	for name, values := range tests {
		for _, value := range values {
			environment := maps.Clone(validEnvironment)
			environment[name] = value
			_, err := loadConfig(func(name string) string { return environment[name] })
			want := fmt.Sprintf("%s %q ", name, value)
			if got := fmt.Sprint(err); !strings.HasPrefix(got, want) || strings.Contains(got, "\n") {
				t.Errorf("error = %s, want %sand nothing else", got, want)
			}
		}
		if all == nil || !strings.Contains(all.Error(), name) && name != "GROUPS" && name != "ALARM_TOPIC_ARN" {
			t.Errorf("error of an empty environment = %v, want %s in it", all, name)
		}
	}
}

func TestLoadAWSConfig(t *testing.T) {
	environment := map[string]string{
		"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "session",
	}
	for _, endpoint := range []string{"", "http://127.0.0.1:4566"} {
		environment["AWS_ENDPOINT_URL"] = endpoint
		config := loadAWSConfig(func(name string) string { return environment[name] })
		got := aws.ToString(config.BaseEndpoint)
		if config.Region != "eu-west-1" || got != endpoint || (config.BaseEndpoint == nil) != (endpoint == "") {
			t.Errorf("region = %q, endpoint = %q, want eu-west-1 and %q", config.Region, got, endpoint)
		}
		credentials, err := config.Credentials.Retrieve(t.Context())
		if err != nil || credentials.AccessKeyID != "key" || credentials.SecretAccessKey != "secret" ||
			credentials.SessionToken != "session" || credentials.CanExpire {
			t.Errorf("the credentials are not those of the environment (error: %v)", err)
		}
	}
}
