package main

import (
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"approval-workflow/handler/local/stepfunctions"
)

func newTestPage(t *testing.T) http.Handler {
	t.Helper()
	opts, err := parseFlags(nil, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	machine, err := newMachine(new(function).task, opts)
	if err != nil {
		t.Fatal(err)
	}
	page, err := newPage(machine)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// TestPage checks that the policy allows exactly the page's own style and script, and that the page knows the state
// machine.
func TestPage(t *testing.T) {
	w := httptest.NewRecorder()
	newTestPage(t).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	body, policy := w.Body.String(), w.Header().Get("Content-Security-Policy")
	for _, tag := range []string{"style", "script"} {
		_, rest, _ := strings.Cut(body, "<"+tag+">")
		content, _, found := strings.Cut(rest, "</"+tag+">")
		if !found || !strings.Contains(policy, tag+"-src "+hashSource(content)) {
			t.Errorf("the policy does not allow the page's %s", tag)
		}
	}
	if !strings.HasPrefix(policy, "default-src 'none'; ") {
		t.Errorf("policy = %s", policy)
	}
	if !strings.Contains(html.UnescapeString(body), `data-state-machine="`+stepfunctions.StateMachineARN+`"`) {
		t.Error("the page does not contain the ARN of the state machine")
	}
}
