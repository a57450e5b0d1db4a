package main

import (
	"fmt"
	"strings"
	"testing"
)

var validEnvironment = map[string]string{
	"TOPIC_ARN": "arn:aws:sns:eu-west-1:123456789012:approvals",
	"API_URL":   "https://abc123.execute-api.eu-west-1.amazonaws.com",
	"CONFIRM":   "true",
}

func TestLoadConfig(t *testing.T) {
	got, err := loadConfig(func(name string) string { return validEnvironment[name] })
	want := config{
		topicARN:        validEnvironment["TOPIC_ARN"],
		apiURL:          validEnvironment["API_URL"],
		confirm:         true,
		executionPrefix: "arn:aws:states:eu-west-1:123456789012:execution:",
	}
	if err != nil || got != want {
		t.Errorf("loadConfig = %+v, %v, want %+v", got, err, want)
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
		"TOPIC_ARN": {"approvals", "arn:aws:sqs:eu-west-1:123456789012:queue"},
		"API_URL":   {"abc123.example", "ftp://abc123.example", "https://", "https://abc123.example/?x=1"},
		"CONFIRM":   {"", "maybe"},
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
