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

func (notifierFunc) Audience(context.Context) (Audience, error) { return Audience{Confirmed: 1}, nil }

func (f notifierFunc) Notify(ctx context.Context, email Email) error { return f(ctx, email) }

type callbackFunc func(context.Context, Token, []byte) error

func (f callbackFunc) Succeed(ctx context.Context, token Token, output []byte) error {
	return f(ctx, token, output)
}

type executionsFunc func(context.Context, Reference) (State, error)

func (f executionsFunc) Describe(ctx context.Context, reference Reference) (State, error) {
	return f(ctx, reference)
}

func TestSend(t *testing.T) {
	var sent []Email
	config := testConfig
	config.APIURL += "/"
	service := NewService(config, notifierFunc(func(_ context.Context, email Email) error {
		sent = append(sent, email)
		return nil
	}), nil, nil)
	service.now = func() time.Time { return testStart }
	if _, err := service.Send(t.Context(), testRequest(`{}`)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Email{compose(testRequest(`{}`), testConfig, testStart)}, sent); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
}

// audience is a topic by its subscriptions alone: it takes no e-mail.
type audience struct {
	counts Audience
	err    error
}

func (a audience) Audience(context.Context) (Audience, error) { return a.counts, a.err }

func (audience) Notify(context.Context, Email) error { return errors.New("an e-mail was sent") }

func TestSendAsksWhoListens(t *testing.T) {
	throttled := &Error{Code: CodeNotificationUnavailable, Err: errors.New("throttled")}
	tests := []struct {
		name     string
		notifier audience
		want     Code
		message  string
	}{
		{"one pending", audience{Audience{0, 1}, nil}, CodeNoConfirmedApprover, "(pending: 1), so nobody would get the e-mail. Have an approver confirm"},
		{"none at all", audience{Audience{0, 0}, nil}, CodeNoConfirmedApprover, "(pending: 0), so nobody would get the e-mail. Run pulumi up --refresh"},
		{"not told for now", audience{Audience{}, throttled}, CodeNotificationUnavailable, ""},
		{"not told", audience{Audience{}, errors.New("not authorized")}, CodeNotificationRefused, ""},
		{"one confirmed", audience{Audience{1, 5}, nil}, CodeNotificationRefused, ""}, // by Notify
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := NewService(testConfig, test.notifier, nil, nil).Send(t.Context(), testRequest(`{}`))
			var known *Error
			if !errors.As(err, &known) || known.Code != test.want || !strings.Contains(known.Message, test.message) {
				t.Errorf("error = %v, want %s: %s", err, test.want, test.message)
			}
		})
	}
}

// TestReminders sends each e-mail of a wait of three spans, once with and once without an e-mail that SNS did not take
// at first.
func TestReminders(t *testing.T) {
	tests := []struct {
		name       string
		after      time.Duration // since the execution began
		retryCount int
		want       int
		deadline   time.Duration // since the execution began
	}{
		{"first", 0, 0, 0, 3*time.Hour + 2*time.Second},
		{"first, at the second try", time.Minute, 1, 0, 3*time.Hour + time.Minute + 2*time.Second},
		{"first reminder", time.Hour + time.Second, 1, 1, 3*time.Hour + 2*time.Second},
		{"first reminder, after a retry", time.Hour + time.Minute, 2, 1, 3*time.Hour + time.Minute + time.Second},
		{"last reminder", 2*time.Hour + 2*time.Second, 2, 2, 3*time.Hour + 2*time.Second},
		{"last reminder, after retries", 2*time.Hour + time.Minute, 6, 2, 3*time.Hour + time.Minute},
		{"started again long after", 1000 * time.Hour, 0, 0, 1003*time.Hour + 2*time.Second},
		{"a clock that is behind", -time.Minute, 1, 0, 3*time.Hour - time.Minute + 2*time.Second},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			request := testRequest(`{}`)
			request.Wait = Wait{Seconds: 3600, PauseSeconds: 1, Reminders: 2, RetryCount: test.retryCount}
			var body string
			service := NewService(testConfig, notifierFunc(func(_ context.Context, email Email) error {
				body = email.Body
				return nil
			}), nil, nil)
			service.now = func() time.Time { return testStart.Add(test.after) }
			if got, err := service.Send(t.Context(), request); err != nil || got != test.want {
				t.Errorf("reminder = %d, %v, want %d", got, err, test.want)
			}
			if want := "Expires:    " + testStart.Add(test.deadline).Format(TimeLayout); !strings.Contains(body, want) {
				t.Errorf("the e-mail does not say %q", want)
			}
		})
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
	}), nil)
	service.now = func() time.Time { return testStart.Add(1234567 * time.Microsecond).In(time.FixedZone("", 3600)) }
	click := Click{
		Link:      Link{Token: "a/token+", SentAt: testStart.Add(-41 * time.Second)},
		Status:    Approved,
		Reason:    " Looks <good>.\r\nGo! ",
		SourceIP:  "203.0.113.7",
		UserAgent: strings.Repeat("é", 200),
	}
	record, err := service.Decide(t.Context(), click)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"status":"approved","decidedAt":"2026-11-22T09:30:06.234567Z","reason":"Looks <good>.\nGo!",` +
		`"sourceIp":"203.0.113.7","userAgent":"` + strings.Repeat("é", 128) + `","ageSeconds":42}`
	if diff := cmp.Diff([]string{want}, outputs); diff != "" {
		t.Errorf("outputs (-want +got):\n%s", diff)
	}
	if record.Status != Approved || record.UserAgent != strings.Repeat("é", 128) {
		t.Errorf("record = %+v", record)
	}
}

func TestAgeIsNeverNegative(t *testing.T) {
	record, err := newRecord(Click{Link: Link{SentAt: testStart.Add(time.Second)}}, testStart)
	if err != nil || *record.AgeSeconds != 0 {
		t.Errorf("age of a click before its e-mail = %d, %v", *record.AgeSeconds, err)
	}
	if record, err := newRecord(Click{}, testStart); err != nil || record.AgeSeconds != nil {
		t.Errorf("age without a time in the link = %v, %v", record.AgeSeconds, err)
	}
}

func TestReasonIsBounded(t *testing.T) {
	decided := false
	service := NewService(testConfig, nil, callbackFunc(func(context.Context, Token, []byte) error {
		decided = true
		return nil
	}), nil)
	_, err := service.Decide(t.Context(), Click{Status: Rejected, Reason: strings.Repeat("é", MaxReason+1)})
	var known *Error
	if !errors.As(err, &known) || known.Code != CodeInvalidReason || decided {
		t.Errorf("error = %v, decided: %t; want %s and no decision", err, decided, CodeInvalidReason)
	}
	if _, err := service.Decide(t.Context(), Click{Status: Rejected, Reason: strings.Repeat("é", MaxReason)}); err != nil {
		t.Errorf("the longest reason: %v", err)
	}
}

// TestRecordFitsBesideTheLargestInput holds the promise that what could be asked about can also be approved: a state
// passes on at most 262,144 bytes.
func TestRecordFitsBesideTheLargestInput(t *testing.T) {
	for _, filler := range []string{"\x01", "<", `"`, "\u2028", "\U0001f600", "\xff"} {
		record, err := newRecord(Click{
			Link:      Link{SentAt: time.Unix(1, 0)},
			Status:    Approved,
			Reason:    "x" + strings.Repeat(filler, MaxReason-2) + "x",
			SourceIP:  "2001:0db8:85a3:0000:0000:8a2e:0370:7334",
			UserAgent: strings.Repeat(filler, 10_000),
		}, testStart)
		if err != nil {
			t.Fatal(err)
		}
		if size := maxInput + len(`{"input":,"approval":}`) + len(record.output()); size > 262_144 {
			t.Errorf("a record full of %q makes an output of %d bytes", filler, size)
		}
	}
}

func TestClosedIsExplained(t *testing.T) {
	tests := []struct {
		name      string
		states    []State // as Describe tells them, one after the other
		err       error
		reference Reference
		want      Code
	}{
		{name: "approved", states: []State{{Status: "SUCCEEDED"}}, want: CodeAlreadyApproved},
		{name: "rejected", states: []State{{Status: "FAILED", Error: "Rejected"}}, want: CodeAlreadyRejected},
		{name: "expired", states: []State{{Status: "FAILED", Error: "Expired"}}, want: CodeExpired},
		{name: "timed out", states: []State{{Status: "TIMED_OUT"}}, want: CodeExpired},
		{name: "stopped", states: []State{{Status: "ABORTED"}}, want: CodeStopped},
		{name: "failed otherwise", states: []State{{Status: "FAILED", Error: "NotSent"}}, want: CodeClosed},
		{name: "runs on", states: []State{{Status: "RUNNING"}}, want: CodeReplaced},
		{name: "decided just now", states: []State{{Status: "RUNNING"}, {Status: "RUNNING"}, {Status: "SUCCEEDED"}}, want: CodeAlreadyApproved},
		{name: "not told", err: errors.New("AccessDenied: a-token"), want: CodeClosed},
		{name: "another execution", states: []State{{Status: "SUCCEEDED", StartedAt: testStart.Add(time.Millisecond)}}, want: CodeClosed},
		{name: "no execution in the link", states: []State{{Status: "SUCCEEDED"}}, reference: Reference{Workflow: "w"}, want: CodeClosed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				link := Link{Token: "a-token", Reference: Reference{Workflow: "w", Execution: "x", StartedAt: testStart}}
				if test.reference != (Reference{}) {
					link.Reference = test.reference
				}
				calls := 0
				service := NewService(testConfig, nil,
					callbackFunc(func(context.Context, Token, []byte) error { return &Error{Code: CodeClosed} }),
					executionsFunc(func(_ context.Context, got Reference) (State, error) {
						if got != link.Reference {
							t.Errorf("described %+v", got)
						}
						if test.err != nil {
							return State{}, test.err
						}
						state := test.states[min(calls, len(test.states)-1)]
						calls++
						if state.StartedAt.IsZero() {
							state.StartedAt = testStart
						}
						return state, nil
					}))
				_, err := service.Decide(t.Context(), Click{Link: link, Status: Approved})
				var known *Error
				if !errors.As(err, &known) || known.Code != test.want {
					t.Errorf("error = %v, want %s", err, test.want)
				}
			})
		})
	}
}

// TestLostAnswerIsNoSecondClick: Step Functions took the decision, its answer got lost, and the retry finds the task
// closed. What this click decided it is told, and no other click.
func TestLostAnswerIsNoSecondClick(t *testing.T) {
	link := Link{Token: "a-token", Reference: Reference{Workflow: "w", Execution: "x", StartedAt: testStart}}
	own := `{"status": "%s", "decidedAt": "2026-11-22T09:30:05Z", "sourceIp": "203.0.113.7"}`
	other := `{"status": "%s", "decidedAt": "2026-11-22T09:30:04.999999Z", "sourceIp": "203.0.113.7"}`
	tests := []struct {
		name   string
		status Status
		state  State
		want   Code
	}{
		{"approved", Approved, State{Status: "SUCCEEDED", Result: fmt.Sprintf(`{"input": {}, "approval": `+own+`}`, Approved)}, ""},
		{"rejected", Rejected, State{Status: "FAILED", Error: "Rejected", Result: fmt.Sprintf(own, Rejected)}, ""},
		{"another approved", Approved, State{Status: "SUCCEEDED", Result: fmt.Sprintf(`{"approval": `+other+`}`, Approved)}, CodeAlreadyApproved},
		{"another rejected", Approved, State{Status: "FAILED", Error: "Rejected", Result: fmt.Sprintf(own, Rejected)}, CodeAlreadyRejected},
		{"no record", Approved, State{Status: "SUCCEEDED", Result: `"text"`}, CodeAlreadyApproved},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.state.StartedAt = testStart
			service := NewService(testConfig, nil,
				callbackFunc(func(context.Context, Token, []byte) error { return &Error{Code: CodeClosed} }),
				executionsFunc(func(context.Context, Reference) (State, error) { return test.state, nil }))
			service.now = func() time.Time { return testStart }
			record, err := service.Decide(t.Context(), Click{Link: link, Status: test.status, SourceIP: "203.0.113.7"})
			if test.want == "" {
				if err != nil || record.Status != test.status {
					t.Errorf("Decide = %+v, %v, want the decision", record, err)
				}
				return
			}
			var known *Error
			if !errors.As(err, &known) || known.Code != test.want {
				t.Errorf("error = %v, want %s", err, test.want)
			}
		})
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
				callbackFunc(func(context.Context, Token, []byte) error { return test.port }), nil)
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
			_, err := service.Send(t.Context(), request)
			check(err, test.send)
			_, err = service.Decide(t.Context(), Click{Link: Link{Token: request.TaskToken}, Status: Approved})
			check(err, test.decide)
		})
	}
}

func TestCallsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := NewService(testConfig,
			notifierFunc(func(ctx context.Context, _ Email) error { <-ctx.Done(); return ctx.Err() }),
			callbackFunc(func(ctx context.Context, _ Token, _ []byte) error { <-ctx.Done(); return ctx.Err() }), nil)
		start := time.Now()
		var known *Error
		if _, err := service.Send(t.Context(), testRequest(`{}`)); !errors.As(err, &known) || known.Code != CodeNotificationUnavailable {
			t.Errorf("Send = %v, want %s", err, CodeNotificationUnavailable)
		}
		if _, err := service.Decide(t.Context(), Click{}); !errors.As(err, &known) || known.Code != CodeUnavailable {
			t.Errorf("Decide = %v, want %s", err, CodeUnavailable)
		}
		if got := time.Since(start); got != 2*CallTimeout {
			t.Errorf("the calls took %s, want %s", got, 2*CallTimeout)
		}
	})
}
