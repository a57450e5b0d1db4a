package infra

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"approval-workflow/handler/approval"
)

// TestAlarmsWatchWhatIsReported holds each alarm to a metric that AWS documents, under a dimension that AWS reports it
// by, or to one of the workflow's own filters.
func TestAlarmsWatchWhatIsReported(t *testing.T) {
	c := &cloud{partition: "aws"}
	deploy(t, c, "approval")
	reported := map[string]map[string]any{
		"AWS/Lambda Errors":    {"FunctionName": "approval-1234567"},
		"AWS/Lambda Throttles": {"FunctionName": "approval-1234567"},
		"AWS/Lambda Duration":  {"FunctionName": "approval-1234567"},
		"AWS/ApiGateway 5xx":   {"ApiId": "approval-api"},
	}
	for _, filter := range c.of("aws:cloudwatch/logMetricFilter:LogMetricFilter") {
		metric := filter["metricTransformation"].(map[string]any)
		reported[metric["namespace"].(string)+" "+metric["name"].(string)] = nil
	}
	for name, alarm := range c.of("aws:cloudwatch/metricAlarm:MetricAlarm") {
		metric := alarm["namespace"].(string) + " " + alarm["metricName"].(string)
		want, ok := reported[metric]
		if !ok {
			t.Errorf("%s watches %s, which nothing reports", name, metric)
		}
		dimensions, _ := alarm["dimensions"].(map[string]any)
		if diff := cmp.Diff(want, dimensions); diff != "" {
			t.Errorf("%s: dimensions (-reported +watched):\n%s", name, diff)
		}
	}
}

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
const maxDescription = 1024

// TestSlowIsSeen: the alarm for slow calls is raised before the handler gives up on them, that before Lambda ends the
// function, and that before API Gateway gives up on it.
func TestSlowIsSeen(t *testing.T) {
	if slow >= approval.CallTimeout || approval.CallTimeout >= functionTimeout || functionTimeout >= 30*time.Second {
		t.Errorf("slow %s, calls %s, function %s", slow, approval.CallTimeout, functionTimeout)
	}
}

func TestAlarmsAreExplained(t *testing.T) {
	for _, a := range alarms {
		if len(a.description) > maxDescription || strings.Count(a.description, ". ") == 0 {
			t.Errorf("%s: the description does not say what happened and what to do: %s", a.name, a.description)
		}
	}
}

func TestReadmeNamesAlarmsAndMetrics(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range alarms {
		if !strings.Contains(string(readme), "\n| `"+a.name+"` |") {
			t.Errorf("the README has no row for %s", a.name)
		}
	}
	for _, m := range metrics {
		if !strings.Contains(string(readme), "`"+m.name+"`") {
			t.Errorf("the README does not name the metric %s", m.name)
		}
	}
}

func TestAlarmActions(t *testing.T) {
	const alarmTopic = "arn:aws:sns:eu-west-1:123456789012:approval-alarms-1234567"
	tests := []struct {
		emails  []string
		actions any
	}{
		{[]string{"ops@example.com", "ann@example.com"}, []any{alarmTopic}}, // ann is an approver too
		{nil, nil},
	}
	for _, test := range tests {
		config := testConfig
		config.Emails = append(config.Emails, "alarms-ops@example.com")
		config.AlarmEmails = test.emails
		c := &cloud{partition: "aws"}
		deployConfig(t, c, config, "approval")
		found := c.of("aws:cloudwatch/metricAlarm:MetricAlarm")
		if len(found) != len(alarms) {
			t.Errorf("%v: %d alarms, want %d", test.emails, len(found), len(alarms))
		}
		for name, alarm := range found {
			if diff := cmp.Diff(test.actions, alarm["alarmActions"]); diff != "" {
				t.Errorf("%v: actions of %s (-want +got):\n%s", test.emails, name, diff)
			}
		}
		var subscribers []string
		for _, s := range c.of("aws:sns/topicSubscription:TopicSubscription") {
			if s["topic"] == alarmTopic {
				subscribers = append(subscribers, s["endpoint"].(string))
			}
		}
		sorted := cmpopts.SortSlices(strings.Compare)
		if diff := cmp.Diff(test.emails, subscribers, sorted); diff != "" {
			t.Errorf("%v: subscribers of the alarms (-want +got):\n%s", test.emails, diff)
		}
	}
}

// CloudWatch may not use the key alias/aws/sns.
func TestAlarmTopicIsNotEncrypted(t *testing.T) {
	c := &cloud{partition: "aws"}
	deploy(t, c, "approval")
	topic, ok := c.of("aws:sns/topic:Topic")["approval-alarms"]
	if got := slices.Sorted(maps.Keys(topic)); !ok || !slices.Equal(got, []string{"tags"}) {
		t.Errorf("the alarms' topic is made from %v", got)
	}
}
