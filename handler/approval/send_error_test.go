package approval_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/approval/approvaltest"
)

var (
	throttled = &approval.Error{Code: approval.CodeNotificationUnavailable, Err: errors.New("throttled")}
	denied    = &approval.Error{Code: approval.CodeNotificationRefused, Err: errors.New("AuthorizationError")}
)

// TestSendToUnreachable has SNS not accept the e-mails to some approvers. The others get theirs, and a retry asks everybody
// again as long as it may help.
func TestSendToUnreachable(t *testing.T) {
	tests := []struct {
		name string
		errs map[string]error
		want approval.Code
		sent []string
	}{
		{"one throttled", map[string]error{ed: throttled}, approval.CodeNotificationUnavailable, []string{jo, al}},
		{"one out of time", map[string]error{ed: fmt.Errorf("publish: %w", context.DeadlineExceeded)},
			approval.CodeNotificationUnavailable, []string{jo, al}},
		{"one refused", map[string]error{ed: denied}, approval.CodeNotificationRefused, []string{jo, al}},
		{"one refused without a code", map[string]error{jo: errors.New("no")}, approval.CodeNotificationRefused, []string{ed, al}},
		{"refused, then throttled", map[string]error{jo: denied, ed: throttled}, approval.CodeNotificationUnavailable, []string{al}},
		{"throttled, then refused", map[string]error{jo: throttled, ed: denied}, approval.CodeNotificationUnavailable, []string{al}},
		{"all refused", map[string]error{jo: denied, ed: denied, al: denied}, approval.CodeNotificationRefused, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := newGate(t, 1)
			g.fake.NotifyErr = func(approver string) error { return test.errs[approver] }
			g.checkNotSent(test.want)
			g.checkRecipients(test.sent...)
			g.fake.NotifyErr = nil
			if sent, err := g.service.Send(t.Context(), g.request); err != nil || sent.Emails != 3 {
				t.Errorf("retry: %d e-mails, code = %q, want 3", sent.Emails, approval.CodeOf(err))
			}
		})
	}
}

// TestSendFails has SNS and KMS fail for everybody. No e-mail is sent, and the state machine knows each code.
func TestSendFails(t *testing.T) {
	keyThrottled := &approval.Error{Code: approval.CodeUnavailable, Err: errors.New("throttled")}
	tests := []struct {
		name string
		edit func(*approvaltest.Fake)
		want approval.Code
	}{
		{"list throttled", func(f *approvaltest.Fake) { f.ConfirmedErr = throttled }, approval.CodeNotificationUnavailable},
		{"list refused", func(f *approvaltest.Fake) { f.ConfirmedErr = denied }, approval.CodeNotificationRefused},
		{"list refused without a code", func(f *approvaltest.Fake) { f.ConfirmedErr = errors.New("no") }, approval.CodeNotificationRefused},
		{"key throttled", func(f *approvaltest.Fake) { f.KeyErr = keyThrottled }, approval.CodeNotificationUnavailable},
		{"key throttled, wrapped", func(f *approvaltest.Fake) { f.KeyErr = fmt.Errorf("key: %w", keyThrottled) },
			approval.CodeNotificationUnavailable},
		{"key hangs", func(f *approvaltest.Fake) { f.HangKey = true }, approval.CodeNotificationUnavailable},
		{"key denied", func(f *approvaltest.Fake) { f.KeyErr = errors.New("AccessDenied") }, approval.CodeNotificationRefused},
		{"key too short", func(f *approvaltest.Fake) { f.Key = []byte("short") }, approval.CodeNotificationRefused},
		{"everything hangs", func(f *approvaltest.Fake) { f.Hang = true }, approval.CodeNotificationUnavailable},
		{"e-mail too slow", func(f *approvaltest.Fake) { f.Latency = 6 * time.Second }, approval.CodeNotificationUnavailable},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newGate(t, 1)
				test.edit(g.fake)
				begin := time.Now()
				g.checkNotSent(test.want)
				if got := time.Since(begin); got > approval.CallTimeout {
					t.Errorf("the calls took %s, want at most %s", got, approval.CallTimeout)
				}
				g.checkRecipients()
			})
		})
	}
}

// checkNotSent checks the code of a request that not everybody got.
func (g *gate) checkNotSent(want approval.Code) {
	g.t.Helper()
	sent, err := g.service.Send(g.t.Context(), g.request)
	if got := approval.CodeOf(err); got != want || sent != (approval.Sent{}) {
		g.t.Errorf("Send() = %+v, code = %q, want %q", sent, got, want)
	}
}
