//go:build e2e

package e2e

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// aws runs the AWS CLI. It decodes the output into a variable, unless into is nil.
func aws(t *testing.T, into any, args ...string) {
	t.Helper()
	out, err := awsOutput(args...)
	if err != nil {
		t.Fatal(err)
	}
	if into != nil && len(out) > 0 {
		decode(t, out, into)
	}
}

func awsOutput(args ...string) ([]byte, error) {
	if endpoint := os.Getenv("AWS_ENDPOINT_URL"); endpoint != "" {
		args = append(args, "--endpoint-url", endpoint) // version 1 of the CLI ignores the variable for SQS
	}
	return output(nil, "aws", append(args, "--output", "json")...)
}

// output runs a command with additions to its environment, and returns its output. The error contains all that the
// command printed.
func output(env []string, name string, args ...string) ([]byte, error) {
	command := exec.Command(name, args...)
	var stderr bytes.Buffer
	command.Stderr, command.Env = &stderr, append(os.Environ(), env...)
	out, err := command.Output()
	if err != nil {
		err = fmt.Errorf("%s %s: %w\n%s%s", name, strings.Join(args, " "), err, out, &stderr)
	}
	return out, err
}

func decode(t *testing.T, text []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("decode: %v", err)
	}
}

// stack is a stack of the Pulumi project in dir.
type stack struct {
	dir     string
	env     []string       // additions to the environment of pulumi
	outputs map[string]any // of the last deployment
}

// copyTree returns a copy of everything that a deployment needs, so that a test can change it.
func copyTree(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"go.mod", "go.sum", "main.go", "Pulumi.yaml", "handler", "infra"} {
		if _, err := output(nil, "cp", "-R", filepath.Join("..", "..", name), dir); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// atOnce lets the program send each request at once.
const atOnce = "*args.Spread = 0\n"

// newStack creates a stack. It destroys and removes the stack at the end of the test. It changes the program so that the
// API takes clicks as fast as the tests make them, and sends requests at once.
func newStack(t *testing.T, dir string) *stack {
	s := &stack{dir: dir}
	const before = "args.Code = pulumi.NewFileArchive(zip)\n"
	s.replace(t, "main.go", before, before+"args.RequestRate, args.RequestBurst = 1_000, 1_000\n"+atOnce)
	s.pulumi(t, "stack", "init", "e2e-"+strings.ToLower(rand.Text()[:8]))
	s.set(t, "aws:region="+cmp.Or(os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION")))
	t.Cleanup(func() {
		s.pulumi(t, "destroy", "--yes", "--skip-preview") // does nothing unless the test stopped early
		s.pulumi(t, "stack", "rm", "--yes")
	})
	return s
}

// restrict lets pulumi run with the permissions of infra/deployer-policy.json only, where the sandbox can do that. It
// also refuses a policy that is too long.
func (s *stack) restrict(t *testing.T) {
	if !onSandbox() {
		return
	}
	s.env = principal(t, deployer, readPolicy(t, deployer))
}

// principal returns the environment of a user of the sandbox who has only the permissions of a policy.
func principal(t *testing.T, name, policy string) []string {
	t.Helper()
	var key struct {
		ID     string `json:"access_key_id"`
		Secret string `json:"secret_access_key"`
	}
	control(t, http.MethodPost, "principal", map[string]string{"name": name, "policy": policy}, &key)
	return []string{"AWS_ACCESS_KEY_ID=" + key.ID, "AWS_SECRET_ACCESS_KEY=" + key.Secret}
}

func (s *stack) pulumi(t *testing.T, args ...string) []byte {
	t.Helper()
	out, err := output(s.env, "pulumi", append([]string{"-C", s.dir, "--non-interactive"}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// set sets keys of the stack's configuration, each as key=value.
func (s *stack) set(t *testing.T, settings ...string) {
	t.Helper()
	args := []string{"config", "set-all"}
	for _, setting := range settings {
		args = append(args, "--plaintext", setting)
	}
	s.pulumi(t, args...)
}

// up deploys the stack.
func (s *stack) up(t *testing.T, args ...string) {
	t.Helper()
	s.pulumi(t, append([]string{"up", "--yes", "--skip-preview"}, args...)...)
	decode(t, s.pulumi(t, "stack", "output", "--json"), &s.outputs)
}

// output returns an output of the stack as text.
func (s *stack) output(name string) string { return fmt.Sprint(s.outputs[name]) }

// replace replaces text in the files of the stack's folder that a pattern matches.
func (s *stack) replace(t *testing.T, pattern, old, new string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(s.dir, pattern))
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found = found || bytes.Contains(content, []byte(old))
		if err := os.WriteFile(file, bytes.ReplaceAll(content, []byte(old), []byte(new)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if !found {
		t.Fatalf("%s does not contain %q", pattern, old)
	}
}

// invoke invokes the function with a payload, as an administrator can. The function must accept it.
func (s *stack) invoke(t *testing.T, payload string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "payload.json")
	if err := os.WriteFile(file, []byte(payload), 0o600); err != nil {
		t.Fatal(err)
	}
	var result struct{ FunctionError string }
	aws(t, &result, "lambda", "invoke", "--function-name", s.output("functionName"), "--payload", "fileb://"+file, file+".answer")
	if result.FunctionError != "" {
		t.Fatalf("the function answered with an error: %s", result.FunctionError)
	}
}

// configure changes the configuration of the function until the end of the test. Each change also ends the processes of
// the function, so that it starts again.
func (s *stack) configure(t *testing.T, args ...string) {
	t.Helper()
	var before struct {
		Timeout     int
		Environment json.RawMessage
	}
	aws(t, &before, "lambda", "get-function-configuration", "--function-name", s.output("functionName"))
	update := []string{"lambda", "update-function-configuration", "--function-name", s.output("functionName")}
	t.Cleanup(func() {
		aws(t, nil, append(update, "--timeout", strconv.Itoa(before.Timeout), "--environment", string(before.Environment))...)
	})
	aws(t, nil, append(update, args...)...)
}
