//go:build e2e

package e2e

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// attack tries to decide on a request without a link for it. Every link is refused with the same words and without a call
// to AWS. The attacker knows the history of the execution, the links of other requests and those of another stack.
func attack(t *testing.T, g *gate, foreign email) {
	a, other := g.askAll(t, `{}`), g.askAll(t, `{}`)
	task, text := payload(t, a.execution)
	link := a.emails[0].link(t, "/approve")
	attacks := attacks(known{
		link: link.Query(), bob: g.approvers[1], token: task.TaskToken,
		other: other.emails[0].link(t, "/approve").Query(), foreign: foreign.link(t, "/approve").Query(),
	})
	before := lastCall(t)
	t.Run("links", func(t *testing.T) { tryLinks(t, link, attacks) })
	t.Run("requests", func(t *testing.T) { tryRequests(t, link, task.TaskToken, text) })
	t.Run("no call to AWS", func(t *testing.T) { noCallSince(t, before) })
	t.Run("the same link in another form", func(t *testing.T) {
		bob := a.emails[1].link(t, "/approve").RawQuery // has no effect in a form
		send(t, http.MethodPost, rewritten(link), nil, bob).check(t, http.StatusOK, counted)
		a.approve(t, a.emails[1], http.StatusOK, approved)
		a.checkApproved(t, g.approvers[:2]...)
	})
	other.stop(t)
}

// tryLinks opens links that this workflow did not make. A form repeats the parameters of the good link.
func tryLinks(t *testing.T, good *url.URL, attacks map[string]string) {
	want := ""
	for name, query := range attacks {
		link := *good
		link.RawQuery = query
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			form := ""
			if method == http.MethodPost {
				form = good.RawQuery
			}
			got := send(t, method, &link, nil, form)
			if want == "" {
				want = got.body
			}
			if got.status != http.StatusBadRequest || got.body != want || !strings.Contains(got.body, `"InvalidLink"`) {
				t.Errorf("%s: %s = %d %s, want %d and the body of every other", name, method, got.status, got.body, http.StatusBadRequest)
			}
		}
	}
	t.Logf("%d links were refused, each by GET and POST", len(attacks))
}

// tryRequests sends requests that are not a click on a link.
func tryRequests(t *testing.T, good *url.URL, token, payload string) {
	for _, method := range []string{"get", "post", "Get", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"} {
		if got := send(t, method, good, nil, ""); got.status < 400 {
			t.Errorf("%s = %d %s, want an error", method, got.status, got.body)
		}
	}
	for _, path := range []string{"/Approve", "/approve/" + token, "/send-request", "/"} {
		link := *good
		link.Path = path
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			if got := send(t, method, &link, nil, payload); got.status != http.StatusNotFound {
				t.Errorf("%s %.9s = %d %s, want %d", method, path, got.status, got.body, http.StatusNotFound)
			}
		}
	}
}

// noCallSince checks that the function called nothing since a call, except for the key of the links after a start.
func noCallSince(t *testing.T, last int) {
	for _, c := range calls(t, "since="+strconv.Itoa(last)) {
		if strings.Contains(c.Caller, "-function-") && c.Service != "kms" {
			t.Errorf("the function called %s %s", c.Service, c.Operation)
		}
	}
}

// rewritten returns a link as a mail system may rewrite it: other encodings, another order, and one more parameter.
func rewritten(link *url.URL) *url.URL {
	changed := *link
	changed.RawQuery = "utm_source=mail"
	for parameter := range strings.SplitSeq(link.RawQuery, "&") {
		name, value, _ := strings.Cut(parameter, "=")
		value = strings.NewReplacer("@", "%40", ":", "%3a", "a", "%61").Replace(value)
		changed.RawQuery = name + "=" + value + "&" + changed.RawQuery
	}
	return &changed
}
