package web

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"strings"

	"approval-workflow/handler/approval"
)

// answer is the result of a request: what the client gets and what the log says.
type answer struct {
	status  int
	title   string // of the page
	message string
	reasons string      // that approvers typed; in the JSON only, because a page quotes them in its list
	code    string      // says why the request failed; empty on success
	header  http.Header // in addition to the headers of every answer

	forEvent bool // the client is the state machine's task or EventBridge: it gets JSON, and the log level of a failure is ERROR
	pageOnly bool // the client gets a page, also if it does not prefer one

	// For the page:
	view    approval.View       // of the request
	buttons []approval.Decision // of the page that asks
	query   string              // where the buttons lead, in addition to their path

	// For the log:
	outcome     string // on success
	execution   string // the name of the execution, from the task or a signed link
	approver    string // from a signed link
	ageSeconds  *int64 // the time from the e-mail to a decision
	unusedKeys  string // of the input
	unreachable string // the addresses of the approvers who were not asked
	err         error
}

// everyHeader has the headers of every answer.
var everyHeader = http.Header{
	"Cache-Control":          {"no-store"},
	"Referrer-Policy":        {"no-referrer"}, // whoever has the URL can decide
	"X-Content-Type-Options": {"nosniff"},
	"X-Robots-Tag":           {"noindex"},
	"Vary":                   {"Accept"},
}

// write writes the answer as a page or as JSON, as the client prefers.
func (a answer) write(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	maps.Copy(header, everyHeader)
	maps.Copy(header, a.header)
	var body []byte
	if a.pageOnly || !a.forEvent && prefersHTML(r) {
		body = a.page()
		header.Set("Content-Type", "text/html; charset=utf-8")
		header.Set("Content-Security-Policy", contentSecurityPolicy)
	} else {
		body = a.json()
		header.Set("Content-Type", "application/json")
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(body) // the client may be gone
}

func (a answer) json() []byte {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(struct { // strings always encode
		Error   string `json:"error,omitempty"`
		Message string `json:"message"`
	}{a.code, strings.TrimSpace(a.message + " " + a.reasons)})
	return body.Bytes()
}

// log writes one line about a request. It leaves out the URL, because whoever has it can decide.
func (s *server) log(r *http.Request, a answer) {
	outcome := a.outcome
	if a.code != "" {
		outcome = a.code
	}
	attrs := []slog.Attr{
		slog.String("route", r.Pattern),
		slog.Int("status", a.status),
		slog.String("outcome", outcome),
		slog.String("execution", a.execution),
	}
	if a.approver != "" {
		attrs = append(attrs, slog.String("approver", a.approver))
	}
	if a.ageSeconds != nil {
		attrs = append(attrs, slog.Int64("ageSeconds", *a.ageSeconds))
	}
	if a.unusedKeys != "" {
		attrs = append(attrs, slog.String("unusedKeys", a.unusedKeys))
	}
	if a.unreachable != "" {
		attrs = append(attrs, slog.String("unreachable", a.unreachable))
	}
	if a.err != nil {
		attrs = append(attrs, slog.String("error", a.err.Error()))
	}
	s.logger.LogAttrs(r.Context(), a.level(), "request", attrs...)
}

func (a answer) level() slog.Level {
	switch {
	case a.status >= http.StatusInternalServerError, a.forEvent && a.code != "":
		return slog.LevelError
	case a.code != "":
		return slog.LevelWarn
	}
	return slog.LevelInfo
}
