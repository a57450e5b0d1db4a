package web

import (
	"net/http"
	"strings"

	"approval-workflow/handler/approval"
)

// ask returns the page whose button decides. A client that does not accept a page has to POST instead, unless the request
// only looks ahead for a browser.
func ask(r *http.Request, decision approval.Decision, link approval.Link) answer {
	if !speculative(r) && !prefersHTML(r.Header.Values("Accept")) {
		return confirmByPost()
	}
	other := decision.Other()
	return answer{
		status: http.StatusOK, outcome: "asked", pageOnly: true,
		title: decision.Verb + " this request?", message: "Nothing is decided until you press the button.",
		confirmation: &confirmation{
			workflow:  link.Execution.StateMachine,
			execution: link.Execution.Name,
			expires:   formatExpiry(link),
			button:    decision.Verb,
			class:     strings.ToLower(decision.Verb),
			other:     other.Verb + " it instead",
			otherURL:  other.Path + "?" + r.URL.RawQuery,
		},
	}
}

func confirmByPost() answer {
	return answer{
		status: http.StatusMethodNotAllowed, code: "ConfirmationRequired", title: "Confirmation required",
		message: "This workflow asks to confirm. Nothing was decided. To decide, send a POST request to the same address.",
		header:  http.Header{"Allow": {http.MethodPost}},
	}
}

// formatExpiry returns when the link stops working, or "" if the link does not say.
func formatExpiry(link approval.Link) string {
	if link.ExpiresAt.IsZero() {
		return ""
	}
	return link.ExpiresAt.UTC().Format(approval.TimeLayout)
}
