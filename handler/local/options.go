package main

import (
	"cmp"
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
	groups    groups
	outcomes  approval.Outcomes // says who learns of an end
	confirm   bool              // the links ask before they decide
	help      bool              // the help was asked for and is printed
}

// usageError is an error in the command line.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func parseFlags(args []string, stdout io.Writer) (options, error) {
	var opts options
	flags := flag.NewFlagSet("local", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // main prints the error, in one line
	flags.StringVar(&opts.addr, "addr", "127.0.0.1:8080", "`address` to listen on, host:port; port 0 means any free port")
	timeout := flags.String("timeout", "24h", "how long a request stays open, a `duration` such as 90s, 24h or 36h30m; each approval starts this time again")
	reminders := flags.Int("reminders", 0, fmt.Sprintf("`number` of reminders within the timeout, at most %d", approval.MaxReminders))
	approvers := flags.String("approvers", "approver@example.com", "the approvers' e-mail `addresses`, separated by commas")
	flags.IntVar(&opts.approvals, "approvals", 1, "`number` of approvers who have to agree")
	var groups []string
	flags.Func("group", "a `group` that an input can ask with its key \"group\": NAME=ADDRESSES;approvals=N in quotation marks, such as\n"+
		groupExample+"; repeatable; approvals is 1 unless it is set", func(text string) error {
		groups = append(groups, text)
		return nil
	})
	flags.StringVar((*string)(&opts.outcomes), "outcomes", string(approval.OutcomesDeciders),
		"`who` of those who were asked gets an e-mail at the end: none, deciders (who get a receipt) or all")
	flags.BoolVar(&opts.confirm, "confirm", false, "make the links ask before they decide")
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintln(stdout, "Usage: go run ./handler/local [flags]")
		flags.SetOutput(stdout)
		flags.PrintDefaults()
		return options{help: true}, nil
	case err == nil && flags.NArg() > 0:
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case err == nil:
		err = opts.set(*timeout, *reminders, *approvers, groups)
	}
	if err != nil {
		return options{}, usageError{err}
	}
	return opts, nil
}

// set checks the values of the flags and sets what follows from them.
func (o *options) set(timeoutText string, reminders int, approversText string, groupTexts []string) error {
	timeout, err := approval.ParseTimeout(timeoutText)
	if err != nil {
		return flagError("-timeout", err)
	}
	if o.approvers, err = approval.ParseAddresses(approversText); err != nil {
		return flagError("-approvers", err)
	}
	if len(o.approvers) == 0 {
		return flagError("-approvers", errors.New("at least one address is required"))
	}
	for _, check := range []struct {
		flag string
		err  error
	}{
		{"-reminders", approval.CheckReminders(reminders)},
		{"-timeout", approval.CheckTimeout(timeout, reminders)},
		{"-approvers", cmp.Or(approval.CheckAddresses(o.approvers)...)},
		{"-approvals", approval.CheckApprovals(o.approvals, len(o.approvers))},
		{"-timeout", approval.CheckRounds(timeout, o.approvals)},
	} {
		if check.err != nil {
			return flagError(check.flag, check.err)
		}
	}
	if _, err := approval.ParseOutcomes(string(o.outcomes)); err != nil {
		return flagError("-outcomes", err)
	}
	if o.groups, err = parseGroups(groupTexts, timeout); err != nil {
		return flagError("-group", err)
	}
	var port string
	if o.host, port, err = net.SplitHostPort(o.addr); err != nil || port == "" {
		return fmt.Errorf("-addr: %q is not host:port", o.addr)
	}
	o.schedule, err = approval.NewSchedule(timeout, reminders)
	return err
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

// isLoopback reports whether only this machine can reach a host.
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
