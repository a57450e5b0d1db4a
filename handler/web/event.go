package web

import (
	"context"
	"net/http"
	"slices"
)

// events returns what serves the events that are not from the gateway, by path.
func (s *server) events() map[string]func(*http.Request) answer {
	return map[string]func(*http.Request) answer{SendRequest: s.send, ExecutionEnded: s.end, CheckKey: s.checkKey}
}

// EventRoutes returns the routes of these events, as the log has them.
func EventRoutes() []string {
	var routes []string
	for path := range new(server).events() {
		routes = append(routes, eventRoute(path))
	}
	slices.Sort(routes)
	return routes
}

func eventRoute(path string) string { return http.MethodPost + " " + path }

type eventKey struct{}

// WithEvent marks the context of a request that comes from the state machine's task or from EventBridge. The routes of events
// refuse every other request. The gateway cannot set a context.
func WithEvent(ctx context.Context) context.Context { return context.WithValue(ctx, eventKey{}, true) }

// onlyEvents serves events, and nothing to anybody else.
func onlyEvents(serve func(*http.Request) answer) func(*http.Request) answer {
	return func(r *http.Request) answer {
		if r.Context().Value(eventKey{}) == nil {
			return notFound(r)
		}
		a := serve(r)
		a.forEvent = true
		return a
	}
}
