//go:build e2e

// Package e2e tests the deployed workflow from outside: it runs the pulumi and aws commands, reads the e-mails and opens
// the links. It imports no package of the workflow.
package e2e

import (
	"os/exec"
	"slices"
	"testing"
)

// TestEndToEnd deploys the workflow to the AWS account or emulator that the environment names, uses it, changes it and
// destroys it. It begins with three approvers and ends with one, so that nobody has to confirm a subscription twice.
func TestEndToEnd(t *testing.T) {
	for _, tool := range []string{"pulumi", "aws"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not on the PATH. Install https://www.pulumi.com/docs/iac/download-install/ and "+
				"https://aws.amazon.com/cli/, and set AWS credentials and a region.", tool)
		}
	}
	approvers := approverAddresses(t)
	dir := copyTree(t)
	g := newGate(t, dir, approvers...)
	g.set(t, "alarmEmail", approvers[0], "approvals", "3", "audit", "true", "dashboard", "true")
	g.deploy(t)
	deleteRecord(t, g)
	g.pulumi(t, "preview", "--expect-no-changes")
	t.Run("outputs before anybody has confirmed", func(t *testing.T) { outputsAtFirst(t, g) })
	t.Run("two failures", func(t *testing.T) { failTwice(t, g) })
	t.Run("too few confirmed", func(t *testing.T) { tooFewConfirmed(t, g) })
	g.confirm(t, approvers...) // or the test ends here
	var foreign email
	var open, promised asked
	t.Run("example", func(t *testing.T) { foreign = example(t, dir, approvers[0]) })
	t.Run("three approvals", func(t *testing.T) { threeOfThree(t, g) })
	t.Run("two approvals", func(t *testing.T) { open = twoApprovals(t, g, foreign) })
	t.Run("reminders", func(t *testing.T) { reminders(t, g) })
	t.Run("confirm", func(t *testing.T) { promised = confirm(t, g) })
	t.Run("one approver", func(t *testing.T) { oneApprover(t, g, open, promised) })
	t.Run("each e-mail went to its approver", deliveries)
	t.Run("no call was denied", noDeniedCall)
	var records map[string]recorded
	t.Run("audit record", func(t *testing.T) { records = audit(t, g) })
	t.Run("each failure was reported", func(t *testing.T) { allReported(t, g, records) })
	t.Run("destroy leaves the audit record", func(t *testing.T) { destroyAudited(t, g, records) })
	t.Run("no secret in the audit record", func(t *testing.T) { noSecret(t, g) })
	t.Run("the deployer needs no other permission", deployerPolicy)
}

// deliveries checks that the filter policies of the subscriptions sent each e-mail to the approver whom it names.
func deliveries(t *testing.T) {
	var o outbox
	if err := o.refresh(); err != nil {
		t.Error(err)
	}
}

func noDeniedCall(t *testing.T) {
	t.Helper()
	if denied := calls(t, "denied=true"); len(denied) > 0 {
		t.Errorf("IAM denied %v", denied)
	}
}

// destroy destroys a stack. Every resource must exist before. After it, only those must exist whose IDs are kept.
func destroy(t *testing.T, s *stack, kept ...string) {
	t.Helper()
	resources := s.resources(t)
	exist(t, resources, func(deployed) bool { return true })
	s.pulumi(t, "destroy", "--yes", "--skip-preview")
	exist(t, resources, func(r deployed) bool { return slices.Contains(kept, r.ID) })
}
