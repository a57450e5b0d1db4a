package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"approval-workflow/handler/approval"
)

const browserAccept = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"

var confirmationRequired = expected{
	status: http.StatusMethodNotAllowed, message: "This link asks to confirm. Nothing was decided. To decide, send a POST request",
	outcome: "ConfirmationRequired", header: http.Header{"Allow": {"POST"}},
}

func TestConfirmMode(t *testing.T) {
	tests := []struct {
		name, method, path, accept string
		status                     int
		allow, outcome             string
		decisions                  int
	}{
		{name: "browser", method: "GET", path: "/approve", accept: browserAccept, status: 200, outcome: "asked"},
		{name: "API client", method: "GET", path: "/reject", accept: "*/*", status: 405, allow: "POST", outcome: "ConfirmationRequired"},
		{name: "button", method: "POST", path: "/approve", accept: browserAccept, status: 200, outcome: "approved", decisions: 1},
		{name: "API client that posts", method: "POST", path: "/reject", status: 200, outcome: "rejected", decisions: 1},
		{name: "HEAD", method: "HEAD", path: "/approve", accept: browserAccept, status: 405, allow: "GET, POST", outcome: "MethodNotAllowed"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := newConfirmClient(t)
			request := httptest.NewRequest(test.method, test.path+"?"+c.query(ann), nil)
			request.Header.Set("Accept", test.accept)
			response := c.do(request)
			if got := response.Header().Get("Allow"); response.Code != test.status || got != test.allow {
				t.Errorf("status = %d, Allow = %q, want %d, %q", response.Code, got, test.status, test.allow)
			}
			if got := c.lastLog()["outcome"]; got != test.outcome {
				t.Errorf("logged outcome = %v, want %s", got, test.outcome)
			}
			c.checkDecisions(test.decisions)
		})
	}
}

func TestConfirmModeSaysHowAProgramDecides(t *testing.T) {
	for name, header := range programs {
		if name != "wants a page" {
			c := newConfirmClient(t)
			c.check(c.do(newRequest(c.approve(), header)), confirmationRequired)
		}
	}
}

// TestLinkThatPromisedToAsk checks that a link asks if its e-mail said so, even if the workflow's mode has changed since.
func TestLinkThatPromisedToAsk(t *testing.T) {
	c := newConfirmClient(t)
	c.configure(approval.Config{Approvers: []string{ann, bob, carol}})
	response := c.getPage(c.approve())
	if response.Code != http.StatusOK || !strings.Contains(response.Body.String(), "<form") {
		t.Errorf("status = %d, want 200 with a form", response.Code)
	}
	c.checkDecisions(0)
	c.check(c.get(c.reject()), confirmationRequired)
}

// TestLinkFromBeforeConfirmMode checks that the workflow's mode holds for links that did not promise to ask.
func TestLinkFromBeforeConfirmMode(t *testing.T) {
	c := newClient(t)
	c.configure(approval.Config{Approvers: []string{ann, bob, carol}, Confirm: true})
	c.check(c.get(c.approve()), confirmationRequired)
}
