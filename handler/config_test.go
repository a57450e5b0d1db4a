package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var validEnvironment = map[string]string{
	"TOPIC_ARN":     "arn:aws:sns:eu-west-1:123456789012:approvals",
	"LINK_KEY_ARN":  "arn:aws:kms:eu-west-1:123456789012:key/1",
	"API_URL":       "https://abc123.execute-api.eu-west-1.amazonaws.com",
	"APPROVERS":     "jo@example.com,sam@example.com",
	"WORKFLOW_NAME": "approval-workflow-prod",
	"CONFIRM":       "true",
}

func TestLoadConfig(t *testing.T) {
	got, err := loadConfig(func(name string) string { return validEnvironment[name] })
	if err != nil {
		t.Fatal(err)
	}
	want := config{
		topicARN:        validEnvironment["TOPIC_ARN"],
		linkKeyARN:      validEnvironment["LINK_KEY_ARN"],
		apiURL:          validEnvironment["API_URL"],
		approvers:       []string{"jo@example.com", "sam@example.com"},
		confirm:         true,
		name:            "approval-workflow-prod",
		executionPrefix: "arn:aws:states:eu-west-1:123456789012:execution:",
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(config{})); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
}

func TestLoadConfigListsEveryProblem(t *testing.T) {
	_, err := loadConfig(func(string) string { return "" })
	for name := range validEnvironment {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("error = %v, want %s in it", err, name)
		}
	}
}

func TestLoadConfigRefuses(t *testing.T) {
	tests := map[string][]string{
		"TOPIC_ARN":     {"approvals", "arn:aws:sqs:eu-west-1:123456789012:queue"},
		"LINK_KEY_ARN":  {"key/1", "arn:aws:sns:eu-west-1:123456789012:approvals"},
		"API_URL":       {"abc123.example", "ftp://abc123.example", "https://", "https://abc123.example/?x=1"},
		"APPROVERS":     {"", ",", "jo@example.com,", "jo@example.com,,sam@example.com"},
		"CONFIRM":       {"", "maybe"},
		"WORKFLOW_NAME": {"", " "},
	}
	for name, values := range tests {
		for _, value := range values {
			_, err := loadConfig(func(n string) string {
				if n == name {
					return value
				}
				return validEnvironment[n]
			})
			if want := fmt.Sprintf("%s %q", name, value); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error = %v, want %q in it", err, want)
			}
		}
	}
}
