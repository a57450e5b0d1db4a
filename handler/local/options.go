package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"

	"approval-workflow/handler/approval"
)

// options are the options of the command line.
type options struct {
	addr      string // to listen on
	host      string // of addr; empty for every interface
	schedule  approval.Schedule
	approvers []string // addresses
	approvals int      // how many of them have to agree
	confirm   bool     // the links ask before they decide
	help      bool     // the help was asked for and is printed
}

// usageError is an error in the command line.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// flagValues are the values of the flags before they are checked.
type flagValues struct {
	addr      string
	timeout   string
	reminders int
	approvers string
	approvals int
	confirm   bool
}

func (v *flagValues) flagSet() *flag.FlagSet {
	flags := flag.NewFlagSet("local", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // main prints the error, in one line
	flags.StringVar(&v.addr, "addr", "127.0.0.1:8080", "`address` to listen on, host:port; port 0 means any free port")
	flags.StringVar(&v.timeout, "timeout", "24h", "how long a request stays open, a `duration` such as 90s, 24h or 36h30m; each approval starts this time again")
	flags.IntVar(&v.reminders, "reminders", 0, fmt.Sprintf("`number` of reminders within the timeout, at most %d", approval.MaxReminders))
	flags.StringVar(&v.approvers, "approvers", "approver@example.com", "the approvers' e-mail `addresses`, separated by commas")
	flags.IntVar(&v.approvals, "approvals", 1, "`number` of approvers who have to agree")
	flags.BoolVar(&v.confirm, "confirm", false, "make the links ask before they decide")
	return flags
}

func parseFlags(args []string, stdout io.Writer) (options, error) {
	var values flagValues
	flags := values.flagSet()
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
	opts, err := values.options()
	if err != nil {
		return options{}, usageError{err}
	}
	return opts, nil
}

// options checks the values and returns the options that they make.
func (v flagValues) options() (options, error) {
	timeout, err := approval.ParseTimeout(v.timeout)
	if err != nil {
		return options{}, flagError("-timeout", err)
	}
	approvers, err := approval.ParseAddresses(v.approvers)
	if err != nil {
		return options{}, flagError("-approvers", err)
	}
	if len(approvers) == 0 {
		return options{}, flagError("-approvers", errors.New("at least one address is required"))
	}
	var wrongAddress error
	if problems := approval.CheckAddresses(approvers); len(problems) > 0 {
		wrongAddress = problems[0]
	}
	for _, check := range []struct {
		flag string
		err  error
	}{
		{"-reminders", approval.CheckReminders(v.reminders)},
		{"-timeout", approval.CheckTimeout(timeout, v.reminders)},
		{"-approvers", wrongAddress},
		{"-approvals", approval.CheckApprovals(v.approvals, len(approvers))},
		{"-timeout", approval.CheckRounds(timeout, v.approvals)},
	} {
		if check.err != nil {
			return options{}, flagError(check.flag, check.err)
		}
	}
	host, port, err := net.SplitHostPort(v.addr)
	if err != nil || port == "" {
		return options{}, fmt.Errorf("-addr: %q is not host:port", v.addr)
	}
	schedule, err := approval.NewSchedule(timeout, v.reminders)
	return options{
		addr: v.addr, host: host, schedule: schedule, approvers: approvers, approvals: v.approvals, confirm: v.confirm,
	}, err
}

// flagError returns err with the flag, and the value that was probably meant.
func flagError(flag string, err error) error {
	if unread, ok := errors.AsType[*approval.SettingError](err); ok && unread.Suggestion != "" {
		return fmt.Errorf("%s: %w. Use %[1]s %[3]s", flag, err, unread.Suggestion)
	}
	return fmt.Errorf("%s: %w", flag, err)
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
