package web_test

import (
	"cmp"
	"context"
	"errors"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"approval-workflow/handler/approval"
)

// pages are the pages without a form, except for the golden ones and those after a decision, which TestLaterClick checks.
var pages = []struct {
	name                 string
	prepare              func(*client)
	target               string
	kind, title, message string
}{
	{name: "rejected", target: "/reject?", kind: "rejected", title: "Rejected", message: "Workflow rejected"},
	{name: "expired", prepare: func(c *client) { c.aws.End("release-42", approval.StatusFailed, "Expired") }, kind: "failure",
		title: "This request has expired", message: "This request was not decided in time. Your click has no effect. " +
			"If the request is still needed, the requester can start it again."},
	{name: "stopped", prepare: func(c *client) { c.aws.End("release-42", approval.StatusAborted, "") }, kind: "failure",
		title: "This request was withdrawn", message: "Somebody stopped the execution, which withdraws the request. Your click has no effect."},
	{name: "invalid", target: "/approve?x=", kind: "failure", title: "This link does not work",
		message: "The link is not complete, it was changed, or it is not from this workflow. " +
			"Nothing was decided. Open the complete link from the e-mail again. If the e-mail is from before an upgrade, ask the " +
			"requester to start again."},
	{name: "closed", prepare: func(c *client) { c.aws.ReadErr = &approval.Error{Code: approval.CodeClosed} }, kind: "failure",
		title:   "This request is closed",
		message: "This request was already decided, it expired, or its execution has ended. Your click has no effect."},
	{name: "unavailable", prepare: func(c *client) { c.aws.SucceedErr = context.DeadlineExceeded }, kind: "failure",
		title: "Not recorded yet", message: "AWS did not confirm the decision. Treat it as not recorded. " +
			"The link still works. Open it again in a minute to decide, or to see what was recorded."},
	{name: "internal", prepare: func(c *client) { c.aws.SucceedErr = errors.New("no permission") }, kind: "failure",
		title: "Not recorded", message: "The decision did not reach the workflow. Treat it as not recorded. " +
			"Tell the operators of this workflow. The function's log says why."},
	{name: "no key", prepare: func(c *client) { c.aws.KeyErr = &approval.Error{Code: approval.CodeUnavailable} }, kind: "failure",
		title: "Please try again", message: "AWS did not answer, or the request is being sent again. Nothing was decided. The link still works. Open it again in a minute."},
	{name: "no permission for the key", prepare: func(c *client) { c.aws.KeyErr = errors.New("denied") }, kind: "failure",
		title: "This does not work now", message: "The workflow could not check this link. Nothing was decided. " +
			"Tell the operators of this workflow. The function's log says why."},
	{name: "not found", target: "/other?", kind: "failure", title: "Page not found",
		message: "This page does not exist. Open the complete link from the e-mail again."},
}

var list = regexp.MustCompile(`(?s)<h2>.*</dl>\n`)

// TestPages checks that every page differs from approved.html only in its class, title and message, apart from the
// details of the request.
func TestPages(t *testing.T) {
	for _, test := range pages {
		t.Run(test.name, func(t *testing.T) {
			c := newClient(t)
			if test.prepare != nil {
				test.prepare(c)
			}
			want := strings.NewReplacer(`class="approved"`, `class="`+test.kind+`"`,
				">Approved<", ">"+test.title+"<", "Workflow approved successfully", html.EscapeString(test.message)).
				Replace(golden(t, "approved.html", ""))
			target := cmp.Or(test.target, "/approve?") + c.query(ann)
			checkPage(t, list.ReplaceAllString(want, ""), list.ReplaceAllString(c.browse(http.MethodGet, target), ""))
		})
	}
}
