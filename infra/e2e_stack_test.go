//go:build e2e

package infra_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// stack is a deployment from a copy of the tree.
type stack struct{ dir string }

func newStack(t *testing.T) *stack {
	t.Helper()
	s := &stack{dir: t.TempDir()}
	for _, name := range []string{"go.mod", "go.sum", "main.go", "Pulumi.yaml", "handler", "infra"} {
		if out, err := exec.Command("cp", "-R", filepath.Join("..", name), s.dir).CombinedOutput(); err != nil {
			t.Fatalf("copy %s: %v\n%s", name, err, out)
		}
	}
	s.pulumi(t, "stack", "init", "e2e-"+strings.ToLower(rand.Text()[:8]))
	t.Cleanup(func() {
		s.pulumi(t, "destroy", "--yes", "--skip-preview") // nothing to do unless the test stopped early
		s.pulumi(t, "stack", "rm", "--yes")
	})
	for _, key := range []string{"email", "alarmEmail"} {
		// Amazon's own address for tests: it takes any e-mail.
		s.pulumi(t, "config", "set", key, "success@simulator.amazonses.com")
	}
	return s
}

func (s *stack) pulumi(t *testing.T, args ...string) []byte {
	t.Helper()
	return run(t, s.dir, "pulumi", append(args, "--non-interactive")...)
}

func (s *stack) output(t *testing.T, name string) string {
	t.Helper()
	return strings.TrimSpace(string(s.pulumi(t, "stack", "output", name)))
}

// changes is what a preview would do, as "update TYPE".
func (s *stack) changes(t *testing.T) []string {
	t.Helper()
	var preview struct {
		Steps []struct{ Op, URN string }
	}
	decode(t, s.pulumi(t, "preview", "--json"), &preview)
	var changes []string
	for _, step := range preview.Steps {
		if step.Op != "same" {
			types := strings.Split(strings.Split(step.URN, "::")[2], "$")
			changes = append(changes, step.Op+" "+types[len(types)-1])
		}
	}
	return changes
}

func (s *stack) replace(t *testing.T, name, old, new string) {
	t.Helper()
	path := filepath.Join(s.dir, name)
	content, err := os.ReadFile(path)
	if err != nil || !bytes.Contains(content, []byte(old)) {
		t.Fatalf("%s does not hold %q: %v", name, old, err)
	}
	if err := os.WriteFile(path, bytes.ReplaceAll(content, []byte(old), []byte(new)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// start returns the ARN of a new execution.
func (s *stack) start(t *testing.T, input string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "input.json") // a long one is too long for an argument
	if err := os.WriteFile(file, []byte(input), 0o600); err != nil {
		t.Fatal(err)
	}
	var started struct{ ExecutionArn string }
	aws(t, &started, "stepfunctions", "start-execution",
		"--state-machine-arn", s.output(t, "stateMachineArn"), "--input", "file://"+file)
	return started.ExecutionArn
}

type ended struct{ Status, Output, Error, Cause string }

// wait returns how an execution ended.
func (s *stack) wait(t *testing.T, execution string) ended {
	t.Helper()
	for range 60 {
		var e ended
		aws(t, &e, "stepfunctions", "describe-execution", "--execution-arn", execution)
		if e.Status != "RUNNING" {
			return e
		}
		time.Sleep(time.Second)
	}
	t.Fatalf("%s is still running", execution)
	return ended{}
}

// click opens a link as a script does.
func (s *stack) click(t *testing.T, link *url.URL, wantStatus int, wantMessage string) {
	t.Helper()
	s.request(t, http.MethodGet, link, nil, wantStatus, wantMessage)
}

// request sends a request to a link. An emulator's gateway takes it in the API's stead.
func (s *stack) request(
	t *testing.T, method string, link *url.URL, header http.Header, wantStatus int, wantMessage string,
) {
	t.Helper()
	if got, want := link.Scheme+"://"+link.Host, s.output(t, "apiUrl"); got != want {
		t.Errorf("the link leads to %s, not to %s", got, want)
	}
	request, err := newRequest(method, link)
	if err != nil {
		t.Fatal(err)
	}
	request.Header = header
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(errors.Unwrap(err)) // without the URL, which holds the token
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != wantStatus || !strings.Contains(string(body), wantMessage) {
		t.Errorf("%s %s: %d %s, want %d %s", method, link.Path, response.StatusCode, body, wantStatus, wantMessage)
	}
}

// newRequest makes a request to a link. An emulator's gateway takes it in the API's stead.
func newRequest(method string, link *url.URL) (*http.Request, error) {
	target := *link
	if gateway := os.Getenv("SANDBOX_GATEWAY"); gateway != "" {
		base, err := url.Parse(gateway)
		if err != nil {
			return nil, err
		}
		target.Scheme, target.Host = base.Scheme, base.Host
	}
	return &http.Request{Method: method, URL: &target, Host: link.Host}, nil
}
