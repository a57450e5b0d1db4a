package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// TestTokenInALink checks that the task token, which readers of the execution's history know, decides nothing wherever a
// link could take it. The client checks that nothing prints it.
func TestTokenInALink(t *testing.T) {
	escaped := url.QueryEscape(token)
	checkInvalidEdits(t, map[string]func(url.Values){
		"alone":                   func(v url.Values) { clear(v); v.Set("token", token) },
		"alone as taskToken":      func(v url.Values) { clear(v); v.Set("taskToken", token) },
		"beside no signature":     func(v url.Values) { v.Del("signature"); v.Set("token", token) },
		"beside a bad signature":  func(v url.Values) { v.Set("signature", strings.Repeat("A", 22)); v.Set("token", token) },
		"as the signature":        func(v url.Values) { v.Set("signature", token) },
		"as an escaped signature": func(v url.Values) { v.Set("signature", escaped) },
		"as the execution":        func(v url.Values) { v.Set("execution", token) },
		"as the name":             func(v url.Values) { v.Set("execution", "approval-workflow:"+token) },
		"as the approver":         func(v url.Values) { v.Set("approver", token) },
		"as the time":             func(v url.Values) { v.Set("sent", token) },
		"as confirm":              func(v url.Values) { v.Set("confirm", token) },
	})
}

// TestLinkOfThePreviousVersion clicks on links with a token as the version before sent them.
func TestLinkOfThePreviousVersion(t *testing.T) {
	c := newClient(t)
	c.checkInvalid("token=" + url.QueryEscape(token) +
		"&workflow=approval-workflow&execution=release-42&started=1795339805123&sent=1795339806&expires=1795426206")
	c.checkInvalid("token=" + token + "%2")
	page := c.getPage("/approve?token=" + url.QueryEscape(token)).Body.String()
	if !strings.Contains(page, "<h1>This link does not work</h1>") {
		t.Error("the page does not say that the link does not work")
	}
}

func TestTokenInThePath(t *testing.T) {
	c := newClient(t)
	for _, target := range []string{
		"/" + url.PathEscape(token), "/approve/" + url.PathEscape(token), "/approve/" + token + "?" + c.query(ann), "/" + token,
	} {
		c.check(c.get(target), expected{status: http.StatusNotFound, message: "does not exist", outcome: "NotFound"})
	}
}

func TestTokenInAForm(t *testing.T) {
	c := newClient(t)
	values := c.values()
	values.Set("token", token)
	for target, form := range map[string]url.Values{
		"/approve": values, "/approve?": {"token": {token}}, "/reject?token=" + url.QueryEscape(token): {"signature": {token}},
	} {
		response := c.post(target, form)
		if got := response.Body.String(); got != invalidLink {
			t.Errorf("answer = %s, want %s", got, invalidLink)
		}
		c.checkDecisions(0)
	}
}

func TestTokenInHeaders(t *testing.T) {
	c := newClient(t)
	request := httptest.NewRequest("GET", "/approve", nil)
	for _, name := range []string{"Authorization", "Cookie", "Referer", "X-Task-Token", "Accept"} {
		request.Header.Set(name, token)
	}
	c.check(c.do(request), expected{status: http.StatusBadRequest, message: "Nothing was decided", outcome: "InvalidLink"})
}
