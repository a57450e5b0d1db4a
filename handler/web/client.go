package web

import (
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// prefersHTML reports whether a client prefers text/html to JSON: it accepts text/html and gives JSON a lower weight.
func prefersHTML(r *http.Request) bool {
	accepted := weights(r)
	return accepted["text/html"] > accepted["application/json"]
}

// takesPage reports whether a page is good for a client that does not prefer one. links, elinks and edbrowse accept */* and
// cannot show JSON. Tools that a person types a command for print it.
func takesPage(r *http.Request) bool {
	accepted := weights(r)
	anything := len(r.Header.Values("Accept")) == 0 || accepted["*/*"] > 0 || accepted["text/*"] > 0
	return anything && accepted["application/json"] == 0 && !isTyped(r)
}

// weights returns the weight of each media type that a client accepts.
func weights(r *http.Request) map[string]float64 {
	accepted := map[string]float64{}
	for part := range strings.SplitSeq(strings.Join(r.Header.Values("Accept"), ","), ",") {
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
		accepted[mediaType] = max(accepted[mediaType], weight)
	}
	return accepted
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
		weights(r)["text/html"] > 0 && r.Header.Get("Accept-Language") != "" &&
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
