// Package web is the HTTP face of the approval workflow: the one ServeMux that serves both the state machine's
// send-request invocation and the approver's clicks.
package web

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"strings"

	"approval-workflow/handler/approval"
)

// SendRequest is the path of the send-request invocation. It is no route of the API.
const SendRequest = "/send-request"

// maxForm bounds the body of a click in bytes.
const maxForm = 16 << 10

var (
	decisions = []struct {
		path   string
		status approval.Status
	}{
		{"/approve", approval.Approved},
		{"/reject", approval.Rejected},
	}
	methods = []string{http.MethodGet, http.MethodPost}
)

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
		decide := s.answer(func(r *http.Request) answer { return s.decide(r, decision.status) })
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
	if err != nil {
		return failed(err)
	}
	result := answer{status: http.StatusOK, outcome: "requested", message: "Approval requested"}
	if err := s.service.Send(r.Context(), request); err != nil {
		result = failed(err)
	}
	result.execution = request.Execution.Name
	return result
}

func (s *server) decide(r *http.Request, status approval.Status) answer {
	form, err := parseForm(r)
	if err != nil {
		return failed(err)
	}
	result := decided(status)
	token, err := approval.ParseToken(form["token"])
	if err == nil {
		_, err = s.service.Decide(r.Context(), approval.Click{
			Token:     token,
			Status:    status,
			SourceIP:  r.RemoteAddr,
			UserAgent: r.UserAgent(),
		})
	}
	if err != nil {
		result = failed(err)
	}
	if name := form.Get("execution"); approval.ValidName(name) {
		result.execution = name
	}
	return result
}

// parseForm reads the link's query and a posted form. Unlike r.ParseForm its error quotes nothing: a token that was
// cut in the middle of an escape is a token still.
func parseForm(r *http.Request) (url.Values, error) {
	texts := []string{r.URL.RawQuery}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		body, err := io.ReadAll(io.LimitReader(r.Body, maxForm))
		if err != nil {
			return nil, &approval.Error{Code: approval.CodeInvalidToken, Message: "The form cannot be read."}
		}
		texts = append(texts, string(body))
	}
	form, err := url.ParseQuery(strings.Trim(strings.Join(texts, "&"), "&"))
	if err != nil {
		return nil, &approval.Error{Code: approval.CodeInvalidToken, Message: "The link is damaged."}
	}
	return form, nil
}
