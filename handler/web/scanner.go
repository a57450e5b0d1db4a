package web

import (
	"net/http"
	"slices"
	"strings"

	"approval-workflow/handler/approval"
)

// FastSeconds is the age in seconds below which a decision may be a mail scanner's. Scanners open links 2 to 22 seconds
// after delivery.
const FastSeconds = 30

var (
	speculativeHeaders = []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"}
	speculativeWords   = []string{"prefetch", "prerender", "preview"}
	scannerWords       = []string{
		"bot", "scan", "crawl", "spider", "preview", "headless", "safelinks", "proofpoint", "mimecast", "barracuda",
		"python", "curl", "wget", "go-http", "java", "okhttp", "libwww",
	}
)

// speculative reports whether a browser or an e-mail program says that it only looks ahead.
func speculative(r *http.Request) bool {
	for _, name := range speculativeHeaders {
		for _, value := range r.Header.Values(name) {
			if containsAny(value, speculativeWords) {
				return true
			}
		}
	}
	return false
}

// suspect reports whether a decision is probably not a person's: it came fast, from a client like a scanner. The result only
// marks the log.
func suspect(r *http.Request, record approval.Record) bool {
	return record.AgeSeconds != nil && *record.AgeSeconds < FastSeconds && likeScanner(r)
}

// likeScanner reports whether a client looks like a program that opens links. A person's browser names the languages that
// the person reads.
func likeScanner(r *http.Request) bool {
	agent := r.UserAgent()
	return r.Header.Get("Accept-Language") == "" || agent == "" || containsAny(agent, scannerWords)
}

// containsAny reports whether text contains one of the words in any case. It avoids regular expressions, which would be
// compiled at each start.
func containsAny(text string, words []string) bool {
	text = strings.ToLower(text)
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(text, word) })
}
