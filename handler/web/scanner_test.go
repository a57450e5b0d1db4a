package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestSpeculativeRequests checks that what browsers and e-mail programs send when they look ahead does not decide, and
// gets the page that asks.
func TestSpeculativeRequests(t *testing.T) {
	headers := []struct {
		name, value string
		decides     bool
	}{
		{"Sec-Purpose", "prefetch", false},
		{"Sec-Purpose", "prefetch;prerender", false},
		{"Purpose", "Prefetch", false},
		{"X-Purpose", "preview", false},
		{"X-Moz", "prefetch", false},
		{"Sec-Purpose", "", true},
		{"Sec-Fetch-Mode", "navigate", true},
	}
	for _, header := range headers {
		for _, accept := range []string{"text/html", "*/*"} {
			t.Run(header.name+"="+header.value+" "+accept, func(t *testing.T) {
				c := newClient(t)
				request := httptest.NewRequest("GET", "/approve?"+linkQuery, nil)
				request.Header.Set("Accept", accept)
				request.Header.Set(header.name, header.value)
				response := c.do(request)
				decided, asked := len(c.records()) == 1, strings.Contains(response.Body.String(), "<form")
				if response.Code != http.StatusOK || decided != header.decides || asked == header.decides {
					t.Errorf("status = %d, decided = %t, asked = %t, want %d, %t, %t",
						response.Code, decided, asked, http.StatusOK, header.decides, !header.decides)
				}
			})
		}
	}
}

func TestSuspectDecisions(t *testing.T) {
	person := http.Header{"User-Agent": {"Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0"}, "Accept-Language": {"en"}}
	scanner := http.Header{"User-Agent": {"Mozilla/5.0 (Windows NT 10.0) HeadlessChrome/142.0"}, "Accept-Language": {"en"}}
	tests := []struct {
		name    string
		age     int // in seconds
		header  http.Header
		suspect bool
	}{
		{"scanner, fast", 10, scanner, true},
		{"no language, fast", 10, http.Header{"User-Agent": person["User-Agent"]}, true},
		{"no user agent, fast", 10, http.Header{"Accept-Language": {"en"}}, true},
		{"scanner, just fast", 29, scanner, true},
		{"scanner, just slow", 30, scanner, false},
		{"person, fast", 10, person, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { checkSuspect(t, test.age, test.header, test.suspect) })
		})
	}
}

// checkSuspect checks that a click is not refused, but marked in the log if it is suspect.
func checkSuspect(t *testing.T, age int, header http.Header, suspect bool) {
	c := newClient(t)
	sent := time.Now().Add(-time.Duration(age) * time.Second)
	request := httptest.NewRequest("GET", fmt.Sprintf("/approve?%s&sent=%d", tokenQuery, sent.Unix()), nil)
	request.Header = header
	if got := c.do(request).Code; got != http.StatusOK {
		t.Fatalf("status = %d, want %d", got, http.StatusOK)
	}
	line := c.lastLog()
	if line["ageSeconds"] != float64(age) {
		t.Errorf("ageSeconds = %v, want %d", line["ageSeconds"], age)
	}
	var mark any
	level := "INFO"
	if suspect {
		mark, level = true, "WARN"
	}
	if line["suspect"] != mark || line["level"] != level {
		t.Errorf("suspect = %v, level = %v, want %v, %s", line["suspect"], line["level"], mark, level)
	}
}
