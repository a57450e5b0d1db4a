package web_test

import (
	"net/http"
	"net/http/httptest"
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
	approved = expected{status: 200, outcome: "approved", kind: "approved", title: "Approved", message: "Workflow approved successfully"}
	rejected = expected{status: 200, outcome: "rejected", kind: "rejected", title: "Rejected", message: "Workflow rejected"}

	methodNotAllowed = expected{status: 405, outcome: "MethodNotAllowed", kind: "failure", title: "Method not allowed",
		message: "Use GET or POST to decide. Nothing was decided.", header: http.Header{"Allow": {"GET, POST"}}}
	notFound = expected{status: 404, outcome: "NotFound", kind: "failure", title: "Page not found",
		message: "This page does not exist. Open the complete link from the e-mail again."}
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
			c.check(c.do(newRequest(test.method, target, nil)), test.want)
			c = newClient(t)
			c.checkPage(c.do(newRequest(test.method, target, browsers["Firefox"])), test.want)
		})
	}
}

// TestCallTimeout lets AWS hang, or take too long for two calls together, on every route. The invocation ends in time, and the
// answer says what the client can do.
func TestCallTimeout(t *testing.T) {
	send := func(c *client) *httptest.ResponseRecorder { return c.send(strings.NewReader(payload("{}", 1))) }
	open := func(decision approval.Decision) func(*client) *httptest.ResponseRecorder {
		return func(c *client) *httptest.ResponseRecorder { return c.get(c.link(decision, ann)) }
	}
	post := func(decision approval.Decision) func(*client) *httptest.ResponseRecorder {
		return func(c *client) *httptest.ResponseRecorder { return c.post(c.link(decision, ann), nil) }
	}
	tests := []struct {
		name    string
		confirm bool
		call    func(*client) *httptest.ResponseRecorder
		want    expected // unless the key hangs, when nothing was decided yet
	}{
		{name: "send", call: send, want: expected{status: 503, outcome: "NotificationUnavailableError", header: retry,
			message: "The e-mail was not accepted. A retry may help. context deadline exceeded"}},
		{name: "GET approve", call: open(approval.Approve), want: notRecordedYet},
		{name: "GET reject", call: open(approval.Reject), want: notRecordedYet},
		{name: "POST approve", call: post(approval.Approve), want: notRecordedYet},
		{name: "POST reject", call: post(approval.Reject), want: notRecordedYet},
		{name: "ask approve", confirm: true, call: open(approval.Approve), want: tryAgain},
		{name: "ask reject", confirm: true, call: open(approval.Reject), want: tryAgain},
	}
	faults := map[string]func(*approvaltest.Fake){
		"hangs":     func(f *approvaltest.Fake) { f.Hang = true },
		"key hangs": func(f *approvaltest.Fake) { f.HangKey = true },
		"two slow calls": func(f *approvaltest.Fake) {
			f.Latency, f.Reads = 6*time.Second, []approval.Execution{{Status: approval.StatusMoving}}
		},
		"two slow calls that decide": func(f *approvaltest.Fake) { f.Latency = 6 * time.Second },
	}
	for _, test := range tests {
		for fault, set := range faults {
			if fault == "two slow calls that decide" && test.confirm {
				continue // to ask takes one call
			}
			t.Run(test.name+" "+fault, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c := newClientOf(t, test.confirm, payload("{}", 1))
					set(c.aws)
					want := test.want
					if fault == "key hangs" && want.outcome == tryAgain.outcome {
						want = tryAgain
					}
					begin := time.Now()
					response := test.call(c)
					if got := time.Since(begin); got != web.CallTimeout {
						t.Errorf("the invocation took %s, want %s", got, web.CallTimeout)
					}
					c.check(response, want)
				})
			})
		}
	}
}
