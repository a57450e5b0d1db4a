package web

import (
	"context"
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
	ctx, cancel := context.WithTimeout(r.Context(), approval.CallTimeout) // for all calls to AWS together
	defer cancel()
	r = r.WithContext(ctx)
	link, err := s.service.VerifyLink(r.Context(), r.URL.RawQuery)
	if err != nil {
		return undecided(err)
	}
	if r.Method == http.MethodGet && (s.service.Confirm() || link.Confirm || lookAhead(r) || unlikeBrowser(r)) {
		return s.ask(r, decision, link).of(link)
	}
	reason, err := postedReason(r)
	if err != nil {
		return failed(err).of(link)
	}
	outcome, err := s.service.Decide(r.Context(), approval.Click{
		Link:      link,
		Decision:  decision,
		Reason:    reason,
		SourceIP:  r.RemoteAddr,
		UserAgent: r.UserAgent(),
	})
	if err != nil {
		return failed(err).of(link).about(decision, outcome.View)
	}
	return decided(decision, outcome).of(link)
}

// decided returns the answer to a click that decided.
func decided(decision approval.Decision, outcome approval.Outcome) answer {
	a := answer{status: http.StatusOK, view: outcome.View, ageSeconds: &outcome.Record.AgeSeconds}
	if missing := outcome.Missing(); missing > 0 && decision == approval.Approve {
		a.outcome, a.title = "counted", "Your approval counts"
		a.message = "Your approval was recorded. " + stillNeeded(missing) + "."
		return a
	}
	a.outcome, a.title, a.message = decision.Status, decision.Title, decision.Message
	return a
}

func stillNeeded(missing int) string {
	if missing == 1 {
		return "1 more approval is needed"
	}
	return fmt.Sprintf("%d more approvals are needed", missing)
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
