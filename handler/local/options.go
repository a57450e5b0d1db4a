package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"time"

	"approval-workflow/handler/approval"
)

// options are the options of the command line.
type options struct {
	addr     string // to listen on
	host     string // of addr; empty for every interface
	schedule approval.Schedule
	confirm  bool // the links ask before they decide
	help     bool // the help was asked for and is printed
}

// usageError is an error in the command line.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func parseFlags(args []string, stdout io.Writer) (options, error) {
	var opts options
	var timeout time.Duration
	var reminders int
	flags := flag.NewFlagSet("local", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // main prints the error, in one line
	flags.StringVar(&opts.addr, "addr", "127.0.0.1:8080", "`address` to listen on, host:port; port 0 means any free port")
	flags.DurationVar(&timeout, "timeout", 24*time.Hour, "how long a request stays open, in whole seconds")
	flags.IntVar(&reminders, "reminders", 0, fmt.Sprintf("`number` of reminders within the timeout, at most %d", approval.MaxReminders))
	flags.BoolVar(&opts.confirm, "confirm", false, "make the links ask before they decide")
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintln(stdout, "Usage: go run ./handler/local [flags]")
		flags.SetOutput(stdout)
		flags.PrintDefaults()
		return options{help: true}, nil
	case err != nil:
		return options{}, usageError{err}
	case flags.NArg() > 0:
		return options{}, usageError{fmt.Errorf("unexpected argument %q", flags.Arg(0))}
	}
	if err := opts.complete(timeout, reminders); err != nil {
		return options{}, usageError{err}
	}
	return opts, nil
}

// complete checks the values of the flags and sets the options that depend on them.
func (o *options) complete(timeout time.Duration, reminders int) error {
	if err := approval.CheckTimeout(timeout, reminders); err != nil {
		return fmt.Errorf("-timeout: %w", err)
	}
	if err := approval.CheckReminders(reminders); err != nil {
		return fmt.Errorf("-reminders: %w", err)
	}
	host, port, err := net.SplitHostPort(o.addr)
	if err != nil || port == "" {
		return fmt.Errorf("-addr: %q is not host:port", o.addr)
	}
	o.host = host
	o.schedule, err = approval.NewSchedule(timeout, reminders)
	return err
}

// unspecified reports whether the local run listens on every interface.
func (o options) unspecified() bool {
	ip, err := netip.ParseAddr(o.host)
	return o.host == "" || err == nil && ip.IsUnspecified()
}

// loopback reports whether only this machine can reach the local run.
func (o options) loopback() bool { return isLoopback(o.host) }

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.IsLoopback()
}

// address returns the URL of the local run. The links in the e-mails begin with it.
func (o options) address(listening net.Addr) string {
	host := o.host
	if o.unspecified() {
		host = "127.0.0.1"
	}
	_, port, _ := net.SplitHostPort(listening.String()) // the address of a listener is host:port
	return "http://" + net.JoinHostPort(host, port)
}
