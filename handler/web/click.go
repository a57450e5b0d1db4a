package web

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"approval-workflow/handler/approval"
)

// maxForm limits the body of a click in bytes. A character of a reason takes up to twelve.
const maxForm = 32 << 10

// click serves a link. Everything that identifies the request and the approver comes from the signed link, and only the pressed
// button and the reason from a posted form.
func (s *server) click(r *http.Request, decision approval.Decision) answer {
	link, err := s.service.VerifyLink(r.Context(), r.URL.RawQuery)
	if err != nil {
		return undecided(err)
	}
	serve := s.decide
	if r.Method == http.MethodGet && (s.service.Confirm() || link.Confirm || !isPerson(r)) {
		serve = s.ask
	}
	a := serve(r, decision, link)
	a.execution, a.approver = link.Execution.Name, link.Approver
	return a
}

// decide reads the form of a click and passes the decision on. Whoever pressed a button on a page gets a page.
func (s *server) decide(r *http.Request, decision approval.Decision, link approval.Link) answer {
	form, err := postedForm(r)
	if err != nil {
		return failed(err)
	}
	a := unknownButton()
	if decision, known := pressed(form, decision); known {
		a = s.passOn(r, decision, link, form.Get("reason"))
	}
	a.pageOnly = form.Has("decision") && takesPage(r)
	return a
}

// passOn passes a decision on.
func (s *server) passOn(r *http.Request, decision approval.Decision, link approval.Link, reason string) answer {
	outcome, err := s.service.Decide(r.Context(), approval.Click{
		Link:      link,
		Decision:  decision,
		Reason:    reason,
		SourceIP:  r.RemoteAddr,
		UserAgent: r.UserAgent(),
	})
	if err != nil {
		return withRequest(failed(err), decision, outcome.View)
	}
	a := answer{
		status: http.StatusOK, outcome: decision.Status, title: decision.Title, message: decision.Message,
		view: outcome.View, ageSeconds: &outcome.Record.AgeSeconds,
	}
	if missing := outcome.Missing(); missing > 0 && decision == approval.Approve {
		a.outcome, a.title = "counted", "Your approval counts"
		a.message = "Your approval was recorded. " + stillNeeded(missing) + "."
	}
	return a
}

// ask returns the page whose buttons decide, or why the request is closed. A program has to POST instead. A client that does not
// ask for a page but accepts anything gets the page too, with the status for programs: links, elinks and edbrowse show it.
func (s *server) ask(r *http.Request, decision approval.Decision, link approval.Link) answer {
	view, err := s.service.Look(r.Context(), link, decision)
	if err != nil {
		refusal := withRequest(undecided(err), decision, view)
		refusal.pageOnly = takesPage(r)
		return refusal
	}
	a := answer{
		status: http.StatusOK, outcome: "asked", pageOnly: true, title: decision.Verb + " this request?", message: consequence(view),
		view: view, buttons: []approval.Decision{decision, decision.Other()}, query: r.URL.RawQuery,
	}
	switch {
	case lookAhead(r) || prefersHTML(r): // a browser shows later what it got when it looked ahead
	case !takesPage(r):
		return confirmByPost()
	default:
		refusal := confirmByPost()
		a.status, a.header = refusal.status, refusal.header
	}
	if view.HasApproved() {
		a.message = "You have approved this request before. Nothing changes until you press the button. A rejection is final."
		a.buttons = []approval.Decision{approval.Reject}
	}
	return a
}

// consequence says what the buttons will do.
func consequence(view approval.View) string {
	const nothingYet = "Nothing is decided until you press a button. "
	if missing := view.Missing() - 1; missing > 0 {
		return nothingYet + "After your approval, " + stillNeeded(missing) + ". A rejection is final."
	}
	return nothingYet + "Your decision is final."
}

func stillNeeded(missing int) string {
	if missing == 1 {
		return "1 more approval is needed"
	}
	return fmt.Sprintf("%d more approvals are needed", missing)
}

func confirmByPost() answer {
	return answer{
		status: http.StatusMethodNotAllowed, code: "ConfirmationRequired", title: "Confirmation required",
		message: "This link asks to confirm. Nothing was decided. To decide, send a POST request to the same address.",
		header:  http.Header{"Allow": {http.MethodPost}},
	}
}

// postedForm returns a posted form. Its values are never in the link. It refuses a body that it cannot read, because the body may
// say which decision was meant. Unlike the errors of r.ParseForm, its errors quote nothing. As in browsers, only "&" separates
// values.
func postedForm(r *http.Request) (url.Values, error) {
	if r.Method == http.MethodGet {
		return nil, nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxForm+1))
	mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case err != nil || len(body) > maxForm:
		return nil, &approval.Error{Code: approval.CodeInvalidReason, Message: "The form is too large."}
	case len(body) == 0:
		return nil, nil
	case mediaType != "application/x-www-form-urlencoded":
		return nil, &approval.Error{Code: approval.CodeInvalidReason, Message: "The body is not a form of the type application/x-www-form-urlencoded."}
	}
	form, err := url.ParseQuery(strings.ReplaceAll(string(body), ";", "%3B"))
	if err != nil {
		return nil, &approval.Error{Code: approval.CodeInvalidReason, Message: "The form is damaged."}
	}
	return form, nil
}

// pressed returns the decision of the button that was pressed, or else that of the address: lynx, w3m, links, elinks, edbrowse,
// Dillo and NetSurf ignore the address of a button and post to that of the page. It reports whether there is such a button.
func pressed(form url.Values, decision approval.Decision) (approval.Decision, bool) {
	found := false
	for key := range form {
		name, _, _ := strings.Cut(key, "[")
		found = found || strings.EqualFold(name, "decision") // a key that is only like ours must not decide the opposite
	}
	if !found {
		return decision, true
	}
	for _, button := range approval.Decisions() {
		if slices.Equal(form["decision"], []string{button.Status}) {
			return button, true
		}
	}
	return approval.Decision{}, false
}

func unknownButton() answer {
	return answer{
		status: http.StatusBadRequest, code: "UnknownButton", title: "Unknown button",
		message: `The form's "decision" must be "approved" or "rejected", once. Nothing was decided.`,
	}
}
