package web_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"approval-workflow/handler/approval"
)

// The headers of clients whose GET decides. Firefox gets a page, and curl gets JSON.
var (
	firefox = http.Header{
		"User-Agent":      {"Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"},
		"Accept":          {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
		"Accept-Language": {"de,en-US;q=0.7,en;q=0.3"},
		"Sec-Fetch-Dest":  {"document"},
		"Sec-Fetch-Mode":  {"navigate"},
		"Sec-Fetch-Site":  {"cross-site"},
		"Sec-Fetch-User":  {"?1"},
	}
	curl = http.Header{"User-Agent": {"curl/8.14.1"}, "Accept": {"*/*"}}
)

// but returns the headers with one changed, or left out if value is empty.
func but(header http.Header, name, value string) http.Header {
	changed := header.Clone()
	changed.Del(name)
	if value != "" {
		changed.Set(name, value)
	}
	return changed
}

// The answers to a GET of a client, as clients.jsonl calls them.
const (
	decides  = "decides"
	page200  = "page"     // that asks
	page405  = "page 405" // that asks, with the status for programs
	advice   = "JSON 405"
	likeUser = "like a person" // the kind of what no header tells from a person
)

// checkClient checks what a GET of a client gets.
func (c *client) checkClient(header http.Header, want string) {
	c.t.Helper()
	response := c.do(newRequest("GET", c.approve(), header))
	switch refused := askedToApprove; want {
	case decides:
		c.checkDecided(response)
	case page200:
		c.checkPage(response, askedToApprove)
	case page405:
		refused.status, refused.header = confirmationRequired.status, confirmationRequired.header
		c.checkPage(response, refused)
	case advice:
		c.check(response, confirmationRequired)
	default:
		c.t.Fatalf("unknown answer %q", want)
	}
}

// checkDecided checks the answer to a click that approves. It is a page if the client prefers one.
func (c *client) checkDecided(response *httptest.ResponseRecorder) {
	c.t.Helper()
	if strings.Contains(c.last.Header.Get("Accept"), "text/html") {
		c.checkPage(response, approved)
	} else {
		c.check(response, approved)
	}
}

// TestRealPrograms sends the GET of each program in testdata/clients.jsonl. The headers were recorded in November 2026, without
// those of the connection, from programs of Debian 12, npm and the Go module proxy, unless the name says otherwise. In confirm mode
// none of them decides.
func TestRealPrograms(t *testing.T) {
	file, err := os.Open("testdata/clients.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	kinds, lines := map[string]int{}, bufio.NewScanner(file)
	for lines.Scan() {
		var program struct {
			Kind, Name, Want string
			Headers          map[string]string
		}
		if err := json.Unmarshal(lines.Bytes(), &program); err != nil {
			t.Fatal(err)
		}
		header := http.Header{}
		for name, value := range program.Headers {
			header.Set(name, value)
		}
		kinds[program.Kind]++
		t.Run(program.Kind+" "+program.Name, func(t *testing.T) {
			newClient(t).checkClient(header, program.Want)
			confirmed := program.Want
			if program.Want == decides {
				confirmed = page200
				if !strings.Contains(header.Get("Accept"), "text/html") {
					confirmed = advice
				}
				if !slices.Contains([]string{"person", "tool", likeUser}, program.Kind) {
					t.Error("it decides, but is neither a person nor a tool that a person types")
				}
			}
			newClientOf(t, true, one).checkClient(header, confirmed)
		})
	}
	if len(kinds) != 11 || kinds["preview"] < 10 || kinds["checker"] < 10 || kinds[likeUser] < 10 {
		t.Errorf("%v are the programs of each kind, want 11 kinds", kinds)
	}
}

// severalLines are the headers of Firefox with Accept in several lines.
var severalLines = func() http.Header {
	header := firefox.Clone()
	header["Accept"] = strings.Split(header.Get("Accept"), ",")
	return header
}()

// personTests change what a browser or a tool sends, one header at a time.
var personTests = []struct {
	name   string
	header http.Header
	want   string
}{
	{"browser", firefox, decides},
	{"Accept in several lines", severalLines, decides},
	{"behind a redirect", but(firefox, "Sec-Fetch-User", ""), decides}, // a link rewriter's
	{"empty purpose", but(firefox, "Sec-Purpose", " "), decides},
	{"only HTML", but(firefox, "Accept", "text/html"), decides},
	{"HTML twice", but(firefox, "Accept", "text/html, text/html;q=0"), decides}, // the heavier one counts
	{"headless", but(firefox, "User-Agent", "Mozilla/5.0 (X11) HeadlessFirefox/153.0"), page200},
	{"no agent", but(firefox, "User-Agent", ""), page200},
	{"another agent", but(firefox, "User-Agent", "Robot (like Mozilla/5.0)"), page200},
	{"no language", but(firefox, "Accept-Language", ""), page200},
	{"a list of no languages", but(firefox, "Accept-Language", " , "), page200},
	{"no mode", but(firefox, "Sec-Fetch-Mode", ""), page200},
	{"another mode", but(firefox, "Sec-Fetch-Mode", "cors"), page200},
	{"no destination", but(firefox, "Sec-Fetch-Dest", ""), page200},
	{"frame", but(firefox, "Sec-Fetch-Dest", "iframe"), page200},
	{"no Accept", but(firefox, "Accept", ""), page405},
	{"any type", but(firefox, "Accept", "*/*"), page405},
	{"any text", but(firefox, "Accept", "text/*;q=0.5"), page405},
	{"HTML refused", but(firefox, "Accept", "text/html;q=0, */*"), page405},
	{"malformed", but(firefox, "Accept", ";;;,text/html;q=x"), advice},
	{"malformed weight", but(firefox, "Accept", "text/html;q"), advice},
	{"nothing", but(firefox, "Accept", "*/*;q=0"), advice},
	{"images", but(firefox, "Accept", "image/*"), advice},
	{"JSON", but(firefox, "Accept", "application/json, text/plain, */*"), advice},
	{"JSON of another client", http.Header{"Accept": {"application/json"}}, advice},
	{"JSON as much as a page", http.Header{"Accept": {"text/html, application/json"}}, advice},
	{"nothing but a name", http.Header{"User-Agent": firefox["User-Agent"]}, page405},
	{"not even a name", http.Header{}, page405},
	{"curl", curl, decides},
	{"Wget", http.Header{"User-Agent": {"Wget/1.25.0"}}, decides},
	{"HTTPie", http.Header{"User-Agent": {"HTTPie/3.2.4"}}, decides},
	{"curl that wants a page", but(curl, "Accept", "text/html"), decides},
	{"curl in the middle", but(curl, "User-Agent", "Robot (like curl/8.14.1)"), page405},
	{"libcurl", but(curl, "User-Agent", "libcurl/8.14.1"), page405},
}

func TestWhoIsAPerson(t *testing.T) {
	for _, test := range personTests {
		t.Run(test.name, func(t *testing.T) {
			newClient(t).checkClient(test.header, test.want)
			for _, decision := range approval.Decisions() {
				c := newClient(t)
				c.do(newRequest("POST", c.link(decision, ann), test.header))
				c.checkDecisions(1)
			}
		})
	}
	newClientOf(t, true, one).checkClient(but(curl, "Accept", "text/html"), page200)
}

// TestContentNegotiation checks who gets a page from a link that decides.
func TestContentNegotiation(t *testing.T) {
	for accept, page := range map[string]bool{
		"application/json, text/plain, */*":          false,
		"text/html, application/json":                false,
		"application/json;q=0.5, text/html;q=0.9":    true,
		"application/json, text/html;q=0.9":          false,
		"text/html;q=0, */*":                         false,
		";;;,text/html;q=x":                          false,
		"text/plain;q=0.5, TEXT/HTML; charset=utf-8": true,
	} {
		c := newClient(t)
		if response := c.do(newRequest("GET", c.approve(), but(curl, "Accept", accept))); page {
			c.checkPage(response, approved)
		} else {
			c.check(response, approved)
		}
	}
}

// TestLookingAhead checks that what browsers and e-mail programs send when they look ahead does not decide. The browser may
// show the answer later, so it is a page. Firefox sends X-Firefox-Ai for its preview of a link.
func TestLookingAhead(t *testing.T) {
	for _, accept := range []string{firefox.Get("Accept"), "text/html", "*/*"} {
		for _, ahead := range []struct{ name, value string }{
			{"Sec-Purpose", "prefetch"},
			{"Sec-Purpose", "prefetch;prerender"},
			{"Purpose", "Prefetch"},
			{"X-Purpose", "preview"},
			{"X-Moz", "prefetch"},
			{"X-Firefox-Ai", "1"},
			{"User-Agent", "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5"},
		} {
			for name, client := range map[string]http.Header{"browser": firefox, "program": curl} {
				t.Run(name+" "+ahead.name+"="+ahead.value+" "+accept, func(t *testing.T) {
					newClient(t).checkClient(but(but(client, "Accept", accept), ahead.name, ahead.value), page200)
				})
			}
		}
	}
}
