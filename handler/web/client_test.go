package web_test

import (
	"net/http"
	"strings"
	"testing"

	"approval-workflow/handler/approval"
)

// browsers are the headers with which browsers open a link. The lines are in the order in which the browser sends them.
var browsers = map[string]http.Header{
	"Firefox": {
		"User-Agent":                {"Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"},
		"Accept":                    {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
		"Accept-Language":           {"de,en-US;q=0.7,en;q=0.3"},
		"Accept-Encoding":           {"gzip, deflate, br, zstd"},
		"Upgrade-Insecure-Requests": {"1"},
		"Sec-Fetch-Dest":            {"document"},
		"Sec-Fetch-Mode":            {"navigate"},
		"Sec-Fetch-Site":            {"cross-site"},
		"Sec-Fetch-User":            {"?1"},
		"Priority":                  {"u=0, i"},
	},
	"Chrome": {
		"Sec-Ch-Ua":                 {`"Chromium";v="142", "Google Chrome";v="142", "Not_A Brand";v="99"`},
		"Sec-Ch-Ua-Mobile":          {"?0"},
		"Sec-Ch-Ua-Platform":        {`"Windows"`},
		"Upgrade-Insecure-Requests": {"1"},
		"User-Agent":                {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"},
		"Accept": {"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8," +
			"application/signed-exchange;v=b3;q=0.7"},
		"Sec-Fetch-Site":  {"none"},
		"Sec-Fetch-Mode":  {"navigate"},
		"Sec-Fetch-User":  {"?1"},
		"Sec-Fetch-Dest":  {"document"},
		"Accept-Encoding": {"gzip, deflate, br, zstd"},
		"Accept-Language": {"en-US,en;q=0.9"},
		"Priority":        {"u=0, i"},
	},
	"Safari": {
		"Sec-Fetch-Dest": {"document"},
		"User-Agent": {"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) " +
			"Version/18.6 Mobile/15E148 Safari/604.1"},
		"Accept":          {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
		"Sec-Fetch-Site":  {"none"},
		"Sec-Fetch-Mode":  {"navigate"},
		"Accept-Language": {"en-GB,en;q=0.9"},
		"Priority":        {"u=0, i"},
		"Accept-Encoding": {"gzip, deflate, br"},
	},
}

// programs are the headers of clients that say that they are programs.
var programs = map[string]http.Header{
	"curl":            {"User-Agent": {"curl/8.14.1"}, "Accept": {"*/*"}},
	"Wget":            {"User-Agent": {"Wget/1.25.0"}, "Accept": {"*/*"}, "Accept-Encoding": {"identity"}},
	"python-requests": {"User-Agent": {"python-requests/2.32.5"}, "Accept": {"*/*"}, "Accept-Encoding": {"gzip, deflate"}},
	"Go":              {"User-Agent": {"Go-http-client/2.0"}, "Accept-Encoding": {"gzip"}},
	"no name":         {},
	"empty name":      {"User-Agent": {""}, "Accept": {"application/json"}},
	"wants a page":    {"User-Agent": {"Lynx/2.9.2"}, "Accept": {"text/html"}},
}

// but returns the headers with one changed, or left out if value is empty.
func but(header http.Header, name, value string) http.Header {
	changed := header.Clone()
	changed.Del(name)
	if value != "" {
		changed.Set(name, value)
	}
	return changed
}

// checkClient checks what a GET of a client gets: a decision, the page that asks, or the advice to POST.
func checkClient(t *testing.T, header http.Header, page bool, want expected) {
	t.Helper()
	c := newClient(t)
	response := c.do(newRequest("GET", c.approve(), header))
	if page {
		c.checkPage(response, want)
	} else {
		c.check(response, want)
	}
}

func TestBrowsersAndProgramsDecideAtOnce(t *testing.T) {
	for name, header := range browsers {
		t.Run(name, func(t *testing.T) { checkClient(t, header, true, approved) })
		empty := header.Clone()
		empty["Sec-Purpose"] = []string{""}
		t.Run(name+", no purpose", func(t *testing.T) { checkClient(t, empty, true, approved) })
	}
	for name, header := range programs {
		t.Run(name, func(t *testing.T) { checkClient(t, header, name == "wants a page", approved) })
	}
}

func TestContentNegotiation(t *testing.T) {
	for _, test := range []struct {
		name   string
		accept []string
		page   bool
	}{
		{"API client", []string{"application/json, text/plain, */*"}, false},
		{"browser through the adapter", strings.Split(browsers["Chrome"].Get("Accept"), ","), true},
		{"both equally", []string{"text/html, application/json"}, false},
		{"HTML preferred", []string{"application/json;q=0.5, text/html;q=0.9"}, true},
		{"JSON preferred", []string{"application/json, text/html;q=0.9"}, false},
		{"HTML refused", []string{"text/html;q=0, */*"}, false},
		{"invalid", []string{";;;,text/html;q=x"}, false},
	} {
		t.Run(test.name, func(t *testing.T) { checkClient(t, http.Header{"Accept": test.accept}, test.page, approved) })
	}
}

// TestClientsUnlikeABrowser checks that whatever claims to be a browser but does not behave like one has to confirm. Its POST
// decides, so that the button of the page works.
func TestClientsUnlikeABrowser(t *testing.T) {
	headless := strings.Replace(browsers["Chrome"].Get("User-Agent"), "Chrome/", "HeadlessChrome/", 1)
	for name, browser := range browsers {
		for _, test := range []struct {
			name   string
			header http.Header
			want   expected
		}{
			{"headless", but(browser, "User-Agent", headless), askedToApprove},
			{"no language", but(browser, "Accept-Language", ""), askedToApprove},
			{"no Accept", but(browser, "Accept", ""), confirmationRequired},
			{"any type", but(browser, "Accept", "*/*"), confirmationRequired},
			{"JSON", but(browser, "Accept", "application/json, text/plain, */*"), confirmationRequired},
			{"no language, JSON", but(but(browser, "Accept-Language", ""), "Accept", "application/json"), confirmationRequired},
			{"headless, JSON preferred", but(but(browser, "User-Agent", headless), "Accept", "application/json, text/html;q=0.9"),
				confirmationRequired},
			{"only a name", http.Header{"User-Agent": browser["User-Agent"]}, confirmationRequired},
		} {
			t.Run(name+" "+test.name, func(t *testing.T) {
				checkClient(t, test.header, test.want.kind == "asked", test.want)
				for _, decision := range approval.Decisions() {
					c := newClient(t)
					c.do(newRequest("POST", c.link(decision, ann), test.header))
					c.checkDecisions(1)
				}
			})
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
					checkClient(t, but(but(client, "Accept", accept), ahead.name, ahead.value), true, askedToApprove)
				})
			}
		}
	}
}
