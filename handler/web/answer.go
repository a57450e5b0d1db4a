package web

import (
	"bytes"
	"encoding/json"
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

	forTask  bool // the client is the state machine's task: it gets JSON, and the log level of a failure is ERROR
	pageOnly bool // the answer has no JSON form

	// For the page:
	view    approval.View       // of the request
	buttons []approval.Decision // of the page that asks
	query   string              // where the buttons lead, in addition to their path

	// For the log:
	outcome    string // on success
	execution  string // the name of the execution, from the task or a signed link
	approver   string // from a signed link
	ageSeconds *int64 // the time from the e-mail to a decision
	err        error
}

// of adds what the log says about a link whose signature was verified.
func (a answer) of(link approval.Link) answer {
	a.execution, a.approver = link.Execution.Name, link.Approver
	return a
}

// handle returns a handler that writes and logs the answer of serve.
func (s *server) handle(serve func(*http.Request) answer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		a := serve(r)
		a.write(w, r)
		s.log(r, a)
	}
}

// write writes the answer as a page or as JSON, as the client prefers.
func (a answer) write(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("Referrer-Policy", "no-referrer") // whoever has the URL can decide
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-Robots-Tag", "noindex")
	header.Set("Vary", "Accept")
	for name, values := range a.header {
		header[name] = values
	}
	var body []byte
	if a.pageOnly || !a.forTask && prefersHTML(r.Header.Values("Accept")) {
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
