package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const browserAccept = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"

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
			request := httptest.NewRequest(test.method, test.path+"?"+linkQuery, nil)
			request.Header.Set("Accept", test.accept)
			response := c.do(request)
			if got := response.Header().Get("Allow"); response.Code != test.status || got != test.allow {
				t.Errorf("status = %d, Allow = %q, want %d, %q", response.Code, got, test.status, test.allow)
			}
			if got := c.lastLog()["outcome"]; got != test.outcome {
				t.Errorf("logged outcome = %v, want %s", got, test.outcome)
			}
			if got := len(c.records()); got != test.decisions {
				t.Errorf("%d decisions were made, want %d", got, test.decisions)
			}
		})
	}
}

func TestConfirmModeSaysHowAnAPIClientDecides(t *testing.T) {
	message := decode(t, newConfirmClient(t).get("/approve?"+linkQuery)).Message
	for _, want := range []string{"asks to confirm", "POST"} {
		if !strings.Contains(message, want) {
			t.Errorf("message = %q, want %q in it", message, want)
		}
	}
}

// TestLinkThatPromisedToAsk checks that a link asks if its e-mail said so, even if the workflow's mode has changed since.
func TestLinkThatPromisedToAsk(t *testing.T) {
	c := newClient(t)
	request := httptest.NewRequest("GET", "/approve?"+linkQuery+"&confirm=true", nil)
	request.Header.Set("Accept", "text/html")
	response := c.do(request)
	if response.Code != http.StatusOK || !strings.Contains(response.Body.String(), "<form") {
		t.Errorf("status = %d, want %d with a form", response.Code, http.StatusOK)
	}
	if got := len(c.records()); got != 0 {
		t.Errorf("%d decisions were made, want 0", got)
	}
}
