package approval_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/approval/approvaltest"
)

func newService(fake *approvaltest.Fake) *approval.Service {
	return approval.NewService(approval.Config{APIURL: approval.TestAPI}, fake, fake, fake)
}

// newRequest returns a request of an execution that started some time ago.
func newRequest(ago time.Duration) approval.Request {
	request := approval.RequestWith(`{}`)
	request.Execution.StartedAt = time.Now().Add(-ago)
	return request
}

func TestSend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := approvaltest.New()
		service := approval.NewService(approval.Config{APIURL: approval.TestAPI + "/", Confirm: true}, fake, fake, fake)
		request := newRequest(time.Second)
		reminder, err := service.Send(t.Context(), request)
		if err != nil || reminder != 0 {
			t.Errorf("reminder = %d, code = %q, want the first e-mail", reminder, approval.CodeOf(err))
		}
		// The e-mail contains the token, so that the test does not print it.
		config := approval.Config{APIURL: approval.TestAPI, Confirm: true}
		want := []approval.Email{approval.Compose(request, config, time.Now())}
		if !cmp.Equal(want, fake.Emails()) {
			t.Errorf("%d e-mails, want one with the text of compose", len(fake.Emails()))
		}
		if !service.Confirm() {
			t.Error("Confirm() = false, want true")
		}
	})
}

func TestSendCountsSubscribers(t *testing.T) {
	throttled := &approval.Error{Code: approval.CodeNotificationUnavailable, Err: errors.New("throttled")}
	tests := []struct {
		name        string
		subscribers approval.Subscribers
		err         error
		want        approval.Code
		message     string
	}{
		{
			name: "one pending", subscribers: approval.Subscribers{Pending: 1}, want: approval.CodeNoConfirmedApprover,
			message: "(pending: 1), so nobody would get the e-mail. Have an approver confirm",
		},
		{
			name: "none at all", want: approval.CodeNoConfirmedApprover,
			message: "(pending: 0), so nobody would get the e-mail. Run pulumi up --refresh",
		},
		{name: "unavailable", err: throttled, want: approval.CodeNotificationUnavailable},
		{name: "refused", err: errors.New("not authorized"), want: approval.CodeNotificationRefused},
		{name: "one confirmed", subscribers: approval.Subscribers{Confirmed: 1, Pending: 5}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			fake := approvaltest.New()
			fake.Subscriptions, fake.SubscribersErr = test.subscribers, test.err
			_, err := newService(fake).Send(t.Context(), newRequest(0))
			if approval.CodeOf(err) != test.want || !strings.Contains(approval.MessageOf(err), test.message) {
				t.Errorf("error = %s: %s, want %s: %s", approval.CodeOf(err), approval.MessageOf(err), test.want, test.message)
			}
			if sent := len(fake.Emails()); sent > 0 != (test.want == "") {
				t.Errorf("%d e-mails were sent", sent)
			}
		})
	}
}

// TestSendReminders sends each e-mail of a schedule with three intervals. RetryCount also counts e-mails that SNS did not
// accept at first.
func TestSendReminders(t *testing.T) {
	tests := []struct {
		name       string
		after      time.Duration // since the execution started
		retryCount int
		want       int
		expires    time.Duration // since the execution started
	}{
		{name: "first", expires: 3*time.Hour + 2*time.Second},
		{name: "first, second attempt", after: time.Minute, retryCount: 1, expires: 3*time.Hour + time.Minute + 2*time.Second},
		{name: "first reminder", after: time.Hour + time.Second, retryCount: 1, want: 1, expires: 3*time.Hour + 2*time.Second},
		{name: "first reminder, second attempt", after: time.Hour + time.Minute, retryCount: 2, want: 1,
			expires: 3*time.Hour + time.Minute + time.Second},
		{name: "last reminder", after: 2*time.Hour + 2*time.Second, retryCount: 2, want: 2, expires: 3*time.Hour + 2*time.Second},
		{name: "last reminder, fifth attempt", after: 2*time.Hour + time.Minute, retryCount: 6, want: 2,
			expires: 3*time.Hour + time.Minute},
		{name: "redriven long after", after: 1000 * time.Hour, expires: 1003*time.Hour + 2*time.Second},
		{name: "clock behind", after: -time.Minute, retryCount: 1, expires: 3*time.Hour - time.Minute + 2*time.Second},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				request := newRequest(test.after)
				request.Schedule = approval.Schedule{IntervalSeconds: 3600, PauseSeconds: 1, Reminders: 2}
				request.RetryCount = test.retryCount
				fake := approvaltest.New()
				if got, err := newService(fake).Send(t.Context(), request); err != nil || got != test.want {
					t.Fatalf("reminder = %d, code = %q, want %d", got, approval.CodeOf(err), test.want)
				}
				expires := request.Execution.StartedAt.Add(test.expires).UTC().Format(approval.TimeLayout)
				if !strings.Contains(fake.Emails()[0].Body, "\nExpires:    "+expires+"\n") {
					t.Errorf("the e-mail does not say that it expires at %s", expires)
				}
			})
		})
	}
}
