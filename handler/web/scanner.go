package web

import (
	"net/http"
	"slices"
	"strings"
)

// FastSeconds is how soon after the e-mail a decision is looked at twice: mail scanners open links 2 to 22 seconds after
// delivery.
const FastSeconds = 30

var (
	speculativeHeaders = []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"}
	speculativeWords   = []string{"prefetch", "prerender", "preview"}
	scannerWords       = []string{
		"bot", "scan", "crawl", "spider", "preview", "headless", "safelinks", "proofpoint", "mimecast", "barracuda",
		"python", "curl", "wget", "go-http", "java", "okhttp", "libwww",
	}
)

// speculative tells whether a browser or a mail program only looks ahead, and says so.
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

// likeScanner tells whether a client looks like a program that opens links: people's browsers say which languages they
// read. It is a mark for the log and refuses nothing.
func likeScanner(r *http.Request) bool {
	agent := r.UserAgent()
	return r.Header.Get("Accept-Language") == "" || agent == "" || containsAny(agent, scannerWords)
}

// containsAny tells whether text holds one of words, in whatever case. Regular expressions would be compiled at each
// start.
func containsAny(text string, words []string) bool {
	text = strings.ToLower(text)
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(text, word) })
}
