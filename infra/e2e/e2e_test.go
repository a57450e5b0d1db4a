//go:build e2e

// Package e2e tests the deployed workflow from outside: it runs the pulumi and aws commands, reads the e-mails and opens
// the links. It imports no package of the workflow.
package e2e

import (
	"os"
	"os/exec"
	"testing"
)

// TestEndToEnd deploys the workflow to the AWS account or emulator that the environment names, uses it, changes it and
// destroys it.
func TestEndToEnd(t *testing.T) {
	for _, tool := range []string{"pulumi", "aws"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not on the PATH. Install https://www.pulumi.com/docs/iac/download-install/ and "+
				"https://aws.amazon.com/cli/, and set AWS credentials and a region.", tool)
		}
	}
	dir := copyTree(t)
	s := newStack(t, dir, "email", "alarmEmail")
	s.up(t)
	s.pulumi(t, "preview", "--expect-no-changes")
	t.Run("nobody confirmed", func(t *testing.T) { nobodyConfirmed(t, s) })
	box := newMailbox(t, s.output(t, "topicArn"))
	t.Run("approve", func(t *testing.T) { approve(t, s, box) })
	t.Run("reject", func(t *testing.T) { reject(t, s, box) })
	t.Run("stop", func(t *testing.T) { stop(t, s, box) })
	t.Run("example", func(t *testing.T) { example(t, dir) })
	t.Run("changed code updates the function in place", func(t *testing.T) { changeCode(t, s, box) })
	t.Run("errors", func(t *testing.T) { provokeErrors(t, s, box) })
	t.Run("remind and expire", func(t *testing.T) { remindAndExpire(t, s, box) })
	t.Run("confirm", func(t *testing.T) { confirm(t, s, box) })
	t.Run("no call was denied", func(t *testing.T) { noDeniedCall(t) })
	t.Run("destroy leaves nothing", func(t *testing.T) { destroy(t, s) })
}

func noDeniedCall(t *testing.T) {
	t.Helper()
	if os.Getenv("SANDBOX_GATEWAY") == "" {
		t.Skip("only the sandbox lists its calls")
	}
	if denied := deniedCalls(t); len(denied) > 0 {
		t.Errorf("IAM denied %v", denied)
	}
}

// destroy destroys a stack. Every resource must exist before and none after.
func destroy(t *testing.T, s *stack) {
	t.Helper()
	resources := s.resources(t)
	for _, r := range resources {
		if !r.exists(t) {
			t.Errorf("%s %s does not exist before the stack is destroyed", r.Type, r.ID)
		}
	}
	s.pulumi(t, "destroy", "--yes", "--skip-preview")
	for _, r := range resources {
		if r.exists(t) {
			t.Errorf("%s %s still exists", r.Type, r.ID)
		}
	}
}
