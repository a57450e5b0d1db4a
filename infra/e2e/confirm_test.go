//go:build e2e

package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// browser is the header of a person's browser.
var browser = http.Header{
	"Accept": {"text/html"}, "Accept-Language": {"en"}, "User-Agent": {"Mozilla/5.0 (X11; Linux x86_64)"},
}

// confirm deploys links that ask, in a workflow in which one of three approvers decides. It returns a request that is
// still open.
func confirm(t *testing.T, g *gate) (promised asked) {
	g.set(t, "timeout", "24h", "reminders", "0", "approvals", "1", "confirm", "true")
	g.up(t)
	t.Run("approve", func(t *testing.T) { confirmApproval(t, g) })
	t.Run("reject", func(t *testing.T) { confirmRejection(t, g) })
	t.Run("stop", func(t *testing.T) { confirmStopped(t, g) })
	return g.askAll(t, `{}`)
}

// confirmApproval opens a link as a mail scanner does, and then as a person who presses a button.
func confirmApproval(t *testing.T, g *gate) {
	a := g.askAll(t, `{"subject": "Release 1.4.2", "message": "<b>May it go?</b>"}`)
	link := a.emails[0].link(t, "/approve")
	send(t, http.MethodHead, link, browser, "").check(t, http.StatusNotFound, "") // the API has no route for HEAD
	checkAsks(t, send(t, http.MethodGet, link, browser, ""), g.approvers[0])
	send(t, http.MethodGet, link, nil, "").check(t, http.StatusMethodNotAllowed, "asks to confirm")
	send(t, http.MethodPost, link, browser, "reason=").check(t, http.StatusOK, "<h1>Approved</h1>")
	a.checkApproved(t, g.approvers[0])
	other := a.emails[1].link(t, "/approve")
	send(t, http.MethodGet, other, browser, "").check(t, http.StatusConflict, "<h1>Already approved</h1>")
	send(t, http.MethodGet, other, nil, "").check(t, http.StatusConflict, "approved before")
}

// checkAsks checks the page that asks: it shows the request, and has a button for each decision.
func checkAsks(t *testing.T, page answer, approver string) {
	t.Helper()
	for _, want := range []string{
		`<form method="post">`, `formaction="/approve?`, `formaction="/reject?`, ">Release 1.4.2<",
		">&lt;b&gt;May it go?&lt;/b&gt;<", ">" + approver + "<", ">Open until<",
	} {
		if page.status != http.StatusOK || !strings.Contains(page.body, want) {
			t.Errorf("page = %d, want %d and %s in it", page.status, http.StatusOK, want)
		}
	}
}

func confirmRejection(t *testing.T, g *gate) {
	a := g.askAll(t, `{}`)
	form := url.Values{"reason": {"Not on a Friday"}}.Encode()
	send(t, http.MethodPost, a.emails[1].link(t, "/reject"), nil, form).check(t, http.StatusOK, rejected)
	a.wait(t).checkFailed(t, "Rejected", `"reason":"Not on a Friday"`)
	a.checkRejected(t, g.approvers[1], a.emails[2])
}

func confirmStopped(t *testing.T, g *gate) {
	a := g.askAll(t, `{}`)
	a.stop(t)
	a.reject(t, a.emails[2], http.StatusGone, "stopped")
}
