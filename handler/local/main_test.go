package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"approval-workflow/handler/local/stepfunctions"
)

// running is the whole of a local run, seen through its public addresses.
type running struct {
	t       *testing.T
	address string
	sfn     *sfn.Client
	log     *syncBuffer // everything that is printed after the welcome
}

type syncBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *syncBuffer) Write(data []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(data)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

var printedAddress = regexp.MustCompile(`runs on (http://\S+) `)

// start runs the command on a free port until the test ends.
func start(t *testing.T, args ...string) *running {
	t.Helper()
	r := &running{t: t, log: &syncBuffer{}}
	log.SetOutput(r.log) // of libraries that print on their own
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	ctx, stop := context.WithCancel(t.Context())
	read, write := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, append([]string{"-addr", "127.0.0.1:0"}, args...), write, r.log)
		write.CloseWithError(io.EOF)
		ended <- err
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	stdout := bufio.NewReader(read)
	line, err := stdout.ReadString('\n')
	match := printedAddress.FindStringSubmatch(line)
	if match == nil {
		t.Fatalf("first line %q, error %v", line, err)
	}
	go func() { _, _ = io.Copy(r.log, stdout) }()
	r.address = match[1]
	r.sfn = sfn.New(sfn.Options{
		Region: "us-east-1", BaseEndpoint: &r.address,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
		}),
	})
	return r
}

// begin starts an execution and returns its ARN.
func (r *running) begin(input string) string {
	r.t.Helper()
	out, err := r.sfn.StartExecution(r.t.Context(), &sfn.StartExecutionInput{
		StateMachineArn: aws.String(stepfunctions.StateMachineARN), Input: &input,
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return *out.ExecutionArn
}

// poll calls done until it is true. It gives up when the test's own time is over.
func (r *running) poll(done func() bool) {
	r.t.Helper()
	for !done() {
		select {
		case <-r.t.Context().Done():
			r.t.Fatal("the test ended before what it waits for")
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (r *running) emails() []mail {
	r.t.Helper()
	var emails []mail
	if err := json.Unmarshal([]byte(r.request(http.MethodGet, r.address+"/emails", nil).body), &emails); err != nil {
		r.t.Fatal(err)
	}
	return emails
}

// email waits for the e-mail of an execution.
func (r *running) email(executionArn string) mail {
	r.t.Helper()
	name := executionArn[strings.LastIndex(executionArn, ":")+1:]
	var found mail
	r.poll(func() bool {
		for _, email := range r.emails() {
			if strings.Contains(email.Body, "Execution:  "+name+"\n") {
				found = email
				return true
			}
		}
		return false
	})
	return found
}

// link returns the e-mail's link for an action: approve or reject.
func (r *running) link(email mail, action string) string {
	r.t.Helper()
	for line := range strings.Lines(email.Body) {
		if strings.HasPrefix(line, r.address+"/"+action+"?") {
			return strings.TrimSpace(line)
		}
	}
	r.t.Fatalf("no link to %s", action)
	return ""
}

type response struct {
	status int
	header http.Header
	body   string
}

// request sends a request with the headers.
func (r *running) request(method, address string, header http.Header) response {
	r.t.Helper()
	request, err := http.NewRequestWithContext(r.t.Context(), method, address, nil)
	if err != nil {
		r.t.Fatal("the address is none") // without it: it may hold a token
	}
	for name, values := range header {
		request.Header[name] = values
	}
	request.Host = header.Get("Host")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		r.t.Fatalf("%s: %v", method, errors.Unwrap(err))
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return response{answer.StatusCode, answer.Header, string(body)}
}

// click opens a link and wants that status.
func (r *running) click(method, link string, want int) response {
	r.t.Helper()
	got := r.request(method, link, nil)
	if got.status != want {
		r.t.Errorf("%s: status %d, want %d: %s", method, got.status, want, got.body)
	}
	return got
}

// ended waits for the end of an execution.
func (r *running) ended(executionArn string) *sfn.DescribeExecutionOutput {
	r.t.Helper()
	var out *sfn.DescribeExecutionOutput
	r.poll(func() bool {
		out = r.describe(executionArn)
		return out.Status != types.ExecutionStatusRunning
	})
	return out
}

func (r *running) describe(executionArn string) *sfn.DescribeExecutionOutput {
	r.t.Helper()
	out, err := r.sfn.DescribeExecution(r.t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: &executionArn})
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

// wantNoToken fails if a token that was ever given out stands in what was printed.
func (r *running) wantNoToken() {
	r.t.Helper()
	printed := r.log.String()
	for _, email := range r.emails() {
		link, err := url.Parse(r.link(email, "approve"))
		if err != nil {
			r.t.Fatal("a link does not parse")
		}
		token := link.Query().Get("token")
		for _, form := range []string{token, url.QueryEscape(token), token[:40], token[len(token)-40:]} {
			if strings.Contains(printed, form) {
				r.t.Error("a task token stands in the log")
			}
		}
	}
}
