package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
)

// newSNS returns a notifier for the topic of an SNS that answers every call with a body.
func newSNS(t *testing.T, answer func(call url.Values) string) approval.Notifier {
	t.Helper()
	return newPorts(newAWS(answerCalls(t, func(_, body string) (int, string) {
		call, err := url.ParseQuery(body)
		if err != nil {
			t.Error(err)
		}
		return http.StatusOK, answer(call)
	}))).Notifier
}

func TestNotify(t *testing.T) {
	var got url.Values
	n := newSNS(t, func(call url.Values) string {
		got = call
		return "<PublishResponse><PublishResult/></PublishResponse>"
	})
	if err := n.Notify(t.Context(), approval.Email{To: "jo@example.com", Subject: "Approve?", Body: "Click."}); err != nil {
		t.Fatal(err)
	}
	want := url.Values{
		"Action": {"Publish"}, "Version": {"2010-03-31"}, "TopicArn": {"arn"}, "Subject": {"Approve?"}, "Message": {"Click."},
		"MessageAttributes.entry.1.Name":              {"approver"},
		"MessageAttributes.entry.1.Value.DataType":    {"String"},
		"MessageAttributes.entry.1.Value.StringValue": {"jo@example.com"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("call (-want +got):\n%s", diff)
	}
}

// TestAnnounce checks which topic gets the notices of each audience, and with which attributes.
func TestAnnounce(t *testing.T) {
	attributes := map[string]string{"status": "FAILED"}
	for _, test := range []struct {
		notice                  approval.Notice
		topic, attribute, value string
	}{
		{approval.Notice{Audience: approval.AudienceApprover, To: "jo@example.com", Attributes: attributes}, "arn", "approver", "jo@example.com"},
		{approval.Notice{Audience: approval.AudienceTeam, Attributes: attributes}, "outcomes", "status", "FAILED"},
		{approval.Notice{Audience: approval.AudienceOperators, Attributes: attributes}, "alarms", "", ""},
	} {
		var got url.Values
		n := newSNS(t, func(call url.Values) string {
			got = call
			return "<PublishResponse><PublishResult/></PublishResponse>"
		})
		test.notice.Subject, test.notice.Body = "Rejected: x", "Text."
		if err := n.Announce(t.Context(), test.notice); err != nil {
			t.Fatal(err)
		}
		want := url.Values{
			"Action": {"Publish"}, "Version": {"2010-03-31"}, "TopicArn": {test.topic}, "Subject": {"Rejected: x"}, "Message": {"Text."},
		}
		if test.attribute != "" {
			want.Set("MessageAttributes.entry.1.Name", test.attribute)
			want.Set("MessageAttributes.entry.1.Value.DataType", "String")
			want.Set("MessageAttributes.entry.1.Value.StringValue", test.value)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("call for the %s (-want +got):\n%s", test.notice.Audience, diff)
		}
	}
}

// TestAnnounceWithoutOperators checks that nothing is published for operators that do not exist.
func TestAnnounceWithoutOperators(t *testing.T) {
	if err := (notifier{}).Announce(t.Context(), approval.Notice{Audience: approval.AudienceOperators}); err != nil {
		t.Error(err)
	}
}

// subscription returns an entry of ListSubscriptionsByTopic.
func subscription(arn, protocol, endpoint string) string {
	return fmt.Sprintf("<member><SubscriptionArn>%s</SubscriptionArn><Protocol>%s</Protocol><Endpoint>%s</Endpoint>"+
		"<Owner>123456789012</Owner><TopicArn>arn</TopicArn></member>", arn, protocol, endpoint)
}

const confirmedARN = "arn:aws:sns:eu-west-1:123456789012:approvals:2bcfbf39-05c3-41de-beaa-fcfcc21c8f55"

// TestConfirmed lists subscriptions on three pages. The second one is empty.
func TestConfirmed(t *testing.T) {
	pages := []string{
		subscription(confirmedARN, "email", "jo@example.com") +
			subscription("PendingConfirmation", "email", "pending@example.com") +
			subscription("Deleted", "email", "deleted@example.com") +
			subscription(confirmedARN, "sqs", "arn:aws:sqs:eu-west-1:123456789012:queue") +
			subscription(confirmedARN, "email-json", "json@example.com"),
		"",
		subscription(confirmedARN, "email", "Sam@example.com"),
	}
	calls := 0
	n := newSNS(t, func(call url.Values) string {
		want := url.Values{"Action": {"ListSubscriptionsByTopic"}, "Version": {"2010-03-31"}, "TopicArn": {"arn"}}
		if calls > 0 {
			want.Set("NextToken", strings.Repeat("next", calls))
		}
		if diff := cmp.Diff(want, call); diff != "" {
			t.Errorf("call (-want +got):\n%s", diff)
		}
		result := "<Subscriptions>" + pages[calls] + "</Subscriptions>"
		if calls++; calls < len(pages) {
			result += "<NextToken>" + strings.Repeat("next", calls) + "</NextToken>"
		}
		return "<ListSubscriptionsByTopicResponse><ListSubscriptionsByTopicResult>" + result +
			"</ListSubscriptionsByTopicResult></ListSubscriptionsByTopicResponse>"
	})
	got, err := n.Confirmed(t.Context())
	if diff := cmp.Diff([]string{"jo@example.com", "Sam@example.com"}, got); diff != "" || err != nil {
		t.Errorf("error %v, confirmed (-want +got):\n%s", err, diff)
	}
}
