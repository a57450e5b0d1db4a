//go:build e2e

package e2e

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// stack is a stack of the Pulumi project in dir.
type stack struct {
	dir     string
	outputs map[string]any // of the last deployment
}

// copyTree returns a copy of everything that a deployment needs, so that a test can change it.
func copyTree(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"go.mod", "go.sum", "main.go", "Pulumi.yaml", "handler", "infra"} {
		run(t, "cp", "-R", filepath.Join("..", "..", name), dir)
	}
	return dir
}

// newStack creates a stack. It destroys and removes the stack at the end of the test.
func newStack(t *testing.T, dir string) *stack {
	t.Helper()
	s := &stack{dir: dir}
	s.pulumi(t, "stack", "init", "e2e-"+strings.ToLower(rand.Text()[:8]))
	t.Cleanup(func() {
		s.pulumi(t, "destroy", "--yes", "--skip-preview") // does nothing unless the test stopped early
		s.pulumi(t, "stack", "rm", "--yes")
	})
	return s
}

func (s *stack) pulumi(t *testing.T, args ...string) []byte {
	t.Helper()
	return run(t, "pulumi", append([]string{"-C", s.dir, "--non-interactive"}, args...)...)
}

// set sets keys of the stack's configuration to values.
func (s *stack) set(t *testing.T, keysAndValues ...string) {
	t.Helper()
	args := []string{"config", "set-all"}
	for i := 0; i < len(keysAndValues); i += 2 {
		args = append(args, "--plaintext", keysAndValues[i]+"="+keysAndValues[i+1])
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

// changes returns what a deployment would do now, such as "update TYPE".
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

// replace replaces text in a file of the stack's folder.
func (s *stack) replace(t *testing.T, name, old, new string) {
	t.Helper()
	path := filepath.Join(s.dir, name)
	content, err := os.ReadFile(path)
	if err != nil || !bytes.Contains(content, []byte(old)) {
		t.Fatalf("%s does not contain %q: %v", name, old, err)
	}
	if err := os.WriteFile(path, bytes.ReplaceAll(content, []byte(old), []byte(new)), 0o600); err != nil {
		t.Fatal(err)
	}
}
