package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"log"
	"net/http"
	"os"
	"regexp"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
)

// localRun is a local run that a test uses through its public addresses.
type localRun struct {
	t       *testing.T
	address string
	http    *http.Client
	sfn     *sfn.Client
	log     *syncBuffer // everything that is printed after the first line
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

// start starts a local run in a synctest bubble, on a network in memory. It ends with the test.
func start(t *testing.T, args ...string) *localRun {
	t.Helper()
	opts, err := parseFlags(args, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	network := newMemoryListener()
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
	r.sfn = newSFN(r.address, client)
	return r
}

func newSFN(address string, client *http.Client) *sfn.Client {
	return sfn.New(sfn.Options{
		Region: "us-east-1", BaseEndpoint: &address, HTTPClient: client,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
		}),
	})
}
