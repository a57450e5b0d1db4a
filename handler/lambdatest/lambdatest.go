// Package lambdatest runs a Lambda function as a process for tests, with the Runtime API that it gets its events from.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
package lambdatest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path"
	"strings"
	"testing"
	"time"
)

// Function is a process that runs a Lambda function. It handles one event at a time.
type Function struct {
	tb      testing.TB
	api     *httptest.Server
	process *exec.Cmd
	started time.Time
	output  bytes.Buffer // complete when exited is closed
	exited  chan struct{}

	asked   chan struct{} // the function asks for an event
	events  chan []byte
	answers chan Answer
}

// Answer is what the function returned for an event.
type Answer struct {
	// Body is the result, or the error as JSON.
	Body string
	// Failed means that Body is an error.
	Failed bool
}

// Start starts a command as a Lambda function with exactly that environment. The process stops at the end of the test.
func Start(tb testing.TB, command, environment []string) *Function {
	tb.Helper()
	f := &Function{
		tb: tb, exited: make(chan struct{}),
		asked: make(chan struct{}), events: make(chan []byte), answers: make(chan Answer),
	}
	f.api = httptest.NewServer(f)
	f.process = exec.CommandContext(tb.Context(), command[0], command[1:]...) //nolint:gosec // the test chooses the command
	f.process.Env = append([]string{"AWS_LAMBDA_RUNTIME_API=" + strings.TrimPrefix(f.api.URL, "http://")}, environment...)
	f.process.Stdout, f.process.Stderr = &f.output, &f.output
	f.started = time.Now()
	if err := f.process.Start(); err != nil {
		f.api.Close()
		tb.Fatal(err)
	}
	go func() {
		_ = f.process.Wait() // Stop kills it
		close(f.exited)
	}()
	tb.Cleanup(func() { f.Stop() })
	return f
}

// ServeHTTP implements the Runtime API.
func (f *Function) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost { // .../response, .../error or .../init/error
		body, _ := io.ReadAll(r.Body)
		select {
		case f.answers <- Answer{Body: string(body), Failed: path.Base(r.URL.Path) != "response"}:
		case <-r.Context().Done():
		}
		w.WriteHeader(http.StatusAccepted)
		return
	}
	select { // .../invocation/next
	case f.asked <- struct{}{}:
	case <-r.Context().Done():
		return
	}
	select {
	case event := <-f.events:
		w.Header().Set("Lambda-Runtime-Aws-Request-Id", "request-1")
		w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(time.Now().Add(time.Minute).UnixMilli()))
		w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-1:123456789012:function:f")
		_, _ = w.Write(event)
	case <-r.Context().Done():
	}
}

// WaitReady waits until the function asks for an event.
func (f *Function) WaitReady() {
	f.tb.Helper()
	select {
	case <-f.asked:
	case answer := <-f.answers:
		f.tb.Fatalf("the function failed before it asked for an event: %s\n%s", answer.Body, f.Stop())
	case <-f.exited:
		f.tb.Fatalf("the function exited before it asked for an event:\n%s", f.Stop())
	}
}

// Invoke passes an event to a function that asks for one, and returns its answer.
func (f *Function) Invoke(event []byte) Answer {
	f.tb.Helper()
	select {
	case f.events <- event:
	case <-f.exited:
		f.tb.Fatalf("the function exited before it took the event:\n%s", f.Stop())
	}
	select {
	case answer := <-f.answers:
		return answer
	case <-f.exited:
		f.tb.Fatalf("the function exited without an answer:\n%s", f.Stop())
	}
	return Answer{}
}

// PID returns the ID of the process.
func (f *Function) PID() int { return f.process.Process.Pid }

// StartedAt returns the time just before the start of the process.
func (f *Function) StartedAt() time.Time { return f.started }

// Stop kills the process and returns everything that it printed.
func (f *Function) Stop() string {
	_ = f.process.Process.Kill() // an error means that it has exited
	<-f.exited
	f.api.Close()
	return f.output.String()
}
