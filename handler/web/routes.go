// Package web serves the approval workflow over HTTP. One ServeMux has the routes of the state machine's send-request
// invocation, of the approvers' clicks, and of the events about the end of an execution.
package web

import (
	"context"
	"log/slog"
	"net/http"
	"path"
	"strings"
	"time"

	"approval-workflow/handler/approval"
)

// methods are the methods that the API passes on.
var methods = []string{http.MethodGet, http.MethodPost}

// RouteKeys returns the routes of the API. Each is both a route key of API Gateway and a pattern of the ServeMux.
func RouteKeys() []string {
	var keys []string
	for _, decision := range approval.Decisions() {
		for _, method := range methods {
			keys = append(keys, method+" "+decision.Path)
		}
	}
	return keys
}

type server struct {
	service *approval.Service
	logger  *slog.Logger
}

// NewHandler returns a handler with every route of the workflow. It logs one line for each request.
func NewHandler(service *approval.Service, logger *slog.Logger) http.Handler {
	s := &server{service: service, logger: logger}
	mux := http.NewServeMux()
	for path, serve := range s.events() {
		mux.HandleFunc(eventRoute(path), s.handle(onlyEvents(serve)))
	}
	for _, decision := range approval.Decisions() {
		click := s.handle(func(r *http.Request) answer { return s.click(r, decision) })
		for _, method := range methods {
			mux.HandleFunc(method+" "+decision.Path, click)
		}
		// A GET pattern also matches HEAD. Mail scanners send HEAD, so it must not decide.
		mux.HandleFunc("HEAD "+decision.Path, s.handle(methodNotAllowed))
		mux.HandleFunc(decision.Path, s.handle(methodNotAllowed))
	}
	mux.HandleFunc("/", s.handle(notFound))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != path.Clean(r.URL.Path) {
			r.URL.Path = "/" // otherwise the mux redirects, without our headers and with the link in Location
		}
		mux.ServeHTTP(w, r)
	})
}

// CallTimeout limits the time of one invocation, with all calls to AWS and their retries. API Gateway waits for 30 seconds:
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
const CallTimeout = 10 * time.Second

// handle returns a handler that writes and logs the answer of serve.
func (s *server) handle(serve func(*http.Request) answer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), CallTimeout)
		defer cancel()
		r = r.WithContext(ctx)
		a := serve(r)
		a.write(w, r)
		s.log(r, a)
	}
}

func methodNotAllowed(*http.Request) answer {
	return answer{
		status: http.StatusMethodNotAllowed, code: "MethodNotAllowed", title: "Method not allowed",
		message: "Use GET or POST to decide. Nothing was decided.",
		header:  http.Header{"Allow": {strings.Join(methods, ", ")}},
	}
}

func notFound(*http.Request) answer {
	return answer{
		status: http.StatusNotFound, code: "NotFound", title: "Page not found",
		message: "This page does not exist. Open the complete link from the e-mail again.",
	}
}
