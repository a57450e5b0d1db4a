package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"approval-workflow/handler/local/stepfunctions"
)

// shutdownTimeout is how long requests may still take when the local run ends.
const shutdownTimeout = 5 * time.Second

// route returns a handler for every address of the local run. own are the addresses for GET that the deployment does not
// have. Like API Gateway it passes all other requests to the function.
func route(executions http.Handler, own map[string]http.HandlerFunc, function http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		serve, isOwn := own[r.URL.Path]
		switch {
		case r.Method == http.MethodPost && r.URL.Path == "/" && r.Header.Get("X-Amz-Target") != "":
			executions.ServeHTTP(w, r)
		case r.Method == http.MethodGet && isOwn:
			serve(w, r)
		default:
			function.ServeHTTP(w, r)
		}
	})
}

// ownAddresses returns the addresses for GET that only the local run has.
func ownAddresses(page http.HandlerFunc, executions *stepfunctions.Service, inbox inbox) map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"/":              page,
		"/emails":        inbox.list,
		"/emails/latest": inbox.latest,
		"/requests":      requests{executions}.list,
		"/executions":    func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, executions.Visits()) },
	}
}

// writeJSON writes the answer of an address that only the local run has.
func writeJSON(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false) // keeps the & in the links readable
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(value) // the client may be gone
}

// serve answers requests until ctx ends. Then it waits for the requests that have begun.
func serve(ctx context.Context, listener net.Listener, handler http.Handler, logger *slog.Logger) error {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelError),
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if err := server.Shutdown(ending); err != nil {
		return fmt.Errorf("shut down the server: %w", err)
	}
	return nil
}
