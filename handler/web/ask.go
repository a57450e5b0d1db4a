package web

import (
	"errors"
	"net/http"

	"approval-workflow/handler/approval"
)

// ask returns the page whose buttons decide, or why the request is closed. A client that does not accept a page has to POST
// instead, unless the request only looks ahead for a browser.
func (s *server) ask(r *http.Request, decision approval.Decision, link approval.Link) answer {
	view, err := s.service.Look(r.Context(), link)
	var known *approval.Error
	counted := errors.As(err, &known) && known.Code == approval.CodeAlreadyCounted
	if err != nil && (!counted || decision == approval.Approve) { // whoever has approved can still reject
		return undecided(err).about(decision, view)
	}
	if !lookAhead(r) && !prefersHTML(r.Header.Values("Accept")) {
		return confirmByPost()
	}
	a := answer{
		status: http.StatusOK, outcome: "asked", pageOnly: true, title: decision.Verb + " this request?", message: consequence(view),
		view: view, buttons: []approval.Decision{decision, decision.Other()}, query: r.URL.RawQuery,
	}
	if counted {
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

func confirmByPost() answer {
	return answer{
		status: http.StatusMethodNotAllowed, code: "ConfirmationRequired", title: "Confirmation required",
		message: "This link asks to confirm. Nothing was decided. To decide, send a POST request to the same address.",
		header:  http.Header{"Allow": {http.MethodPost}},
	}
}
