package web_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"flag"
	"html"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata")

// browse returns the page for target without its style, which testdata omits. It checks that the page allows that style
// and nothing else.
func (c *client) browse(target string) string {
	c.t.Helper()
	request := httptest.NewRequest("GET", target, nil)
	request.Header.Set("Accept", "text/html")
	response := c.do(request)
	before, rest, _ := strings.Cut(response.Body.String(), "<style>")
	style, after, found := strings.Cut(rest, "</style>")
	if !found || style == "" {
		c.t.Error("the page has no style")
	}
	hash := sha256.Sum256([]byte(style))
	want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) +
		"'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
	if got := response.Header().Get("Content-Security-Policy"); got != want {
		c.t.Errorf("Content-Security-Policy = %q, want %q", got, want)
	}
	return before + "<style></style>" + after
}

// golden returns the content of a file in testdata. With -update it writes page there first.
func golden(t *testing.T, name, page string) string {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update && page != "" {
		if err := os.WriteFile(file, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func checkPage(t *testing.T, want, got string) {
	t.Helper()
	if want != got {
		t.Errorf("page (-want +got):\n%s", cmp.Diff(hideToken(want), hideToken(got)))
	}
}

func TestGoldenPages(t *testing.T) {
	page := newClient(t).browse("/approve?" + tokenQuery)
	checkPage(t, golden(t, "approved.html", page), page)
	page = newConfirmClient(t).browse("/approve?" + linkQuery)
	checkPage(t, golden(t, "confirm-approve.html", page), page)
}

// TestRejectPageThatAsks checks that the page of the other decision differs only in the decision's words.
func TestRejectPageThatAsks(t *testing.T) {
	want := strings.NewReplacer("Approve", "Reject", "approve", "reject", "Reject", "Approve", "reject", "approve").
		Replace(golden(t, "confirm-approve.html", ""))
	checkPage(t, want, newConfirmClient(t).browse("/reject?"+linkQuery))
}

// TestPages checks that every other page differs from approved.html only in its class, title and message.
func TestPages(t *testing.T) {
	closed := &approval.Error{Code: approval.CodeClosed}
	tests := []struct {
		name, target         string
		err                  error
		execution            approval.Execution
		kind, title, message string
	}{
		{name: "rejected", target: "/reject?" + tokenQuery, kind: "rejected", title: "Rejected", message: "Workflow rejected"},
		{name: "rejected before", target: "/approve?" + linkQuery, err: closed,
			execution: approval.Execution{Status: "FAILED", Error: "Rejected", StartedAt: started}, kind: "rejected", title: "Already rejected",
			message: "This request was rejected before. That decision is final. There is nothing left to do."},
		{name: "invalid", target: "/approve", kind: "failure", title: "This link does not work",
			message: "The link has no token. Nothing was decided. Open the complete link from the e-mail again."},
		{name: "closed", target: "/approve?token=x", err: closed, kind: "failure", title: "This request is closed",
			message: "This request was already decided, it expired, or its execution has ended. Nothing was changed."},
		{name: "unavailable", target: "/approve?token=x", err: context.DeadlineExceeded, kind: "failure", title: "Not recorded yet",
			message: "AWS Step Functions did not confirm the decision. Treat it as not recorded. " +
				"The link still works. Open it again in a minute to decide, or to see what was recorded."},
		{name: "internal", target: "/approve?token=x", err: errors.New("no permission"), kind: "failure", title: "Not recorded",
			message: "The decision did not reach the workflow. Treat it as not recorded. " +
				"Tell the operators of this workflow. The function's log says why."},
		{name: "not found", target: "/other", kind: "failure", title: "Page not found",
			message: "This page does not exist. Open the complete link from the e-mail again."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := newClient(t)
			c.aws.SucceedErr, c.aws.Executions = test.err, []approval.Execution{test.execution}
			want := strings.NewReplacer(`class="approved"`, `class="`+test.kind+`"`,
				">Approved<", ">"+test.title+"<", "Workflow approved successfully", html.EscapeString(test.message)).
				Replace(golden(t, "approved.html", ""))
			checkPage(t, want, c.browse(test.target))
		})
	}
}
