package web

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"

	"approval-workflow/handler/approval"
)

// maxForm limits the body of a click in bytes. A character of a reason takes up to twelve.
const maxForm = 32 << 10

// click serves a link. Everything that identifies the request and the approver comes from the signed link, and only the
// reason from a posted form.
func (s *server) click(r *http.Request, decision approval.Decision) answer {
	link, err := s.service.VerifyLink(r.Context(), r.URL.RawQuery)
	if err != nil {
		return undecided(err)
	}
	serve := s.decide
	if r.Method == http.MethodGet && (s.service.Confirm() || link.Confirm || lookAhead(r) || unlikeBrowser(r)) {
		serve = s.ask
	}
	a := serve(r, decision, link)
	a.execution, a.approver = link.Execution.Name, link.Approver
	return a
}

// decide passes the decision on.
func (s *server) decide(r *http.Request, decision approval.Decision, link approval.Link) answer {
	reason, err := postedReason(r)
	if err != nil {
		return failed(err)
	}
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

// ask returns the page whose buttons decide, or why the request is closed. A client that does not accept a page has to POST
// instead, unless the request only looks ahead for a browser.
func (s *server) ask(r *http.Request, decision approval.Decision, link approval.Link) answer {
	view, err := s.service.Look(r.Context(), link, decision)
	if err != nil {
		return withRequest(undecided(err), decision, view)
	}
	if !lookAhead(r) && !prefersHTML(r.Header.Values("Accept")) {
		return confirmByPost()
	}
	a := answer{
		status: http.StatusOK, outcome: "asked", pageOnly: true, title: decision.Verb + " this request?", message: consequence(view),
		view: view, buttons: []approval.Decision{decision, decision.Other()}, query: r.URL.RawQuery,
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

// postedReason returns the reason in a posted form. It is never in the link. Unlike the errors of r.ParseForm, its errors
// quote nothing.
func postedReason(r *http.Request) (string, error) {
	if mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); mediaType != "application/x-www-form-urlencoded" {
		return "", nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxForm+1))
	if err != nil || len(body) > maxForm {
		return "", &approval.Error{Code: approval.CodeInvalidReason, Message: "The form is too large."}
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return "", &approval.Error{Code: approval.CodeInvalidReason, Message: "The form is damaged."}
	}
	return form.Get("reason"), nil
}
