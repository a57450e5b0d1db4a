package web

import (
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// prefersHTML reports whether a client prefers text/html to JSON: it accepts text/html and gives JSON a lower weight.
func prefersHTML(accept []string) bool {
	html, json := 0.0, 0.0
	for _, part := range strings.Split(strings.Join(accept, ","), ",") {
		mediaType, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		weight := 1.0
		if q, ok := params["q"]; ok {
			if weight, err = strconv.ParseFloat(q, 64); err != nil {
				continue
			}
		}
		switch mediaType {
		case "text/html":
			html = max(html, weight)
		case "application/json":
			json = max(json, weight)
		}
	}
	return html > json
}

// FastSeconds is the age in seconds below which a decision may be a mail scanner's. Scanners open links 2 to 22 seconds
// after delivery.
const FastSeconds = 30

var (
	lookAheadHeaders = []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz", "User-Agent"}
	lookAheadWords   = []string{"prefetch", "prerender", "preview"}
)

// lookAhead reports whether a browser, an e-mail program or a chat program says that it only looks ahead.
func lookAhead(r *http.Request) bool {
	for _, name := range lookAheadHeaders {
		for _, value := range r.Header.Values(name) {
			if containsAny(value, lookAheadWords) {
				return true
			}
		}
	}
	return false
}

// unlikeBrowser reports whether a client claims to be a browser but does not behave like one: it accepts no page, names no
// language, or runs without a screen. Mail scanners mostly look like this. A client that claims to be something else, such
// as curl, is believed.
func unlikeBrowser(r *http.Request) bool {
	agent := r.UserAgent()
	return strings.HasPrefix(agent, "Mozilla/") && (r.Header.Get("Accept-Language") == "" ||
		!containsAny(strings.Join(r.Header.Values("Accept"), ","), []string{"text/html"}) ||
		containsAny(agent, []string{"headless"}))
}

// containsAny reports whether text contains one of the words in any case. It avoids regular expressions, which would be
// compiled at each start.
func containsAny(text string, words []string) bool {
	text = strings.ToLower(text)
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(text, word) })
}
