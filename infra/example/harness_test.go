package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
)

// needTools skips the test unless the tools of a GitHub runner are installed that approve.yml uses. It fails the test in CI.
func needTools(t *testing.T) {
	t.Helper()
	for _, tool := range []string{"bash", "jq", "aws"} {
		if _, err := exec.LookPath(tool); err != nil && os.Getenv("CI") != "" {
			t.Fatal(err)
		} else if err != nil {
			t.Skipf("%s is missing: install bash, jq and the AWS CLI to run the job of approve.yml", tool)
		}
	}
}

// buildLocalRun returns the path of the program that runs the workflow on this machine.
func buildLocalRun(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "local")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "../../handler/local").CombinedOutput(); err != nil {
		t.Fatalf("build the local run: %v\n%s", err, out)
	}
	return program
}

// localRun is a local run behind a proxy, which can do something after each call of the job.
type localRun struct {
	t              *testing.T
	address, proxy string
	stateMachine   string // its ARN
	states         *sfn.Client
	after          func(operation string, count int, answer *http.Response)

	mu    sync.Mutex
	calls map[string]int // by operation
}

var printed = regexp.MustCompile(`(?s)runs on (http://\S+) .*State machine: (\S+)`)

// startLocalRun starts a local run, which ends with the test.
func startLocalRun(t *testing.T, program string, flags ...string) *localRun {
	t.Helper()
	local := exec.CommandContext(t.Context(), program, append([]string{"-addr", "127.0.0.1:0"}, flags...)...)
	stdout, err := local.StdoutPipe()
	if err := cmp.Or(err, local.Start()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = local.Wait() }) // the end of the test's context has killed it
	reader, welcome := bufio.NewReader(stdout), ""
	for printed.FindString(welcome) == "" {
		line, err := reader.ReadString('\n')
		if err != nil {
			t.Fatalf("the local run printed %q: %v", welcome, err)
		}
		welcome += line
	}
	go func() { _, _ = io.Copy(io.Discard, reader) }()
	match := printed.FindStringSubmatch(welcome)
	g := &localRun{t: t, address: match[1], stateMachine: match[2], calls: map[string]int{}}
	g.states = sfn.New(sfn.Options{
		Region: "us-east-1", BaseEndpoint: &g.address, Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
	})
	g.startProxy()
	return g
}

// startProxy starts the proxy. The job makes one call at a time.
func (g *localRun) startProxy() {
	target, err := url.Parse(g.address)
	if err != nil {
		g.t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ModifyResponse = func(answer *http.Response) error {
		_, operation, _ := strings.Cut(answer.Request.Header.Get("X-Amz-Target"), ".")
		g.mu.Lock()
		defer g.mu.Unlock()
		g.calls[operation]++
		if g.after != nil {
			g.after(operation, g.calls[operation], answer)
		}
		return nil
	}
	server := httptest.NewServer(proxy)
	g.t.Cleanup(server.Close)
	g.proxy = server.URL
}

// fail makes the answer to a call an error.
func fail(answer *http.Response, code string) {
	answer.StatusCode, answer.Header = http.StatusBadRequest, http.Header{}
	answer.Body = io.NopCloser(strings.NewReader(`{"__type": "` + code + `", "message": "the test"}`))
}

// decide posts a form to a link of the first e-mail as soon as it is there.
func (g *localRun) decide(link string, form url.Values) {
	var emails []map[string]json.RawMessage
	for ; len(emails) == 0; time.Sleep(10 * time.Millisecond) {
		if g.t.Failed() {
			return
		}
		g.request(http.MethodGet, g.address+"/emails", nil, &emails)
	}
	var decides struct{ URL string }
	if err := json.Unmarshal(emails[0][link], &decides); err != nil {
		g.t.Error(err)
	}
	g.request(http.MethodPost, decides.URL, form, nil)
}

func (g *localRun) request(method, address string, form url.Values, into any) {
	request, err := http.NewRequestWithContext(g.t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		g.t.Error(errors.Unwrap(err)) // without the address, which may have a signature
		return
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		g.t.Error(errors.Unwrap(err))
		return
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		g.t.Errorf("%s: %s", method, response.Status)
	}
	if into != nil {
		if err := json.NewDecoder(response.Body).Decode(into); err != nil {
			g.t.Error(err)
		}
	}
}

// start starts an execution as somebody else does.
func (g *localRun) start(name, input string) {
	g.t.Helper()
	_, err := g.states.StartExecution(g.t.Context(), &sfn.StartExecutionInput{
		StateMachineArn: &g.stateMachine, Name: &name, Input: &input,
	})
	if err != nil {
		g.t.Fatal(err)
	}
}

// stop stops the execution as somebody else does.
func (g *localRun) stop(name, cause string) {
	execution := g.executionARN(name)
	if _, err := g.states.StopExecution(g.t.Context(), &sfn.StopExecutionInput{ExecutionArn: &execution, Cause: &cause}); err != nil {
		g.t.Error(err)
	}
}

func (g *localRun) executionARN(name string) string {
	return strings.Replace(g.stateMachine, ":stateMachine:", ":execution:", 1) + ":" + name
}

// end returns an execution, or nil if there is none with that name.
func (g *localRun) end(name string) *sfn.DescribeExecutionOutput {
	g.t.Helper()
	out, err := g.states.DescribeExecution(g.t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: aws.String(g.executionARN(name))})
	if err != nil && !strings.Contains(err.Error(), "ExecutionDoesNotExist") {
		g.t.Fatal(err)
	}
	return out
}

// step is the step of a workflow that asks for the approval.
type step struct {
	keys   []string // of its environment
	script string
}

var stepPattern = regexp.MustCompile(`(?s)\n        env:\n(.*?)        shell: bash\n        run: \|\n(.*?)\n  release:`)

// readStep returns the step of approve.yml.
func readStep(t *testing.T) step {
	t.Helper()
	workflow, err := os.ReadFile("approve.yml")
	if err != nil {
		t.Fatal(err)
	}
	match := stepPattern.FindStringSubmatch(string(workflow))
	if match == nil {
		t.Fatal("approve.yml has changed its form")
	}
	s := step{script: strings.ReplaceAll(match[2], "\n          ", "\n")}
	for line := range strings.Lines(match[1]) {
		key, _, _ := strings.Cut(strings.TrimSpace(line), ":")
		s.keys = append(s.keys, key)
	}
	return s
}

// command returns the command with which GitHub runs the step, and what it will print. It has the environment of a runner and that
// of the step.
func (s step) command(t *testing.T, environment map[string]string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	dir, out := t.TempDir(), &bytes.Buffer{}
	aws, err := exec.LookPath("aws")
	if err != nil {
		t.Fatal(err)
	}
	script, wrapper := filepath.Join(dir, "script.sh"), filepath.Join(dir, "aws")
	write(t, script, s.script)
	write(t, wrapper, `exec "`+aws+`" "$@" --endpoint-url "$AWS_ENDPOINT_URL"`) // older versions ignore the variable
	command := exec.CommandContext(t.Context(), "bash", "--noprofile", "--norc", "-eo", "pipefail", script)
	command.Stdout, command.Stderr = out, out
	command.Env = slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, "AWS_") || strings.HasPrefix(variable, "GITHUB_")
	})
	for key, value := range environment {
		if strings.HasPrefix(key, "AWS_") || strings.HasPrefix(key, "GITHUB_") || slices.Contains(s.keys, key) {
			command.Env = append(command.Env, key+"="+value)
		}
	}
	command.Env = append(command.Env, "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	return command, out
}

// write writes a program for bash.
func write(t *testing.T, file, script string) {
	t.Helper()
	if err := os.WriteFile(file, []byte("#!/usr/bin/env bash\n"+script), 0o700); err != nil { //nolint:gosec // it has to be executable
		t.Fatal(err)
	}
}
