// Package web is the HTTP face of the approval workflow: the one ServeMux that serves both the state machine's
// send-request invocation and the approver's clicks.
package web

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"

	"approval-workflow/handler/approval"
)

// SendRequest is the path of the send-request invocation. It is no route of the API.
const SendRequest = "/send-request"

// maxForm bounds the body of a click in bytes: a reason takes up to twelve for each character.
const maxForm = 32 << 10

// decision is what a link leads to: a route of the API.
type decision struct {
	path   string
	status approval.Status

	verb           string // on the page that asks
	title, message string // once it was made
}

var (
	approve = decision{"/approve", approval.Approved, "Approve", "Approved", "Workflow approved successfully"}
	reject  = decision{"/reject", approval.Rejected, "Reject", "Rejected", "Workflow rejected"}

	decisions = []decision{approve, reject}
	methods   = []string{http.MethodGet, http.MethodPost}
)

// other is the decision that d is not.
func (d decision) other() decision {
	if d == approve {
		return reject
	}
	return approve
}

// RouteKeys returns the routes that the API passes on, each both an API Gateway route key and a ServeMux pattern.
func RouteKeys() []string {
	var keys []string
	for _, decision := range decisions {
		for _, method := range methods {
			keys = append(keys, method+" "+decision.path)
		}
	}
	return keys
}

type server struct {
	service *approval.Service
	logger  *slog.Logger
}

// NewHandler returns the ServeMux with every route of the workflow. Each request leaves one line with logger.
func NewHandler(service *approval.Service, logger *slog.Logger) http.Handler {
	s := &server{service: service, logger: logger}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+SendRequest, s.answer(s.send))
	for _, decision := range decisions {
		decide := s.answer(func(r *http.Request) answer { return s.decide(r, decision) })
		for _, method := range methods {
			mux.HandleFunc(method+" "+decision.path, decide)
		}
		// A GET pattern answers HEAD as well, and mail scanners send HEAD: it must not decide.
		mux.HandleFunc("HEAD "+decision.path, s.answer(methodNotAllowed))
		mux.HandleFunc(decision.path, s.answer(methodNotAllowed))
	}
	mux.HandleFunc("/", s.answer(notFound))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != path.Clean(r.URL.Path) {
			r.URL.Path = "/" // the mux would redirect, past our headers and with the token in Location
		}
		mux.ServeHTTP(w, r)
	})
}

type taskKey struct{}

// WithTask marks the context of a request that comes from the state machine's task. Only such a request reaches
// [SendRequest]: whatever the gateway sends, it cannot set a context.
func WithTask(ctx context.Context) context.Context { return context.WithValue(ctx, taskKey{}, true) }

func (s *server) send(r *http.Request) answer {
	if r.Context().Value(taskKey{}) == nil {
		return notFound(r)
	}
	payload, err := io.ReadAll(r.Body)
	if err != nil {
		return failed(fmt.Errorf("read payload: %w", err))
	}
	request, err := approval.ParseRequest(payload)
	reminder := 0
	if err == nil {
		reminder, err = s.service.Send(r.Context(), request)
	}
	result := answer{status: http.StatusOK, outcome: "requested", message: "Approval requested"}
	if reminder > 0 {
		result.outcome = "reminded"
	}
	if err != nil {
		result = failed(err)
	}
	if approval.ValidName(request.Execution.Name) {
		result.execution = request.Execution.Name
	}
	return result
}

func (s *server) decide(r *http.Request, d decision) answer {
	form, posted, err := parseForm(r)
	if err != nil {
		return failed(err)
	}
	link, err := approval.ParseLink(form)
	if err != nil {
		return failed(err).of(link)
	}
	if r.Method == http.MethodGet && (s.service.Confirm() || link.Confirm || speculative(r)) {
		return ask(r, d, link).of(link)
	}
	record, err := s.service.Decide(r.Context(), approval.Click{
		Link:      link,
		Status:    d.status,
		Reason:    posted.Get("reason"),
		SourceIP:  r.RemoteAddr,
		UserAgent: r.UserAgent(),
	})
	if err != nil {
		return failed(err).of(link)
	}
	result := answer{status: http.StatusOK, outcome: string(d.status), title: d.title, message: d.message}.of(link)
	result.ageSeconds = record.AgeSeconds
	result.suspect = record.AgeSeconds != nil && *record.AgeSeconds < FastSeconds && likeScanner(r)
	return result
}

// ask shows the page whose button decides. A client that takes no page is told to POST, unless it only looks ahead for
// a browser.
func ask(r *http.Request, d decision, link approval.Link) answer {
	if !speculative(r) && !prefersHTML(r.Header.Values("Accept")) {
		return confirmByPost()
	}
	return answer{
		status: http.StatusOK, outcome: "asked", pageOnly: true,
		title: d.verb + " this request?", message: "Nothing is decided until you press the button.",
		confirmation: &confirmation{
			workflow:  link.Reference.Workflow,
			execution: link.Reference.Execution,
			expires:   expiry(link),
			button:    d.verb,
			class:     strings.ToLower(d.verb),
			other:     d.other().verb + " it instead",
			otherURL:  d.other().path + "?" + r.URL.RawQuery,
		},
	}
}

// expiry is until when the link works, or empty if it does not say.
func expiry(link approval.Link) string {
	if link.ExpiresAt.IsZero() {
		return ""
	}
	return link.ExpiresAt.UTC().Format(approval.TimeLayout)
}

// parseForm reads the link's query, and with it a posted form; the form also by itself, since what an approver writes
// must not come from a link. Unlike r.ParseForm its error quotes nothing: a token that was cut in the middle of an
// escape is a token still.
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
