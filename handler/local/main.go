// Command local runs the whole approval workflow on this machine, without AWS: the product as it is deployed, the
// state machine's own definition, and a mailbox in place of e-mail.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/local/asl"
	"approval-workflow/handler/local/stepfunctions"
	"approval-workflow/infra/definition"
)

// shutdownTimeout is how long an answer that is under way may take once the run is to end.
const shutdownTimeout = 5 * time.Second

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

// run serves until ctx ends. The product's log goes to stderr, one JSON object a line.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	opts, err := parseFlags(args, stdout)
	if err != nil || opts.help {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", opts.addr)
	if err != nil {
		return fmt.Errorf("%w; choose another address with -addr, such as -addr 127.0.0.1:0 for any free port", err)
	}
	defer listener.Close()
	address := opts.address(listener.Addr())
	if !opts.loopback() {
		fmt.Fprintf(stderr, "local: warning: %s is open to other machines, and whoever reaches it can approve\n", opts.addr)
	}
	logger := slog.New(newLogHandler(stderr))
	inbox := &mailbox{}
	tasks := asl.NewTasks()
	var function lambdaFunction                                                  // and the state machine need each other
	machine, err := newMachine(func(ctx context.Context, payload []byte) error { //nolint:gocritic // not set yet
		return function.task(ctx, payload)
	}, opts)
	if err != nil {
		return err
	}
	executions := stepfunctions.NewService(machine, tasks)
	defer executions.Close()
	function = newFunction(approval.Config{APIURL: address, Confirm: opts.confirm}, inbox, callback{tasks}, executions, logger)
	printWelcome(stdout, address)
	return serve(ctx, listener, opts.guard(route(executions, inbox, gateway{function})), logger)
}

// newMachine makes the state machine of the very definition that is deployed.
func newMachine(function asl.Function, opts options) (*asl.Machine, error) {
	text, err := definition.Render(definition.Args{
		Partition: "aws", FunctionArn: functionARN, Timeout: opts.timeout, Reminders: opts.reminders,
	})
	if err != nil {
		return nil, err
	}
	machine, err := asl.Parse(text, map[string]asl.Function{functionARN: function})
	if err != nil {
		return nil, fmt.Errorf("parse definition: %w", err)
	}
	return machine, nil
}

// route tells the parts of the run apart. What is none of its own goes to the product, as behind API Gateway.
func route(executions, inbox, product http.Handler) http.Handler {
	page := newPage()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodPost && r.URL.Path == "/" && r.Header.Get("X-Amz-Target") != "":
			executions.ServeHTTP(w, r)
		case r.Method == http.MethodGet && r.URL.Path == "/":
			page.ServeHTTP(w, r)
		case r.Method == http.MethodGet && r.URL.Path == "/emails":
			inbox.ServeHTTP(w, r)
		default:
			product.ServeHTTP(w, r)
		}
	})
}

// serve answers requests until ctx ends, and then those that are under way.
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
		return fmt.Errorf("end the server: %w", err)
	}
	return nil
}

func printWelcome(stdout io.Writer, address string) {
	fmt.Fprintf(stdout, `The approval workflow runs on %[1]s (Ctrl-C ends it).
State machine: %[2]s

Open the address in a browser, or copy:

  export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_DEFAULT_REGION=us-east-1
  aws stepfunctions start-execution --endpoint-url %[1]s --state-machine-arn %[2]s --input '{"key": "value"}'
  curl -s %[1]s/emails
  aws stepfunctions list-executions --endpoint-url %[1]s --state-machine-arn %[2]s
  aws stepfunctions describe-execution --endpoint-url %[1]s --execution-arn EXECUTION_ARN

`, address, stepfunctions.StateMachineARN)
}
