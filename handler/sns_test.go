package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
)

// newSNS returns a notifier for the topic of an SNS that answers every call with a status and a body.
func newSNS(t *testing.T, handle func(call url.Values) (status int, answer string)) notifier {
	t.Helper()
	config := newAWS(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		call, err := url.ParseQuery(string(body))
		if err != nil {
			t.Error(err)
		}
		status, answer := handle(call)
		w.WriteHeader(status)
		fmt.Fprint(w, answer)
	})
	return notifier{client: sns.NewFromConfig(config), topicARN: "arn"}
}

func TestNotify(t *testing.T) {
	var got url.Values
	n := newSNS(t, func(call url.Values) (int, string) {
		got = call
		return http.StatusOK, "<PublishResponse><PublishResult/></PublishResponse>"
	})
	if err := n.Notify(t.Context(), "jo@example.com", approval.Email{Subject: "Approve?", Body: "Click."}); err != nil {
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

// subscription returns an entry of ListSubscriptionsByTopic.
func subscription(arn, protocol, endpoint string) string {
	return fmt.Sprintf("<member><SubscriptionArn>%s</SubscriptionArn><Protocol>%s</Protocol><Endpoint>%s</Endpoint>"+
		"<Owner>123456789012</Owner><TopicArn>arn</TopicArn></member>", arn, protocol, endpoint)
}

const confirmedARN = "arn:aws:sns:eu-west-1:123456789012:approvals:2bcfbf39-05c3-41de-beaa-fcfcc21c8f55"

func TestConfirmed(t *testing.T) {
	jo := subscription(confirmedARN, "email", "jo@example.com")
	sam := subscription(confirmedARN, "email", "Sam@example.com")
	tests := []struct {
		name  string
		pages []string
		want  []string
	}{
		{"none", []string{""}, nil},
		{"confirmed", []string{jo + sam}, []string{"jo@example.com", "Sam@example.com"}},
		{"pending", []string{subscription("PendingConfirmation", "email", "jo@example.com") + sam}, []string{"Sam@example.com"}},
		{"deleted", []string{subscription("Deleted", "email", "jo@example.com")}, nil},
		{"other protocols", []string{
			subscription(confirmedARN, "sqs", "arn:aws:sqs:eu-west-1:123456789012:queue") +
				subscription(confirmedARN, "email-json", "jo@example.com"),
		}, nil},
		{"pages", []string{jo, "", sam}, []string{"jo@example.com", "Sam@example.com"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := newSNS(t, servePages(t, test.pages)).Confirmed(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("confirmed (-want +got):\n%s", diff)
			}
		})
	}
}

// servePages answers ListSubscriptionsByTopic with one page after the other.
func servePages(t *testing.T, pages []string) func(url.Values) (int, string) {
	calls := 0
	return func(call url.Values) (int, string) {
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
		return http.StatusOK, "<ListSubscriptionsByTopicResponse><ListSubscriptionsByTopicResult>" + result +
			"</ListSubscriptionsByTopicResult></ListSubscriptionsByTopicResponse>"
	}
}

func TestNotifierErrors(t *testing.T) {
	tests := []errorTest{
		{400, "Throttling", approval.CodeNotificationUnavailable},
		{500, "InternalError", approval.CodeNotificationUnavailable},
		{503, "ServiceUnavailable", approval.CodeNotificationUnavailable},
		{400, "KMSThrottling", approval.CodeNotificationUnavailable},
		{429, "Throttled", approval.CodeNotificationUnavailable},
		{403, "AuthorizationError", approval.CodeNotificationRefused},
		{404, "NotFound", approval.CodeNotificationRefused},
		{400, "InvalidParameter", approval.CodeNotificationRefused},
	}
	for _, test := range tests {
		t.Run(test.exception, func(t *testing.T) {
			n := newSNS(t, func(url.Values) (int, string) {
				return test.status, fmt.Sprintf("<ErrorResponse><Error><Code>%s</Code><Message>m</Message></Error></ErrorResponse>", test.exception)
			})
			checkCode(t, n.Notify(t.Context(), "jo@example.com", approval.Email{}), test.want)
			_, err := n.Confirmed(t.Context())
			checkCode(t, err, test.want)
		})
	}
}
