package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
)

// startSNS starts an SNS that answers every call with a status and a body. It returns a notifier for its topic.
func startSNS(t *testing.T, handle func(call url.Values) (status int, answer string)) notifier {
	t.Helper()
	config := startAWS(t, func(w http.ResponseWriter, r *http.Request) {
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
	n := startSNS(t, func(call url.Values) (int, string) {
		got = call
		return http.StatusOK, "<PublishResponse><PublishResult/></PublishResponse>"
	})
	if err := n.Notify(t.Context(), approval.Email{Subject: "Approve?", Body: "Click."}); err != nil {
		t.Fatal(err)
	}
	want := url.Values{
		"Action": {"Publish"}, "Version": {"2010-03-31"}, "TopicArn": {"arn"}, "Subject": {"Approve?"}, "Message": {"Click."},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("call (-want +got):\n%s", diff)
	}
}

func TestSubscribers(t *testing.T) {
	const (
		confirmed = "<entry><key>SubscriptionsConfirmed</key><value>2</value></entry>"
		pending   = "<entry><key>SubscriptionsPending</key><value>3</value></entry>"
	)
	tests := []struct {
		name, attributes string
		want             approval.Subscribers
		wantError        bool
	}{
		{name: "both", attributes: confirmed + pending, want: approval.Subscribers{Confirmed: 2, Pending: 3}},
		{name: "no pending", attributes: confirmed, wantError: true},
		{name: "no confirmed", attributes: pending, wantError: true},
		{name: "neither", wantError: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			n := startSNS(t, func(call url.Values) (int, string) {
				want := url.Values{"Action": {"GetTopicAttributes"}, "Version": {"2010-03-31"}, "TopicArn": {"arn"}}
				if diff := cmp.Diff(want, call); diff != "" {
					t.Errorf("call (-want +got):\n%s", diff)
				}
				return http.StatusOK, "<GetTopicAttributesResponse><GetTopicAttributesResult><Attributes>" + test.attributes +
					"</Attributes></GetTopicAttributesResult></GetTopicAttributesResponse>"
			})
			got, err := n.Subscribers(t.Context())
			if got != test.want || (err != nil) != test.wantError {
				t.Errorf("Subscribers = %+v, %v, want %+v, error: %t", got, err, test.want, test.wantError)
			}
		})
	}
}

func TestNotifierErrors(t *testing.T) {
	tests := []struct {
		status    int
		exception string
		want      approval.Code
	}{
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
			n := startSNS(t, func(url.Values) (int, string) {
				return test.status, fmt.Sprintf("<ErrorResponse><Error><Code>%s</Code><Message>m</Message></Error></ErrorResponse>", test.exception)
			})
			checkCode(t, n.Notify(t.Context(), approval.Email{}), test.want)
			_, err := n.Subscribers(t.Context())
			checkCode(t, err, test.want)
		})
	}
}
