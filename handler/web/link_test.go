package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/web"
)

var invalidLink = expected{status: 400, outcome: "InvalidLink", kind: "failure", title: "This link does not work",
	message: "The link is not complete, it was changed, it was revoked, or it is not from this workflow. " +
		"Nothing was decided. Open the complete link of the newest e-mail. If that does not work either, ask the requester to start " +
		"the request again.", anonymous: true}

// checkInvalid checks that both routes refuse a query: with the same words whatever is wrong, without a call to Step
// Functions, and without a word about the link in the log.
func (c *client) checkInvalid(query string) {
	c.t.Helper()
	for _, key := range web.RouteKeys() {
		method, path, _ := strings.Cut(key, " ")
		c.check(c.do(newRequest(method, path+"?"+query, nil)), invalidLink)
		if got := c.lastLog()["route"]; got != key {
			c.t.Errorf("the log has the route %v, want %s", got, key)
		}
	}
	if reads := len(c.aws.CallsOfRead()); reads > 0 {
		c.t.Errorf("%d reads, want none", reads)
	}
}

// values returns the decoded parameters of a query.
func values(t *testing.T, query string) url.Values {
	t.Helper()
	values, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal("the query of a link is malformed")
	}
	return values
}

// invalidEdits change the parameters of a link. The last ones put in the task token, which readers of the execution's history
// know. The client checks that nothing prints it.
var invalidEdits = map[string]func(url.Values){
	"no parameter":          func(v url.Values) { clear(v) },
	"no execution":          func(v url.Values) { v.Del("execution") },
	"no signature":          func(v url.Values) { v.Del("signature") },
	"empty signature":       func(v url.Values) { v.Set("signature", "") },
	"padded signature":      func(v url.Values) { v.Set("signature", v.Get("signature")+"==") },
	"short signature":       func(v url.Values) { v.Set("signature", v.Get("signature")[:21]) },
	"another stack's":       func(v url.Values) { v.Set("signature", strings.Repeat("A", 22)) },
	"two signatures":        func(v url.Values) { v.Add("signature", v.Get("signature")) },
	"two approvers":         func(v url.Values) { v.Add("approver", bob) },
	"another approver":      func(v url.Values) { v.Set("approver", bob) },
	"another case":          func(v url.Values) { v.Set("approver", "Ann@example.com") },
	"another execution":     func(v url.Values) { v.Set("execution", "approval-workflow:release-43") },
	"another state machine": func(v url.Values) { v.Set("execution", "other:release-42") },
	"another start":         func(v url.Values) { v.Set("started", "1795339805124") },
	"start as 1e12":         func(v url.Values) { v.Set("started", "1e12") },
	"sent out of range":     func(v url.Values) { v.Set("sent", "99999999999999999999") },
	"sent later":            func(v url.Values) { v.Set("sent", v.Get("sent")+"0") },
	"sent with a sign":      func(v url.Values) { v.Set("sent", "+"+v.Get("sent")) },
	"confirm added":         func(v url.Values) { v.Set("confirm", "true") },
	"confirm=false":         func(v url.Values) { v.Set("confirm", "false") },

	"token alone":                   func(v url.Values) { clear(v); v.Set("token", token) },
	"token alone as taskToken":      func(v url.Values) { clear(v); v.Set("taskToken", token) },
	"token beside no signature":     func(v url.Values) { v.Del("signature"); v.Set("token", token) },
	"token beside a bad signature":  func(v url.Values) { v.Set("signature", strings.Repeat("A", 22)); v.Set("token", token) },
	"token as the signature":        func(v url.Values) { v.Set("signature", token) },
	"token as an escaped signature": func(v url.Values) { v.Set("signature", url.QueryEscape(token)) },
	"token as the execution":        func(v url.Values) { v.Set("execution", token) },
	"token as the name":             func(v url.Values) { v.Set("execution", "approval-workflow:"+token) },
	"token as the approver":         func(v url.Values) { v.Set("approver", token) },
	"token as the time":             func(v url.Values) { v.Set("sent", token) },
	"token as confirm":              func(v url.Values) { v.Set("confirm", token) },
}

func TestInvalidLinks(t *testing.T) {
	for name, edit := range invalidEdits {
		t.Run(name, func(t *testing.T) {
			c := newClient(t)
			v := values(t, c.query())
			edit(v)
			c.checkInvalid(v.Encode())
		})
	}
}

// TestChangedQueries checks that a changed link is refused: without its promise to ask, malformed, or incomplete. Then KMS
// does not have to answer.
func TestChangedQueries(t *testing.T) {
	c := newClientOf(t, true, one)
	for _, edit := range []func(string) string{
		func(query string) string { return strings.Replace(query, "&confirm=true", "", 1) },
		func(query string) string { return query + "%2" },
		func(query string) string { return query + ";" },
		func(query string) string { return strings.ReplaceAll(query, "&", ";") },
		func(query string) string { return strings.ReplaceAll(query, "&", "&amp;") },
		func(query string) string { return query + "&execution=x" },
		func(query string) string { return query + "." },
		func(string) string { return "token=" + token + "%2" },
		strings.ToLower, url.QueryEscape,
	} {
		c.checkInvalid(edit(c.query()))
	}
	c.checkPage(c.getPage("/approve?token="+url.QueryEscape(token)), invalidLink)
	c.aws.KeyErr = fmt.Errorf("KMS: %w", approval.ErrUnavailable)
	c.checkInvalid("approver=" + ann)
}

// TestEveryByteCounts changes and drops each byte of a link.
func TestEveryByteCounts(t *testing.T) {
	c := newClient(t)
	query := c.query()
	for i := range query {
		c.checkInvalid(query[:i] + query[i+1:])
		c.checkInvalid(query[:i] + string(query[i]^1) + query[i+1:])
	}
}

// TestTokenBesideTheQuery checks that the task token decides nothing in a path, a form and a header.
func TestTokenBesideTheQuery(t *testing.T) {
	c := newClient(t)
	escaped := url.PathEscape(token)
	for _, target := range []string{"/" + escaped, "/approve/" + escaped, "/approve/" + token + "?" + c.query(), "/" + token} {
		c.check(c.get(target), notFound)
	}
	form := values(t, c.query())
	form.Set("token", token)
	c.check(c.post("/approve", form), invalidLink)
	c.check(c.post("/approve?", url.Values{"token": {token}}), invalidLink)
	c.check(c.post("/reject?token="+url.QueryEscape(token), url.Values{"signature": {token}}), invalidLink)
	header := http.Header{}
	for _, name := range []string{"Authorization", "Cookie", "Referer", "X-Task-Token", "Accept"} {
		header.Set(name, token)
	}
	c.check(c.do(newRequest("GET", "/approve", header)), invalidLink)
}

// TestRewrittenLinks checks that what mail systems do to a link does not matter.
func TestRewrittenLinks(t *testing.T) {
	for name, rewrite := range map[string]func(query string) string{
		"sorted and escaped":   func(query string) string { return values(t, query).Encode() },
		"more parameters":      func(query string) string { return "utm_source=mail&" + query + "&x=1&x=2" },
		"escaped letters":      func(query string) string { return strings.Replace(query, "approver=ann", "approver=%61nn", 1) },
		"empty parameters":     func(query string) string { return "&" + strings.ReplaceAll(query, "&", "&&") + "&" },
		"lower-case hex digit": func(query string) string { return strings.ReplaceAll(values(t, query).Encode(), "%3A", "%3a") },
	} {
		t.Run(name, func(t *testing.T) {
			c := newClient(t)
			c.check(c.get("/approve?"+rewrite(c.query())), approved)
		})
	}
}
