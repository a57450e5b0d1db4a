package main

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"approval-workflow/handler/web"
)

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
