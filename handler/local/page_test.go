package main

import (
	"html"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"approval-workflow/handler/local/stepfunctions"
)

// TestPage checks that the policy allows exactly the page's own style and script, and that the page knows the state
// machine.
func TestPage(t *testing.T) {
	w := httptest.NewRecorder()
	newPage().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
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
