package web

import (
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// prefersHTML reports whether a client prefers text/html to JSON: it accepts text/html and gives JSON a lower weight.
func prefersHTML(r *http.Request) bool { return weight(r, "text/html") > weight(r, "application/json") }

// takesPage reports whether a page is good for a client that does not prefer one. links, elinks and edbrowse accept */* and
// cannot show JSON. Tools that a person types a command for print it.
func takesPage(r *http.Request) bool {
	anything := len(r.Header.Values("Accept")) == 0 || weight(r, "*/*") > 0 || weight(r, "text/*") > 0
	return anything && weight(r, "application/json") == 0 && !isTyped(r)
}

// weight returns the weight that a client gives to a media type, or 0 if it does not accept it.
func weight(r *http.Request, mediaType string) float64 {
	heaviest := 0.0
	for part := range strings.SplitSeq(strings.Join(r.Header.Values("Accept"), ","), ",") {
		if name, _, _ := strings.Cut(part, ";"); strings.EqualFold(strings.TrimSpace(name), mediaType) {
			heaviest = max(heaviest, quality(part))
		}
	}
	return heaviest
}

// quality returns the weight of a part of an Accept header, or 0 if it is malformed.
func quality(part string) float64 {
	if !strings.Contains(part, ";") {
		return 1
	}
	_, params, err := mime.ParseMediaType(part)
	if err != nil {
		return 0
	}
	text, found := params["q"]
	if !found {
		return 1
	}
	q, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0
	}
	return q
}

// FastSeconds is the age in seconds below which a decision may be a mail scanner's. Scanners open links 2 to 22 seconds
// after delivery.
const FastSeconds = 30

// isTyped reports whether a client is a tool that a person types a command for.
func isTyped(r *http.Request) bool {
	return slices.ContainsFunc([]string{"curl/", "Wget/", "HTTPie/"}, func(tool string) bool {
		return strings.HasPrefix(r.UserAgent(), tool)
	})
}

// isPerson reports whether a GET comes from a person: from a tool that a person types a command for, or from a browser that
// shows the page in a window of its own. It does not know all other clients and therefore lets none of them decide:
// previewers, link checkers and frames send the same GET. Automated browsers cannot be told from a person.
func isPerson(r *http.Request) bool {
	browser := strings.HasPrefix(r.UserAgent(), "Mozilla/") && !containsAny(r.UserAgent(), []string{"headless"}) &&
		weight(r, "text/html") > 0 && strings.Trim(r.Header.Get("Accept-Language"), " ,") != "" &&
		r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
	return (browser || isTyped(r)) && !lookAhead(r)
}

var (
	lookAheadHeaders = []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz", "User-Agent"}
	lookAheadWords   = []string{"prefetch", "prerender", "preview"}
)

// lookAhead reports whether a browser, an e-mail program or a chat program says that it only looks ahead. Firefox does so with
// a header of its own for the preview of a link.
func lookAhead(r *http.Request) bool {
	for _, name := range lookAheadHeaders {
		for _, value := range r.Header.Values(name) {
			if containsAny(value, lookAheadWords) {
				return true
			}
		}
	}
	return r.Header.Get("X-Firefox-Ai") != ""
}

// containsAny reports whether text contains one of the words in any case. It avoids regular expressions, which would be
// compiled at each start.
func containsAny(text string, words []string) bool {
	text = strings.ToLower(text)
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(text, word) })
}
