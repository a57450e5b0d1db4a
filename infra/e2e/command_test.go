//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// aws runs the AWS CLI. It decodes the output into a variable, unless into is nil.
func aws(t *testing.T, into any, args ...string) {
	t.Helper()
	if endpoint := os.Getenv("AWS_ENDPOINT_URL"); endpoint != "" {
		args = append(args, "--endpoint-url", endpoint) // version 1 of the CLI ignores the variable for SQS
	}
	out := run(t, "aws", append(args, "--output", "json")...)
	if into != nil && len(out) > 0 {
		decode(t, out, into)
	}
}

// run runs a command and returns its output.
func run(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	out, err := output(name, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// output runs a command and returns its output. The error contains all that the command printed.
func output(name string, args ...string) ([]byte, error) {
	command := exec.Command(name, args...)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	if name == "pulumi" && onSandbox() {
		command.Env = append(os.Environ(), "AWS_ACCESS_KEY_ID="+deployer)
	}
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

func encode(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatalf("encode: %v", err)
	}
	return string(text)
}
