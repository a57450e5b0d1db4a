package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/local/stepfunctions"
)

const (
	anybody = "approver@example.com" // the approver unless a flag names others
	ada     = "ada@example.com"
	bob     = "bob@example.com"
	cleo    = "cleo@example.com"

	objectInput = `{"subject":"Release 1.4.2","key":"value"}`
)

// ofThree are the flags of a local run with three approvers.
func ofThree(approvals int) []string {
	return []string{"-approvers", ada + "," + bob + "," + cleo, "-approvals", fmt.Sprint(approvals)}
}

// localRun is a local run that a test uses through its public addresses.
type localRun struct {
	t       *testing.T
	address string
	http    *http.Client
	sfn     *sfn.Client
	log     *syncBuffer // everything that is printed after the first line
}

// start starts a local run in a synctest bubble, on a network in memory. It ends with the test.
func start(t *testing.T, args ...string) *localRun {
	t.Helper()
	opts, err := parseFlags(args, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	network := &memoryListener{conns: make(chan net.Conn), closed: make(chan struct{})}
	transport := &http.Transport{DialContext: network.dial, DisableKeepAlives: true}
	return startWith(t, &http.Client{Transport: transport}, func(ctx context.Context, stdout, stderr io.Writer) error {
		return runOn(ctx, network, opts, stdout, stderr)
	})
}

// startOnTCP starts a local run on a free port. It ends with the test.
func startOnTCP(t *testing.T, args ...string) *localRun {
	t.Helper()
	return startWith(t, http.DefaultClient, func(ctx context.Context, stdout, stderr io.Writer) error {
		return run(ctx, append([]string{"-addr", "127.0.0.1:0"}, args...), stdout, stderr)
	})
}

var printedAddress = regexp.MustCompile(`runs on (http://\S+) `)

// startWith starts run and waits until it prints its address.
func startWith(t *testing.T, client *http.Client, run func(ctx context.Context, stdout, stderr io.Writer) error) *localRun {
	t.Helper()
	r := &localRun{t: t, http: client, log: &syncBuffer{}}
	log.SetOutput(r.log) // some libraries print with package log
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	ctx, stop := context.WithCancel(t.Context())
	read, write := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, write, r.log)
		write.CloseWithError(io.EOF)
		ended <- err
	}()
	t.Cleanup(func() {
		client.CloseIdleConnections() // the server waits for a connection that no request came over
		stop()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	stdout := bufio.NewReader(read)
	line, err := stdout.ReadString('\n')
	match := printedAddress.FindStringSubmatch(line)
	if match == nil {
		t.Fatalf("first line = %q, error %v", line, err)
	}
	go func() { _, _ = io.Copy(r.log, stdout) }()
	r.address = match[1]
	r.sfn = sfn.New(sfn.Options{
		Region: "us-east-1", BaseEndpoint: &r.address, HTTPClient: client,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
		}),
	})
	return r
}

// poll calls done until it returns true.
func (r *localRun) poll(done func() bool) {
	r.t.Helper()
	const interval, limit = 5 * time.Millisecond, time.Minute
	for range limit / interval {
		if done() {
			return
		}
		time.Sleep(interval)
	}
	r.t.Fatalf("nothing happened within %s", limit)
}

// startExecution starts an execution with a random name and returns its ARN.
func (r *localRun) startExecution(input string) string {
	r.t.Helper()
	return r.startNamedExecution(rand.Text(), input)
}

func (r *localRun) startNamedExecution(name, input string) string {
	r.t.Helper()
	out, err := r.sfn.StartExecution(r.t.Context(), &sfn.StartExecutionInput{
		StateMachineArn: aws.String(stepfunctions.StateMachineARN), Name: &name, Input: &input,
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return *out.ExecutionArn
}

func (r *localRun) describe(executionARN string) *sfn.DescribeExecutionOutput {
	r.t.Helper()
	out, err := r.sfn.DescribeExecution(r.t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: &executionARN})
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

func (r *localRun) checkRunning(executionARN, when string) {
	r.t.Helper()
	if got := r.describe(executionARN).Status; got != types.ExecutionStatusRunning {
		r.t.Errorf("%s, the execution is %s", when, got)
	}
}

// end waits until an execution has ended. Its error is "" for one that succeeded. records are the decisions that it keeps.
func (r *localRun) end(executionARN string) (failure string, records []approval.Record) {
	r.t.Helper()
	var out *sfn.DescribeExecutionOutput
	r.poll(func() bool {
		out = r.describe(executionARN)
		return out.Status != types.ExecutionStatusRunning
	})
	var output struct {
		Input     json.RawMessage
		Approvals []approval.Record
	}
	var rejection approval.Record
	var input bytes.Buffer
	var err error
	switch failure = aws.ToString(out.Error); {
	case out.Status == types.ExecutionStatusSucceeded:
		err = errors.Join(json.Unmarshal([]byte(*out.Output), &output), json.Compact(&input, []byte(*out.Input)))
		if string(output.Input) != input.String() || failure != "" {
			r.t.Errorf("output.input = %.200s, want %.200s", output.Input, input.String())
		}
	case failure == approval.ErrorRejected:
		err = json.Unmarshal([]byte(*out.Cause), &rejection)
		output.Approvals = []approval.Record{rejection}
	case failure == "":
		failure = string(out.Status)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	return failure, output.Approvals
}

// checkEnd checks the error of an execution that has ended, and whose decisions it keeps.
func (r *localRun) checkEnd(executionARN, want string, approvers ...string) {
	r.t.Helper()
	failure, records := r.end(executionARN)
	var got []string
	for _, record := range records {
		got = append(got, record.Approver)
		if record.DecidedAt.IsZero() || record.SourceIP != "127.0.0.1" {
			r.t.Errorf("record = %+v", record)
		}
	}
	if diff := cmp.Diff(approvers, got); failure != want || diff != "" {
		r.t.Errorf("error = %s, want %q; approvers of the decisions (-want +got):\n%s", failure, want, diff)
	}
}

type response struct {
	status int
	header http.Header
	body   string
}

func (r *localRun) request(method, address string, header http.Header) response {
	r.t.Helper()
	got, err := r.send(method, address, header)
	if err != nil {
		r.t.Fatalf("%s: %v", method, err)
	}
	return got
}

// send is request for any goroutine. It is curl, whose GET decides, unless header says otherwise. Its errors leave out the
// address, which may contain a signature.
func (r *localRun) send(method, address string, header http.Header) (response, error) {
	request, err := http.NewRequestWithContext(r.t.Context(), method, address, nil)
	if err != nil {
		return response{}, errors.New("the address is invalid")
	}
	request.Header.Set("User-Agent", "curl/8.14.1")
	maps.Copy(request.Header, header)
	request.Host = header.Get("Host")
	answer, err := r.http.Do(request)
	if err != nil {
		return response{}, errors.Unwrap(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	return response{answer.StatusCode, answer.Header, string(body)}, err
}

// click opens a link and checks the status of the answer.
func (r *localRun) click(method, link string, want int) response {
	r.t.Helper()
	got := r.request(method, link, nil)
	if got.status != want {
		r.t.Fatalf("%s: status = %d, want %d: %s", method, got.status, want, got.body)
	}
	return got
}

// get decodes the JSON at a path of the local run.
func (r *localRun) get(path string, into any) {
	r.t.Helper()
	if err := json.Unmarshal([]byte(r.click(http.MethodGet, r.address+path, http.StatusOK).body), into); err != nil {
		r.t.Fatal(err)
	}
}

func (r *localRun) emails() (emails []mail) {
	r.t.Helper()
	r.get("/emails", &emails)
	return emails
}

// emailsTo waits until an approver has that many e-mails that ask about an execution, and returns them, the oldest first. An
// empty approver means everybody.
func (r *localRun) emailsTo(approver, executionARN string, count int) []mail {
	r.t.Helper()
	var found []mail
	r.poll(func() bool {
		found = nil
		for _, email := range r.emails() {
			if email.asks() && (approver == "" || email.To == approver) && email.ExecutionARN == executionARN {
				found = append(found, email)
			}
		}
		return len(found) >= count
	})
	return found
}

// notice is what the mailbox shows of a notice.
type notice struct{ Kind, To, Subject string }

// notices returns the notices about an execution, ordered by kind and by whom they are for. It checks that no link in them decides.
// It is for tests in a synctest bubble.
func (r *localRun) notices(executionARN string) (found []mail) {
	r.t.Helper()
	synctest.Wait()
	for _, email := range r.emails() {
		if email.asks() || email.ExecutionARN != executionARN {
			continue
		}
		if email.Approve != (mailLink{}) || email.Reject != (mailLink{}) || strings.Contains(email.Body, "signature") {
			r.t.Errorf("the notice to %s has links that decide", email.To)
		}
		found = append(found, email)
	}
	slices.SortFunc(found, func(a, b mail) int { return strings.Compare(string(a.Kind)+a.To, string(b.Kind)+b.To) })
	return found
}

// checkNotices compares the notices about an execution with want. All bodies must have the texts.
func (r *localRun) checkNotices(executionARN string, want []notice, texts ...string) {
	r.t.Helper()
	var got []notice
	for _, email := range r.notices(executionARN) {
		got = append(got, notice{string(email.Kind), email.To, email.Subject})
		for _, text := range texts {
			if !strings.Contains(email.Body, text) {
				r.t.Errorf("the notice to %s does not contain %q:\n%s", email.To, text, email.Body)
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		r.t.Errorf("notices (-want +got):\n%s", diff)
	}
}

// link returns the link for a decision in an approver's first e-mail about an execution.
func (r *localRun) link(approver, executionARN string, decision approval.Decision) string {
	r.t.Helper()
	return r.emailsTo(approver, executionARN, 1)[0].url(decision)
}

func (m mail) url(decision approval.Decision) string {
	if decision == approval.Reject {
		return m.Reject.URL
	}
	return m.Approve.URL
}

// tokenLike matches a task token, which has 684 characters, and its escaped form in an address.
var tokenLike = regexp.MustCompile(`[A-Za-z0-9+/=%]{100}`)

// checkNoSecrets checks that nothing that was printed contains a task token or the signature of a link, and that the
// local run shows task tokens nowhere else.
func (r *localRun) checkNoSecrets() {
	r.t.Helper()
	printed := r.log.String()
	for _, email := range r.emails() {
		if !email.asks() {
			continue
		}
		for _, decision := range approval.Decisions() {
			link, err := url.Parse(email.url(decision))
			if err != nil {
				r.t.Fatal("a link does not parse")
			}
			signature := link.Query().Get("signature")
			if len(signature) != 22 {
				r.t.Errorf("a signature has %d characters, want 22", len(signature))
			} else if strings.Contains(printed, signature[:11]) || strings.Contains(printed, signature[11:]) {
				r.t.Error("the log contains a signature")
			}
		}
	}
	if tokenLike.MatchString(printed) {
		r.t.Error("the log contains a task token")
	}
	for _, path := range []string{"/emails", "/emails/latest", "/state"} {
		if tokenLike.MatchString(r.request(http.MethodGet, r.address+path, nil).body) {
			r.t.Errorf("%s contains a task token", path)
		}
	}
}

// syncBuffer is a buffer that is safe for concurrent use.
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

// memoryListener is a net.Listener whose connections are in memory. Unlike TCP they work in a synctest bubble.
type memoryListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (l *memoryListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *memoryListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *memoryListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080} }

// dial connects a client to the listener, whatever the address is.
func (l *memoryListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l.conns <- memoryConn{server}:
		return client, nil
	case <-l.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// memoryConn is the server's end of a connection in memory.
type memoryConn struct{ net.Conn }

func (memoryConn) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 50000} }

// Write implements [net.Conn]. Like on a network, an answer takes some time: the client finishes its request before the
// answer arrives, and no two requests come at the same time.
func (c memoryConn) Write(data []byte) (int, error) {
	time.Sleep(time.Millisecond)
	return c.Conn.Write(data)
}
