package approval_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/approval/approvaltest"
)

var requestToken = string(newRequest(0).TaskToken)

// TestPortErrors has every port fail in every way. Whatever the port quotes, the token is not in the error.
func TestPortErrors(t *testing.T) {
	quoting := fmt.Errorf("value %q, in a link %s, is refused", requestToken, url.QueryEscape(requestToken))
	tests := []struct {
		name         string
		err          error
		send, decide approval.Code
	}{
		{"closed", &approval.Error{Code: approval.CodeClosed, Err: quoting}, approval.CodeClosed, approval.CodeClosed},
		{"wrapped", fmt.Errorf("outer: %w", &approval.Error{Code: approval.CodeUnavailable, Err: quoting}),
			approval.CodeUnavailable, approval.CodeUnavailable},
		{"without a cause", &approval.Error{Code: approval.CodeInvalidToken}, approval.CodeInvalidToken, approval.CodeInvalidToken},
		{"without a code", quoting, approval.CodeNotificationRefused, approval.CodeInternal},
		{"out of time", fmt.Errorf("%w: %w", quoting, context.DeadlineExceeded),
			approval.CodeNotificationUnavailable, approval.CodeUnavailable},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			fake := approvaltest.New()
			fake.NotifyErr, fake.SucceedErr, fake.DescribeErr = test.err, test.err, test.err
			checkClean(t, send(t, fake), test.send)
			fake.SubscribersErr = test.err
			checkClean(t, send(t, fake), test.send)
			checkClean(t, decide(t, fake), test.decide)
		})
	}
}

func send(t *testing.T, fake *approvaltest.Fake) error {
	_, err := newService(fake).Send(t.Context(), newRequest(0))
	return err
}

// decide clicks on the link of the e-mail that send sends.
func decide(t *testing.T, fake *approvaltest.Fake) error {
	_, err := newService(fake).Decide(t.Context(), approval.Click{
		Decision: approval.Approve,
		Link: approval.Link{
			Token:     approval.Token(requestToken),
			Execution: approval.ExecutionRef{StateMachine: "approval-workflow", Name: "release-42"},
		},
	})
	return err
}

// checkClean checks the code of an error, and that neither the error nor what it wraps contains the token.
func checkClean(t *testing.T, err error, want approval.Code) {
	t.Helper()
	if got := approval.CodeOf(err); got != want {
		t.Errorf("code = %q, want %q", got, want)
	}
	for ; err != nil; err = errors.Unwrap(err) {
		text := fmt.Sprintf("%v %+v %#v", err, err, err)
		if strings.Contains(text, requestToken) || strings.Contains(text, url.QueryEscape(requestToken)) {
			t.Error("the error contains the token")
		}
	}
}

func TestCallsAreLimited(t *testing.T) {
	tests := []struct {
		name    string
		hang    bool
		latency time.Duration
		call    func(*testing.T, *approvaltest.Fake) error
		want    approval.Code
	}{
		{name: "Send", hang: true, call: send, want: approval.CodeNotificationUnavailable},
		{name: "second call of Send", latency: 6 * time.Second, call: send, want: approval.CodeNotificationUnavailable},
		{name: "Decide", hang: true, call: decide, want: approval.CodeUnavailable},
		{name: "second call of Decide", latency: 6 * time.Second, call: decide, want: approval.CodeClosed},
		{name: "pause after the second call of Decide", latency: 4900 * time.Millisecond, call: decide, want: approval.CodeClosed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake, _ := newClosed()
				fake.Executions = []approval.Execution{{Status: "RUNNING"}}
				fake.Hang, fake.Latency = test.hang, test.latency
				start := time.Now()
				if got := approval.CodeOf(test.call(t, fake)); got != test.want {
					t.Errorf("code = %q, want %q", got, test.want)
				}
				if got := time.Since(start); got != approval.CallTimeout {
					t.Errorf("the calls took %s, want %s", got, approval.CallTimeout)
				}
			})
		})
	}
}
