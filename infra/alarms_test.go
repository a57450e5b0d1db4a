package infra

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"approval-workflow/handler/approval"
)

// TestAlarmsWatchMetricsThatExist checks that each alarm watches a metric and a dimension that AWS documents, or a
// metric of the workflow.
func TestAlarmsWatchMetricsThatExist(t *testing.T) {
	c := &cloud{partition: "aws"}
	deploy(t, c, "approval")
	reported := map[string]map[string]any{
		"AWS/Lambda Errors":    {"FunctionName": "approval-1234567"},
		"AWS/Lambda Throttles": {"FunctionName": "approval-1234567"},
		"AWS/Lambda Duration":  {"FunctionName": "approval-1234567"},
		"AWS/ApiGateway 5xx":   {"ApiId": "approval-api"},
	}
	for _, filter := range c.ofType("aws:cloudwatch/logMetricFilter:LogMetricFilter") {
		metric := filter["metricTransformation"].(map[string]any)
		reported[metric["namespace"].(string)+" "+metric["name"].(string)] = nil
	}
	for name, alarm := range c.ofType("aws:cloudwatch/metricAlarm:MetricAlarm") {
		queries := alarm["metricQueries"].([]any)
		watched := queries[0].(map[string]any)["metric"].(map[string]any)
		metric := watched["namespace"].(string) + " " + watched["metricName"].(string)
		want, ok := reported[metric]
		if !ok {
			t.Errorf("%s watches %s, which does not exist", name, metric)
		}
		dimensions, _ := watched["dimensions"].(map[string]any)
		if diff := cmp.Diff(want, dimensions); diff != "" {
			t.Errorf("%s: dimensions (-reported +watched):\n%s", name, diff)
		}
		evaluated := queries[1].(map[string]any)
		if evaluated["expression"] != "FILL(reported, 0)" || evaluated["returnData"] != true || len(queries) != 2 {
			t.Errorf("%s evaluates %v, want the metric with 0 for each period without data", name, evaluated)
		}
	}
}

// TestTimeouts checks that each timeout is longer than those within it: a slow call raises the alarm, then the handler
// gives up, then Lambda ends the function, and then API Gateway stops waiting.
func TestTimeouts(t *testing.T) {
	if slow >= approval.CallTimeout || approval.CallTimeout >= functionTimeout || functionTimeout >= 30*time.Second {
		t.Errorf("slow = %s, approval.CallTimeout = %s, functionTimeout = %s", slow, approval.CallTimeout, functionTimeout)
	}
}

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
const maxDescription = 1024

func TestAlarmDescriptions(t *testing.T) {
	for _, a := range alarms {
		if len(a.description) > maxDescription {
			t.Errorf("%s: the description has %d bytes, more than CloudWatch accepts", a.name, len(a.description))
		}
		if !strings.Contains(a.description, ". ") {
			t.Errorf("%s: the description does not say what happened and what to do: %s", a.name, a.description)
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
		args := testArgs
		args.Emails = append(slices.Clone(args.Emails), "alarms-ops@example.com")
		args.AlarmEmails = test.emails
		c := &cloud{partition: "aws"}
		deployArgs(t, c, args, "approval")
		found := c.ofType("aws:cloudwatch/metricAlarm:MetricAlarm")
		if len(found) != len(alarms) {
			t.Errorf("%v: %d alarms, want %d", test.emails, len(found), len(alarms))
		}
		for name, alarm := range found {
			if diff := cmp.Diff(test.actions, alarm["alarmActions"]); diff != "" {
				t.Errorf("%v: actions of %s (-want +got):\n%s", test.emails, name, diff)
			}
		}
		if diff := cmp.Diff(test.emails, c.subscribers(alarmTopic), cmpopts.SortSlices(strings.Compare)); diff != "" {
			t.Errorf("%v: subscribers of the alarms (-want +got):\n%s", test.emails, diff)
		}
	}
}

// subscribers returns the addresses that a topic sends to.
func (c *cloud) subscribers(topic string) []string {
	var addresses []string
	for _, subscription := range c.ofType("aws:sns/topicSubscription:TopicSubscription") {
		if subscription["topic"] == topic {
			addresses = append(addresses, subscription["endpoint"].(string))
		}
	}
	return addresses
}

// CloudWatch and EventBridge cannot publish to a topic that is encrypted with the key alias/aws/sns.
func TestAlarmTopicIsNotEncrypted(t *testing.T) {
	c := &cloud{partition: "aws"}
	deploy(t, c, "approval")
	topic, ok := c.ofType("aws:sns/topic:Topic")["approval-alarms"]
	if got := slices.Sorted(maps.Keys(topic)); !ok || !slices.Equal(got, []string{"tags"}) {
		t.Errorf("arguments of the alarms' topic = %v, want only tags", got)
	}
}
