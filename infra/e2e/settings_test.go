//go:build e2e

package e2e

import (
	"errors"
	"os/exec"
	"strings"
	"testing"
)

// wrongSetting previews with a wrong setting. The first error is a sentence with the command that fixes it, and the command fails.
func wrongSetting(t *testing.T, s *stack) {
	s.set(t, "confirm=yes")
	defer s.set(t, "confirm=false")
	_, err := output(s.env, "pulumi", "-C", s.dir, "--non-interactive", "preview")
	exit, isExit := errors.AsType[*exec.ExitError](err)
	if !isExit || exit.ExitCode() == 0 {
		t.Fatalf("preview = %v, want an exit code other than 0", err)
	}
	_, printed, _ := strings.Cut(err.Error(), "\n") // after the command
	const want = `confirm: "yes" is not true or false. Run: pulumi config set confirm true`
	_, first, _ := strings.Cut(printed, "error:")
	if !strings.HasPrefix(strings.TrimSpace(first), want) || strings.Contains(printed, "unhandled error") {
		t.Errorf("preview printed\n%s\nwant %q first", printed, want)
	}
	t.Logf("exit code %d: %s", exit.ExitCode(), want)
}
