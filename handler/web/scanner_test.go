package web_test

import (
	"net/http"
	"strings"
	"testing"

	"approval-workflow/handler/approval"
)

// checkDecides checks that a GET with these headers decides at once.
func checkDecides(t *testing.T, header http.Header) {
	t.Helper()
	c := newClient(t)
	response := c.do(newRequest(c.approve(), header))
	if got := c.lastLog()["outcome"]; response.Code != http.StatusOK || got != "approved" {
		t.Errorf("status = %d, outcome = %v, want 200, approved", response.Code, got)
	}
	c.checkDecisions(1)
}

// checkAsks checks that a GET with these headers does not decide: it gets the page that asks, or 405 in JSON.
func checkAsks(t *testing.T, header http.Header, wantPage bool) {
	t.Helper()
	c := newClient(t)
	response := c.do(newRequest(c.approve(), header))
	c.checkDecisions(0)
	if !wantPage {
		c.check(response, confirmationRequired)
		return
	}
	page := strings.Contains(response.Body.String(), "<h1>Approve this request?</h1>")
	if got := c.lastLog()["outcome"]; response.Code != http.StatusOK || !page || got != "asked" {
		t.Errorf("status = %d, outcome = %v, page that asks = %t, want 200, asked, true", response.Code, got, page)
	}
}

func TestBrowsersDecideAtOnce(t *testing.T) {
	for name, header := range browsers {
		t.Run(name, func(t *testing.T) { checkDecides(t, header) })
	}
}

func TestProgramsDecideAtOnce(t *testing.T) {
	for name, header := range programs {
		t.Run(name, func(t *testing.T) { checkDecides(t, header) })
	}
}

// TestClientsUnlikeABrowser checks that whatever claims to be a browser but does not behave like one has to confirm.
func TestClientsUnlikeABrowser(t *testing.T) {
	headless := strings.Replace(browsers["Chrome"].Get("User-Agent"), "Chrome/", "HeadlessChrome/", 1)
	for name, browser := range browsers {
		tests := []struct {
			name   string
			header http.Header
			page   bool
		}{
			{"headless", but(browser, "User-Agent", headless), true},
			{"no language", but(browser, "Accept-Language", ""), true},
			{"no Accept", but(browser, "Accept", ""), false},
			{"any type", but(browser, "Accept", "*/*"), false},
			{"JSON", but(browser, "Accept", "application/json, text/plain, */*"), false},
			{"no language, JSON", but(but(browser, "Accept-Language", ""), "Accept", "application/json"), false},
			{"headless, JSON preferred", but(but(browser, "User-Agent", headless), "Accept", "application/json, text/html;q=0.9"), false},
			{"only a name", http.Header{"User-Agent": browser["User-Agent"]}, false},
		}
		for _, test := range tests {
			t.Run(name+" "+test.name, func(t *testing.T) { checkAsks(t, test.header, test.page) })
		}
	}
}

// TestLookingAhead checks that what browsers and e-mail programs send when they look ahead does not decide. The browser may
// show the answer later, so it is a page.
func TestLookingAhead(t *testing.T) {
	for _, accept := range []string{browsers["Firefox"].Get("Accept"), "text/html", "*/*"} {
		for _, ahead := range []struct{ name, value string }{
			{"Sec-Purpose", "prefetch"},
			{"Sec-Purpose", "prefetch;prerender"},
			{"Purpose", "Prefetch"},
			{"X-Purpose", "preview"},
			{"X-Moz", "prefetch"},
			{"User-Agent", "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5"},
		} {
			for name, client := range map[string]http.Header{"browser": browsers["Firefox"], "program": programs["curl"]} {
				t.Run(name+" "+ahead.name+"="+ahead.value+" "+accept, func(t *testing.T) {
					checkAsks(t, but(but(client, "Accept", accept), ahead.name, ahead.value), true)
				})
			}
		}
	}
}

func TestNotLookingAhead(t *testing.T) {
	checkDecides(t, but(browsers["Chrome"], "Sec-Fetch-Mode", "navigate"))
	header := browsers["Chrome"].Clone()
	header["Sec-Purpose"] = []string{""}
	checkDecides(t, header)
}

// TestPostAlwaysDecides checks that the button of the page works for whatever has opened it.
func TestPostAlwaysDecides(t *testing.T) {
	for _, header := range []http.Header{but(browsers["Safari"], "Accept-Language", ""), {"User-Agent": {"Mozilla/5.0 HeadlessChrome"}}} {
		for _, decision := range approval.Decisions() {
			c := newClient(t)
			request := newRequest(decision.Path+"?"+c.query(ann), header)
			request.Method = http.MethodPost
			if got := c.do(request).Code; got != http.StatusOK {
				t.Errorf("status = %d, want 200", got)
			}
			c.checkDecisions(1)
		}
	}
}
