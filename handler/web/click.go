package web

import (
	"io"
	"mime"
	"net/http"
	"net/url"

	"approval-workflow/handler/approval"
)

// maxForm limits the body of a click in bytes. A character of a reason takes up to twelve bytes.
const maxForm = 32 << 10

func (s *server) click(r *http.Request, decision approval.Decision) answer {
	form, posted, err := parseForm(r)
	if err != nil {
		return failed(err)
	}
	link, err := approval.ParseLink(form)
	if err != nil {
		return failed(err).of(link)
	}
	if r.Method == http.MethodGet && (s.service.Confirm() || link.Confirm || speculative(r)) {
		return ask(r, decision, link).of(link)
	}
	record, err := s.service.Decide(r.Context(), approval.Click{
		Link:      link,
		Decision:  decision,
		Reason:    posted.Get("reason"),
		SourceIP:  r.RemoteAddr,
		UserAgent: r.UserAgent(),
	})
	if err != nil {
		return failed(err).of(link)
	}
	result := answer{
		status: http.StatusOK, outcome: decision.Status, title: decision.Title, message: decision.Message,
	}.of(link)
	result.ageSeconds = record.AgeSeconds
	result.suspect = suspect(r, record)
	return result
}

// parseForm returns the parameters of the query and of a posted form together, and those of the posted form alone, because
// a reason must not come from a link. Unlike the error of r.ParseForm, its error quotes nothing: a token that was cut in
// the middle of an escape is still a secret.
func parseForm(r *http.Request) (link, posted url.Values, err error) {
	link, err = url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, nil, &approval.Error{Code: approval.CodeInvalidToken, Message: "The link is damaged."}
	}
	if mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); mediaType != "application/x-www-form-urlencoded" {
		return link, nil, nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxForm+1))
	if err != nil || len(body) > maxForm {
		return nil, nil, &approval.Error{Code: approval.CodeInvalidReason, Message: "The form is too large."}
	}
	posted, err = url.ParseQuery(string(body))
	if err != nil {
		return nil, nil, &approval.Error{Code: approval.CodeInvalidToken, Message: "The form is damaged."}
	}
	for name, values := range posted {
		link[name] = append(link[name], values...)
	}
	return link, posted, nil
}
