package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"approval-workflow/handler/approval"
)

const invalidLink = `{"error":"InvalidLink","message":"The link is not complete, it was changed, or it is not from this workflow. ` +
	`Nothing was decided. Open the complete link from the e-mail again. ` +
	`If the e-mail is from before an upgrade, ask the requester to start again."}` + "\n"

// checkInvalid checks that both routes refuse a query: with the same words whatever is wrong, without a call to Step
// Functions, and without a word about the link in the log.
func (c *client) checkInvalid(query string) {
	c.t.Helper()
	for _, method := range []string{"GET", "POST"} {
		for _, decision := range approval.Decisions() {
			request := httptest.NewRequest(method, decision.Path, nil)
			request.URL.RawQuery = query
			response := c.do(request)
			if got := response.Body.String(); response.Code != http.StatusBadRequest || got != invalidLink {
				c.t.Errorf("%s = %d %s, want 400 %s", request.Method+" "+decision.Path, response.Code, got, invalidLink)
			}
			c.checkLogOfInvalid(method + " " + decision.Path)
		}
	}
	if reads := len(c.aws.CallsOfRead()); reads > 0 || len(c.aws.Answers()) > 0 {
		c.t.Errorf("%d reads and %d decisions, want none", reads, len(c.aws.Answers()))
	}
}

func (c *client) checkLogOfInvalid(route string) {
	c.t.Helper()
	line := c.lastLog()
	approver, hasApprover := line["approver"]
	if line["route"] != route || line["outcome"] != "InvalidLink" || line["level"] != "WARN" || line["execution"] != "" || hasApprover {
		c.t.Errorf("log = %v with the approver %v, want an invalid link on %s without an execution and an approver", line, approver, route)
	}
}

// checkInvalidEdits changes the parameters of a link and checks that it is refused then.
func checkInvalidEdits(t *testing.T, edits map[string]func(url.Values)) {
	t.Helper()
	for name, edit := range edits {
		t.Run(name, func(t *testing.T) {
			c := newClient(t)
			values := c.values()
			edit(values)
			c.checkInvalid(values.Encode())
		})
	}
}

func TestInvalidLinks(t *testing.T) {
	checkInvalidEdits(t, map[string]func(url.Values){
		"no parameter":          func(v url.Values) { clear(v) },
		"no execution":          func(v url.Values) { v.Del("execution") },
		"no signature":          func(v url.Values) { v.Del("signature") },
		"empty signature":       func(v url.Values) { v.Set("signature", "") },
		"padded signature":      func(v url.Values) { v.Set("signature", v.Get("signature")+"==") },
		"short signature":       func(v url.Values) { v.Set("signature", v.Get("signature")[:21]) },
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
	})
}

func TestLinkWithoutItsPromiseToAsk(t *testing.T) {
	c := newConfirmClient(t)
	c.checkInvalid(strings.Replace(c.query(ann), "&confirm=true", "", 1))
}

func TestMalformedQueries(t *testing.T) {
	c := newClient(t)
	for _, edit := range []func(string) string{
		func(query string) string { return query + "%2" },
		func(query string) string { return query + ";" },
		func(query string) string { return strings.ReplaceAll(query, "&", ";") },
		func(query string) string { return strings.ReplaceAll(query, "&", "&amp;") },
		func(query string) string { return query + "&execution=x" },
		func(query string) string { return query + "." },
		strings.ToLower, url.QueryEscape,
	} {
		c.checkInvalid(edit(c.query(ann)))
	}
}

// TestEveryByteCounts changes and drops each byte of a link.
func TestEveryByteCounts(t *testing.T) {
	c := newClient(t)
	query := c.query(ann)
	for i := range query {
		c.checkInvalid(query[:i] + query[i+1:])
		c.checkInvalid(query[:i] + string(query[i]^1) + query[i+1:])
	}
}

func TestLinkOfAnotherStack(t *testing.T) {
	c := newClient(t)
	c.checkInvalid(strings.Split(c.query(ann), "&signature=")[0] + "&signature=AAAAAAAAAAAAAAAAAAAAAA")
}

// TestInvalidLinkBeforeTheKey checks that a malformed link is refused even if KMS does not answer.
func TestInvalidLinkBeforeTheKey(t *testing.T) {
	c := newClient(t)
	c.aws.KeyErr = &approval.Error{Code: approval.CodeUnavailable}
	c.checkInvalid("approver=" + ann)
}

// TestRewrittenLinks checks that what mail systems do to a link does not matter.
func TestRewrittenLinks(t *testing.T) {
	for name, rewrite := range map[string]func(*client) string{
		"sorted and escaped":   func(c *client) string { return c.values().Encode() },
		"more parameters":      func(c *client) string { return "utm_source=mail&" + c.query(ann) + "&x=1&x=2" },
		"escaped letters":      func(c *client) string { return strings.Replace(c.query(ann), "approver=ann", "approver=%61nn", 1) },
		"empty parameters":     func(c *client) string { return "&" + strings.ReplaceAll(c.query(ann), "&", "&&") + "&" },
		"lower-case hex digit": func(c *client) string { return strings.ReplaceAll(c.values().Encode(), "%3A", "%3a") },
	} {
		t.Run(name, func(t *testing.T) {
			c := newClient(t)
			c.check(c.get("/approve?"+rewrite(c)), expected{status: http.StatusOK, message: "approved", outcome: "approved"})
		})
	}
}
