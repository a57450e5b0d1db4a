//go:build e2e

package e2e

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// example deploys the example program as a stack of its own. Its state machine, a release, asks for an approval as one of
// its steps. One execution ends in each way that the definition knows. It returns an e-mail whose links were signed by
// that stack.
func example(t *testing.T, dir, approver string) (foreign email) {
	g := newGate(t, filepath.Join(dir, "infra", "example"), approver)
	g.set(t, "timeout=60s")
	g.deploy(t)
	t.Run("nobody could be asked", func(t *testing.T) {
		checkNotReleased(t, g, startRelease(t, g), "NotApproved", `"Error":"TooFewApproversError"`)
	})
	g.confirm(t, approver)
	t.Run("the request cannot start", func(t *testing.T) {
		inject(t, fault{
			Service: "states", Operation: "StartExecution", Caller: "StepFunctions", Status: 400, Code: "AccessDeniedException", Times: 1,
		})
		checkNotReleased(t, g, startRelease(t, g), "NotApproved", "AccessDeniedException")
	})
	forgotten, _ := askRelease(t, g)
	t.Run("approval", func(t *testing.T) { foreign = approveRelease(t, g) })
	t.Run("rejection", func(t *testing.T) {
		release, r := askRelease(t, g)
		r.do(t, reject(ann, 200, rejected))
		checkNotReleased(t, g, release, "Rejected", `"approver":"`+approver+`"`)
	})
	t.Run("withdrawn request", func(t *testing.T) {
		release, r := askRelease(t, g)
		r.do(t, stop)
		checkNotReleased(t, g, release, "NotApproved", `"Status":"ABORTED"`)
	})
	t.Run("expiry", func(t *testing.T) { checkNotReleased(t, g, forgotten, "Expired", "Nobody decided within 1m") })
	t.Run("destroy leaves nothing", func(t *testing.T) { destroy(t, g.stack) })
	return foreign
}

func startRelease(t *testing.T, g *gate) (execution string) {
	t.Helper()
	return g.start(t, g.output("releaseArn"), "", `{"version": "1.4.2"}`)
}

// askRelease starts a release. It returns that execution, and the request that it waits for.
func askRelease(t *testing.T, g *gate) (release string, r *request) {
	t.Helper()
	release = startRelease(t, g)
	var submitted struct{ ExecutionArn string }
	decode(t, []byte(g.submitted(t, release)), &submitted)
	r = &request{gate: g, execution: submitted.ExecutionArn}
	r.receive(t)
	for _, want := range []string{"> May release 1.4.2 go to production?", `"subject": "Release 1.4.2"`, "release-1.4.2.zip", release} {
		if !strings.Contains(string(r.emails[ann]), want) {
			t.Errorf("the e-mail does not contain %s", want)
		}
	}
	return release, r
}

// approveRelease returns the e-mail with the link that approved the release.
func approveRelease(t *testing.T, g *gate) email {
	release, r := askRelease(t, g)
	r.do(t, approve(ann, 200, approved))
	got := g.wait(t, release)
	got.checkApproved(t, g.approvers...)
	var output struct{ Released string }
	decode(t, []byte(got.Output), &output)
	if want := "release-1.4.2.zip"; output.Released != want {
		t.Errorf("released = %q, want %q", output.Released, want)
	}
	return r.emails[ann]
}

// checkNotReleased waits for the end of a release. It checks that the release asked, but failed without the last step.
func checkNotReleased(t *testing.T, g *gate, release, wantError, wantCause string) {
	t.Helper()
	g.wait(t, release).checkFailed(t, wantError, wantCause)
	var entered []string
	for _, event := range g.events(t, release, 100) {
		if details := event.StateEnteredEventDetails; details != nil {
			entered = append(entered, *details.Name)
		}
	}
	if !slices.Contains(entered, "Approve") || slices.Contains(entered, "Release") {
		t.Errorf("entered states = %v, want Approve but not Release", entered)
	}
}
