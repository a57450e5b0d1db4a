package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"approval-workflow/handler/web"
	"approval-workflow/infra/definition"
)

const maxTimeout = 365 * 24 * time.Hour

// options is what the command line says.
type options struct {
	addr      string // to listen on
	host      string // of addr, empty for every interface
	timeout   time.Duration
	reminders int
	confirm   bool // the links ask before they decide
	help      bool // was asked for and printed
}

// usageError is a command line that cannot be understood.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func parseFlags(args []string, stdout io.Writer) (options, error) {
	var opts options
	flags := flag.NewFlagSet("local", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // what is wrong is said once, in one line
	flags.StringVar(&opts.addr, "addr", "127.0.0.1:8080", "`address` to listen on, host:port; port 0 is any free one")
	flags.DurationVar(&opts.timeout, "timeout", 24*time.Hour, "how long a request stays open, in whole seconds")
	flags.IntVar(&opts.reminders, "reminders", 0, "how many reminders split that time")
	flags.BoolVar(&opts.confirm, "confirm", false, "have the links ask before they decide")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(stdout, "Usage: go run ./handler/local [flags]")
		flags.SetOutput(stdout)
		flags.PrintDefaults()
		return options{help: true}, nil
	} else if err != nil {
		return options{}, usageError{err}
	}
	if flags.NArg() > 0 {
		return options{}, usageError{fmt.Errorf("unexpected argument %q", flags.Arg(0))}
	}
	if opts.timeout > maxTimeout {
		return options{}, usageError{fmt.Errorf("-timeout %s is longer than a year (%s)", opts.timeout, maxTimeout)}
	}
	if err := definition.CheckTimeout(opts.timeout, opts.reminders); err != nil {
		return options{}, usageError{fmt.Errorf("-%w", err)} // it begins with the flag's name
	}
	host, port, err := net.SplitHostPort(opts.addr)
	if err != nil || port == "" {
		return options{}, usageError{fmt.Errorf("-addr %q is not host:port", opts.addr)}
	}
	opts.host = host
	return opts, nil
}

// unspecified tells whether the run listens on every interface.
func (o options) unspecified() bool {
	ip, err := netip.ParseAddr(o.host)
	return o.host == "" || err == nil && ip.IsUnspecified()
}

func (o options) loopback() bool { return isLoopback(o.host) }

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.IsLoopback()
}

// address is where the run is found: the links in the e-mails lead there.
func (o options) address(listening net.Addr) string {
	host := o.host
	if o.unspecified() {
		host = "127.0.0.1"
	}
	_, port, _ := net.SplitHostPort(listening.String()) // a listener's address is host:port
	return "http://" + net.JoinHostPort(host, port)
}

// guard keeps the pages of other sites from starting or deciding anything. A name that an attacker made resolve to
// this machine (DNS rebinding) is known by the Host header, a form or script of another origin by the browser's own
// headers, which the AWS CLI and SDKs do not send.
func (o options) guard(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	for _, key := range web.RouteKeys() { // their token is the key, and a browser sends their form without an origin
		protection.AddInsecureBypassPattern(key)
	}
	next = protection.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !o.isOwnHost(r.Host) {
			http.Error(w, "This address is not that of the local run. Use the one that it printed.", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// isOwnHost takes a Host header. An IP address cannot be rebound, so a run on every interface takes any.
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
