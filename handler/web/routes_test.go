package web_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/approval/approvaltest"
	"approval-workflow/handler/web"
)

var (
	approved = expected{status: 200, outcome: "approved", kind: "approved", title: "Approved",
		message: "Workflow approved successfully"}
	rejected = expected{status: 200, outcome: "rejected", kind: "rejected", title: "Rejected", message: "Workflow rejected"}

	methodNotAllowed = expected{status: 405, outcome: "MethodNotAllowed", kind: "failure", title: "Method not allowed",
		message: "Use GET or POST to decide. Nothing was decided.", header: http.Header{"Allow": {"GET, POST"}}, anonymous: true}
	notFound = expected{status: 404, outcome: "NotFound", kind: "failure", title: "Page not found",
		message: "This page does not exist. Open the complete link from the e-mail again.", anonymous: true}
)

func TestRouteKeys(t *testing.T) {
	want := []string{"GET /approve", "POST /approve", "GET /reject", "POST /reject"}
	if diff := cmp.Diff(want, web.RouteKeys()); diff != "" {
		t.Errorf("route keys (-want +got):\n%s", diff)
	}
}

// TestRoutes sends a good link to each route and beside them, as a program and as a browser.
func TestRoutes(t *testing.T) {
	tests := []struct {
		method, path string
		want         expected
	}{
		{"GET", "/approve", approved},
		{"POST", "/approve", approved},
		{"GET", "/reject", rejected},
		{"POST", "/reject", rejected},
		{"HEAD", "/approve", methodNotAllowed},
		{"HEAD", "/reject", methodNotAllowed},
		{"PUT", "/reject", methodNotAllowed},
		{"OPTIONS", "/reject", methodNotAllowed},
		{"DELETE", "/approve", methodNotAllowed},
		{"GET", "/other", notFound},
		{"GET", "/", notFound},
		{"GET", "/approve/", notFound},
		{"GET", "/Approve", notFound},
		{"GET", "//approve", notFound},
		{"GET", "/x/../approve", notFound},
		{"POST", "/send-request", notFound}, // not from the task
		{"GET", "/send-request", notFound},
	}
	for _, test := range tests {
		t.Run(test.method+" "+test.path, func(t *testing.T) {
			c := newClient(t)
			target := test.path + "?" + c.query()
			c.check(c.do(newRequest(test.method, target, curl)), test.want)
			c = newClient(t)
			c.checkPage(c.do(newRequest(test.method, target, firefox)), test.want)
		})
	}
}

// TestCallTimeout lets AWS hang, take too long for two calls together, or seem to wait for an answer that it refuses, on every
// route. The invocation ends in time, and the answer says what the client can do.
func TestCallTimeout(t *testing.T) {
	notSent := expected{status: 503, outcome: "NotificationUnavailableError", header: retry,
		message: "The e-mail was not accepted. A retry may help. context deadline exceeded"}
	type answers struct{ port, key expected }
	tests := []struct {
		method, path string
		confirm      bool
		want         answers
	}{
		{method: "POST", path: web.SendRequest, want: answers{notSent, notSent}},
		{method: "GET", path: "/approve", want: answers{notRecordedYet, tryAgain.unverified()}},
		{method: "POST", path: "/approve", want: answers{notRecordedYet, tryAgain.unverified()}},
		{method: "GET", path: "/reject", want: answers{notRecordedYet, tryAgain.unverified()}},
		{method: "POST", path: "/reject", want: answers{notRecordedYet, tryAgain.unverified()}},
		{method: "GET", path: "/approve", confirm: true, want: answers{tryAgain, tryAgain.unverified()}},
		{method: "GET", path: "/reject", confirm: true, want: answers{tryAgain, tryAgain.unverified()}},
	}
	moving := []approval.Execution{{Status: approval.StatusMoving}}
	for _, test := range tests {
		run := func(fault string, want expected, set func(*approvaltest.Fake)) {
			t.Run(fmt.Sprintf("%s %s, confirm %t, %s", test.method, test.path, test.confirm, fault), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { checkTimeout(t, test.confirm, test.method, test.path, want, set) })
			})
		}
		run("port hangs", test.want.port, func(f *approvaltest.Fake) { f.Hang = true })
		run("key hangs", test.want.key, func(f *approvaltest.Fake) { f.HangKey = true })
		run("two slow reads", test.want.port, func(f *approvaltest.Fake) { f.Latency, f.Reads = 6*time.Second, moving })
		if !test.confirm { // it takes one call to ask
			run("two slow calls", test.want.port, func(f *approvaltest.Fake) { f.Latency = 6 * time.Second })
		}
		if test.want.port.outcome == notRecordedYet.outcome && !test.confirm {
			run("task stays closed", test.want.port, func(f *approvaltest.Fake) { f.SucceedErr = approval.ErrClosed })
		}
	}
}

func checkTimeout(t *testing.T, confirm bool, method, path string, want expected, set func(*approvaltest.Fake)) {
	t.Helper()
	c := newClientOf(t, confirm, one)
	body := one
	if path != web.SendRequest {
		path, body = path+"?"+c.query(), ""
	}
	request := newRequest(method, path, curl)
	request.Body = io.NopCloser(strings.NewReader(body))
	ctx, cancel := context.WithTimeout(web.WithEvent(t.Context()), time.Hour) // so that the test ends
	defer cancel()
	set(c.aws)
	begin := time.Now()
	response := c.do(request.WithContext(ctx))
	if got := time.Since(begin); got != web.CallTimeout {
		t.Errorf("the invocation took %s, want %s", got, web.CallTimeout)
	}
	c.check(response, want)
}
