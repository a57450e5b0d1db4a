package approval

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

type notifierFunc func(context.Context, Email) error

func (f notifierFunc) Notify(ctx context.Context, email Email) error { return f(ctx, email) }

type callbackFunc func(context.Context, Token, []byte) error

func (f callbackFunc) Succeed(ctx context.Context, token Token, output []byte) error {
	return f(ctx, token, output)
}

var testConfig = Config{APIURL: testAPI + "/", Timeout: time.Hour, CallTimeout: 10 * time.Second}

func TestSend(t *testing.T) {
	var sent []Email
	service := NewService(testConfig, notifierFunc(func(_ context.Context, email Email) error {
		sent = append(sent, email)
		return nil
	}), nil)
	service.now = func() time.Time { return testStart }
	if err := service.Send(t.Context(), testRequest(`{}`)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Email{compose(testRequest(`{}`), testAPI, testStart.Add(time.Hour))}, sent); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
}

func TestDecide(t *testing.T) {
	var outputs []string
	service := NewService(testConfig, nil, callbackFunc(func(_ context.Context, token Token, output []byte) error {
		if string(token) != "a/token+" {
			t.Errorf("token = %q", string(token))
		}
		outputs = append(outputs, string(output))
		return nil
	}))
	service.now = func() time.Time { return testStart.Add(1234567 * time.Microsecond).In(time.FixedZone("", 3600)) }
	click := Click{Token: "a/token+", Status: Approved, SourceIP: "203.0.113.7", UserAgent: strings.Repeat("é", 200)}
	record, err := service.Decide(t.Context(), click)
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf(`{"status":"approved","decidedAt":"2026-11-22T09:30:06.234Z","sourceIp":"203.0.113.7","userAgent":%q}`,
		strings.Repeat("é", 128))
	if diff := cmp.Diff([]string{want}, outputs); diff != "" {
		t.Errorf("outputs (-want +got):\n%s", diff)
	}
	if record.Status != Approved || record.UserAgent != strings.Repeat("é", 128) {
		t.Errorf("record = %+v", record)
	}
}

// TestFailuresAreCodedAndClean has both ports fail in every way. Whatever they quote, the token is not in the error.
func TestFailuresAreCodedAndClean(t *testing.T) {
	request := testRequest(`{}`)
	token := string(request.TaskToken)
	quoting := fmt.Errorf("value %q, in a link %s, is refused", token, url.QueryEscape(token))
	tests := []struct {
		name         string
		port         error
		send, decide Code
	}{
		{"known to be closed", &Error{Code: CodeClosed, Err: quoting}, CodeClosed, CodeClosed},
		{"wrapped", fmt.Errorf("outer: %w", &Error{Code: CodeUnavailable, Err: quoting}), CodeUnavailable, CodeUnavailable},
		{"no cause", &Error{Code: CodeInvalidToken}, CodeInvalidToken, CodeInvalidToken},
		{"unknown", quoting, CodeNotificationRefused, CodeInternal},
		{"out of time", fmt.Errorf("%w: %w", quoting, context.DeadlineExceeded), CodeNotificationUnavailable, CodeUnavailable},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			service := NewService(testConfig,
				notifierFunc(func(context.Context, Email) error { return test.port }),
				callbackFunc(func(context.Context, Token, []byte) error { return test.port }))
			check := func(err error, want Code) {
				t.Helper()
				var known *Error
				if !errors.As(err, &known) || known.Code != want {
					t.Fatalf("error = %v, want %s", err, want)
				}
				for ; err != nil; err = errors.Unwrap(err) {
					if strings.Contains(err.Error(), token) || strings.Contains(err.Error(), url.QueryEscape(token)) {
						t.Error("the token stands in the error")
					}
				}
			}
			check(service.Send(t.Context(), request), test.send)
			_, err := service.Decide(t.Context(), Click{Token: request.TaskToken, Status: Approved})
			check(err, test.decide)
		})
	}
}

func TestCallsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := NewService(testConfig,
			notifierFunc(func(ctx context.Context, _ Email) error { <-ctx.Done(); return ctx.Err() }),
			callbackFunc(func(ctx context.Context, _ Token, _ []byte) error { <-ctx.Done(); return ctx.Err() }))
		start := time.Now()
		var known *Error
		if err := service.Send(t.Context(), testRequest(`{}`)); !errors.As(err, &known) || known.Code != CodeNotificationUnavailable {
			t.Errorf("Send = %v, want %s", err, CodeNotificationUnavailable)
		}
		if _, err := service.Decide(t.Context(), Click{}); !errors.As(err, &known) || known.Code != CodeUnavailable {
			t.Errorf("Decide = %v, want %s", err, CodeUnavailable)
		}
		if got := time.Since(start); got != 2*testConfig.CallTimeout {
			t.Errorf("the calls took %s, want %s", got, 2*testConfig.CallTimeout)
		}
	})
}
