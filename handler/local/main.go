// Command local runs the approval workflow on this machine, without AWS. It runs the same function code and the same
// state machine definition that are deployed, and shows the e-mails in a mailbox instead of sending them.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/local/stepfunctions"
	"approval-workflow/handler/statemachine"
	"approval-workflow/handler/statemachine/asl"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "local:", err)
	if errors.As(err, new(usageError)) {
		os.Exit(2)
	}
	os.Exit(1)
}

// run serves until ctx ends. It writes the function's log to stderr, one JSON object for each line.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	opts, err := parseFlags(args, stdout)
	if err != nil || opts.help {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", opts.addr)
	if err != nil {
		return fmt.Errorf("%w; choose another address with -addr, such as -addr 127.0.0.1:0 for any free port", err)
	}
	if !isLoopback(opts.host) {
		fmt.Fprintf(stderr, "local: warning: %s is open to other machines. Whoever can reach it can approve.\n", opts.addr)
	}
	return runOn(ctx, listener, opts, stdout, stderr)
}

// runOn serves on listener until ctx ends, and closes it.
func runOn(ctx context.Context, listener net.Listener, opts options, stdout, stderr io.Writer) error {
	defer listener.Close()
	address := opts.address(listener.Addr())
	logger := slog.New(newLogHandler(stderr))
	key := make(randomKey, 32)
	rand.Read(key)        // never fails
	lambda := &function{} // gets its handler below, because the function and the state machine need each other
	machine, err := newMachine(lambda.task, opts)
	if err != nil {
		return err
	}
	page, err := newPage(machine, opts)
	if err != nil {
		return err
	}
	executions := stepfunctions.NewService(machine, lambda.report)
	defer executions.Close()
	config := opts.config(address)
	emails := &mailbox{config: config, executions: executions}
	lambda.handler = newHandler(approval.NewService(config, approval.Ports{
		Notifier: emails, Callback: executions, Executions: executions, Keys: key,
	}), logger)
	own := map[string]http.HandlerFunc{
		"/":              page,
		"/emails":        emails.serveList,
		"/emails/latest": emails.serveLatest,
		"/state":         func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, executions.Progress(config)) },
	}
	printWelcome(stdout, address, opts.groups)
	return serve(ctx, listener, opts.guard(route(executions, own, gateway{lambda})), logger)
}

// newMachine returns the state machine with the definition that is deployed.
func newMachine(function asl.Function, opts options) (*asl.Machine, error) {
	text, err := statemachine.Render(functionARN, opts.schedule, 0, opts.approvals, opts.groups.approvals())
	if err != nil {
		return nil, err
	}
	return asl.Parse(text, asl.Functions{functionARN: function})
}

// config returns the configuration of the function.
func (o options) config(address string) approval.Config {
	return approval.Config{
		APIURL: address, Approvers: o.approvers, Groups: o.groups.members(), Outcomes: o.outcomes, Confirm: o.confirm,
		Name: "approval-workflow", NoConsole: true, Apply: "start the local run again with them",
	}
}

func printWelcome(stdout io.Writer, address string, groups groups) {
	fmt.Fprintf(stdout, `The approval workflow runs on %[1]s (press Ctrl-C to stop it).
State machine: %[2]s

Open this address in a browser. Or start an execution here, and read the newest e-mail that waits for a decision:

  curl -s %[1]s -H 'X-Amz-Target: AWSStepFunctions.StartExecution' -d '{"stateMachineArn": "%[2]s", "input": "{\"subject\": \"Release 1.4.2\"}"}'
  curl -s %[1]s/emails/latest

Open its link, with curl '...' too. /emails and /state show everything as JSON. The AWS CLI works too:

  export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_DEFAULT_REGION=us-east-1
  aws stepfunctions start-execution --endpoint-url %[1]s --state-machine-arn %[2]s --input '{"key": "value"}'
  aws stepfunctions list-executions --endpoint-url %[1]s --state-machine-arn %[2]s
  aws stepfunctions describe-execution --endpoint-url %[1]s --execution-arn EXECUTION_ARN
  aws stepfunctions stop-execution --endpoint-url %[1]s --execution-arn EXECUTION_ARN --cause 'Typo'

`, address, stepfunctions.StateMachineARN)
	if len(groups) == 0 {
		fmt.Fprintf(stdout, "With -group %s, an input can ask a group of its own. -h lists all flags.\n\n", groupExample)
		return
	}
	fmt.Fprintln(stdout, "An input can ask one of the groups instead of the approvers:")
	for _, name := range groups.names() {
		fmt.Fprintf(stdout, "\n  \"group\": %q asks %s", name, groups[name])
	}
	fmt.Fprint(stdout, "\n\n")
}
