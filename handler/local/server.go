package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"approval-workflow/handler/web"
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
			w.Header().Set("Cache-Control", "no-store")
			w.Header().Set("X-Content-Type-Options", "nosniff")
			serve(w, r)
		default:
			function.ServeHTTP(w, r)
		}
	})
}

// writeJSON writes the answer of an address that only the local run has.
func writeJSON(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false) // keeps the & in the links readable
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(value) // the client may be gone
}

// guard keeps the pages of other sites from starting executions and deciding. The Host header shows a name that an
// attacker made resolve to this machine (DNS rebinding). Headers that only browsers send show a form or a script of
// another origin.
func (o options) guard(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	for _, key := range web.RouteKeys() { // the signature protects these, and the browser sends their form without an origin
		protection.AddInsecureBypassPattern(key)
	}
	next = protection.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !o.isOwnHost(r.Host) {
			http.Error(w, "The local run does not have this address. Use the address that it printed.", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// isOwnHost reports whether a Host header can be that of the local run. An attacker cannot rebind an IP address, so a
// local run that listens on every interface accepts any IP address.
func (o options) isOwnHost(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.Trim(hostport, "[]")
	}
	if isLoopback(host) || host != "" && strings.EqualFold(host, o.host) {
		return true
	}
	_, err = netip.ParseAddr(host)
	return err == nil && o.unspecified()
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
