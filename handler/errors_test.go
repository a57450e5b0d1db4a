package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/web"
)

// callPorts calls each method of the ports once, with the time of an invocation, and returns their errors.
func callPorts(t *testing.T, config aws.Config) map[string]error {
	t.Helper()
	limited := func() context.Context {
		ctx, cancel := context.WithTimeout(t.Context(), web.CallTimeout)
		t.Cleanup(cancel)
		return ctx
	}
	ports := newPorts(config)
	_, confirmed := ports.Notifier.Confirmed(limited())
	_, read := ports.Executions.Read(limited(), testRef)
	_, key := ports.Keys.LinkKey(limited())
	return map[string]error{
		"Notify":    ports.Notifier.Notify(limited(), approval.Email{To: "jo@example.com"}),
		"Announce":  ports.Notifier.Announce(limited(), approval.Notice{Audience: approval.AudienceApprover, To: "jo@example.com"}),
		"Succeed":   ports.Callback.Succeed(limited(), "a-token", []byte(`{}`)),
		"Confirmed": confirmed, "Read": read, "LinkKey": key,
	}
}

// checkKind checks that err wraps exactly the wanted one of the errors that a port may wrap, or neither for nil.
func checkKind(t *testing.T, name string, err, want error) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error", name)
	}
	for _, kind := range []error{approval.ErrClosed, approval.ErrUnavailable} {
		if got := errors.Is(err, kind); got != errors.Is(want, kind) {
			t.Errorf("%s: %q: %t, want %t: %v", name, kind, got, !got, err)
		}
	}
}

func TestErrorsOfAWS(t *testing.T) {
	const stepFunctions, topic, all = "Succeed Read", "Notify Announce Confirmed", "Succeed Read Notify Announce Confirmed LinkKey"
	tests := []struct {
		calls      string
		status     int
		exceptions string
		want       error
	}{
		{"Succeed", 400, "InvalidToken TaskTimedOut TaskDoesNotExist", approval.ErrClosed},
		{"Read", 400, "ExecutionDoesNotExist", approval.ErrClosed},
		{all, 503, "ServiceUnavailable", approval.ErrUnavailable},
		{stepFunctions, 400, "ThrottlingException KmsThrottlingException", approval.ErrUnavailable},
		{stepFunctions, 500, "InternalServerError", approval.ErrUnavailable},
		{topic, 400, "Throttling Throttled KMSThrottling KMSThrottlingException", approval.ErrUnavailable},
		{topic, 429, "TooManyRequests", approval.ErrUnavailable},
		{topic, 500, "InternalError", approval.ErrUnavailable},
		{"LinkKey", 400, "ThrottlingException", approval.ErrUnavailable},
		{"LinkKey", 500, "KMSInternalException KeyUnavailableException", approval.ErrUnavailable},
		{stepFunctions + " LinkKey", 400, "AccessDeniedException", nil},
		{"Succeed", 400, "InvalidOutput", nil},
		{"Read", 400, "InvalidArn InvalidToken", nil}, // the token of the page, not of the task
		{topic, 403, "AuthorizationError", nil},
		{topic, 404, "NotFound", nil},
		{topic, 400, "InvalidParameter", nil},
		{"LinkKey", 400, "DisabledException KMSInvalidStateException NotFoundException InvalidKeyUsageException", nil},
	}
	for _, test := range tests {
		for _, name := range strings.Fields(test.exceptions) {
			errs := callPorts(t, newAWS(refuseCalls(t, test.status, name)))
			for _, call := range strings.Fields(test.calls) {
				checkKind(t, call+" "+name, errs[call], test.want)
			}
		}
	}
}

// refuseCalls returns a handler that answers every call with an exception. Only SNS answers in XML.
func refuseCalls(t *testing.T, status int, name string) http.HandlerFunc {
	return answerCalls(t, func(operation, _ string) (int, string) {
		if operation == "" {
			return status, fmt.Sprintf("<ErrorResponse><Error><Code>%s</Code><Message>m</Message></Error></ErrorResponse>", name)
		}
		return status, exception(name)
	})
}

// hangingAWS never answers.
var hangingAWS = newAWS(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })

// TestMissingAnswerIsTransient checks that a retry may succeed after a call that got no answer, or only a part of one.
func TestMissingAnswerIsTransient(t *testing.T) {
	unreachable := newAWS(nil)
	unreachable.HTTPClient, unreachable.BaseEndpoint = nil, aws.String("http://127.0.0.1:1")
	incomplete := newAWS(answerCalls(t, func(operation, body string) (int, string) {
		if operation == "" {
			call, _ := url.ParseQuery(body)
			return http.StatusOK, fmt.Sprintf("<%sResponse><%[1]s", call.Get("Action"))
		}
		return http.StatusOK, `{"x":`
	}))
	unknownHost := newAWS(nil)
	unknownHost.HTTPClient = &http.Client{Transport: failing{&net.DNSError{Err: "no such host", Name: "sns.example.com", IsNotFound: true}}}
	check := func(t *testing.T, config aws.Config) {
		for name, err := range callPorts(t, config) {
			checkKind(t, name, err, approval.ErrUnavailable)
		}
	}
	t.Run("unreachable", func(t *testing.T) { check(t, unreachable) })
	t.Run("incomplete", func(t *testing.T) { check(t, incomplete) })
	t.Run("unknown host", func(t *testing.T) { check(t, unknownHost) })
	synctest.Test(t, func(t *testing.T) { check(t, hangingAWS) })
}

// failing is a transport without a connection.
type failing struct{ err error }

func (f failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

// TestLastAnswerIsKept checks that an error names the throttling for which the SDK paused until the time ran out.
func TestLastAnswerIsKept(t *testing.T) {
	config := newAWS(refuseCalls(t, http.StatusTooManyRequests, "ThrottlingException"))
	deployed := loadAWSConfig(func(string) string { return "" })
	config.APIOptions, config.Retryer, config.RetryMaxAttempts = deployed.APIOptions, deployed.Retryer, 100
	synctest.Test(t, func(t *testing.T) {
		for name, err := range callPorts(t, config) {
			checkKind(t, name, err, approval.ErrUnavailable)
			if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "ThrottlingException") {
				t.Errorf("%s: the error is neither late nor throttled: %v", name, err)
			}
		}
	})
}

// TestLastAnswerIsTheReason checks that an error in time does not name an earlier answer, which was not its reason.
func TestLastAnswerIsTheReason(t *testing.T) {
	var calls atomic.Int64
	config := newAWS(func(w http.ResponseWriter, _ *http.Request) {
		code, name := http.StatusTooManyRequests, "ThrottlingException"
		if calls.Add(1)%2 == 0 {
			code, name = http.StatusBadRequest, "AccessDeniedException"
		}
		w.WriteHeader(code)
		fmt.Fprint(w, exception(name))
	})
	deployed := loadAWSConfig(func(string) string { return "" })
	config.APIOptions, config.Retryer, config.RetryMaxAttempts = deployed.APIOptions, deployed.Retryer, 2
	synctest.Test(t, func(t *testing.T) {
		_, err := newPorts(config).Keys.LinkKey(t.Context())
		if err == nil || !strings.Contains(err.Error(), "AccessDenied") || strings.Contains(err.Error(), "Throttling") {
			t.Errorf("error = %v, want AccessDenied alone", err)
		}
	})
}

// TestErrorOfLaterPage checks that Read does not go on with a part of a history.
func TestErrorOfLaterPage(t *testing.T) {
	history := newHistory(t, "approved")
	client := newAWS(answerCalls(t, func(operation, body string) (int, string) {
		if history.Pages > 0 {
			return http.StatusBadRequest, exception("ExecutionDoesNotExist")
		}
		return history.Answer(operation, body)
	}))
	_, err := newPorts(client).Executions.Read(t.Context(), testRef)
	checkKind(t, "Read", err, approval.ErrClosed)
}
