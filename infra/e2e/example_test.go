//go:build e2e

package e2e

import (
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// example deploys the example program as a stack of its own. Its state machine asks for an approval as one of its steps.
// It returns an e-mail whose links were signed by that stack.
func example(t *testing.T, dir, approver string) (foreign email) {
	g := newGate(t, filepath.Join(dir, "infra", "example"), approver)
	g.deploy(t)
	g.confirm(t, approver)
	t.Run("approval", func(t *testing.T) { foreign = approveRelease(t, g) })
	t.Run("rejection", func(t *testing.T) { rejectRelease(t, g) })
	t.Run("withdrawn request", func(t *testing.T) { withdrawRelease(t, g) })
	t.Run("destroy leaves nothing", func(t *testing.T) { destroy(t, g.stack) })
	return foreign
}

func approveRelease(t *testing.T, g *gate) email {
	release, a := startRelease(t, g)
	a.approve(t, a.emails[0], http.StatusOK, approved)
	got := wait(t, release)
	got.checkApproved(t, g.approvers...)
	var output struct{ Released string }
	decode(t, []byte(got.Output), &output)
	if want := "release-1.4.2.zip"; output.Released != want {
		t.Errorf("released = %q, want %q", output.Released, want)
	}
	return a.emails[0]
}

func rejectRelease(t *testing.T, g *gate) {
	release, a := startRelease(t, g)
	a.reject(t, a.emails[0], http.StatusOK, rejected)
	wait(t, release).checkFailed(t, "Rejected", `"approver":"`+g.approvers[0]+`"`)
	checkNotReleased(t, release)
}

// withdrawRelease stops the execution that asks for the approval.
func withdrawRelease(t *testing.T, g *gate) {
	release, a := startRelease(t, g)
	a.stop(t)
	wait(t, release).checkFailed(t, "NotApproved", "ABORTED")
	checkNotReleased(t, release)
}

// startRelease starts an execution of the example. It returns that execution, and the request that it waits for.
func startRelease(t *testing.T, g *gate) (release string, a asked) {
	t.Helper()
	release = startExecution(t, g.output("releaseArn"), `{"version": "1.4.2"}`)
	a.request = request{g, waitForRequest(t, release)}
	a.emails = []email{a.email(t, g.approvers[0])}
	for _, want := range []string{"> May release 1.4.2 go to production?", `"subject": "Release 1.4.2"`, "release-1.4.2.zip", release} {
		if !strings.Contains(string(a.emails[0]), want) {
			t.Errorf("the e-mail does not contain %s", want)
		}
	}
	return release, a
}

// waitForRequest returns the execution of the approval workflow that the example started.
func waitForRequest(t *testing.T, release string) string {
	t.Helper()
	for range 30 {
		for _, event := range history(t, release) {
			switch event.Type {
			case "TaskSubmitted":
				var submitted struct{ ExecutionArn string }
				decode(t, []byte(event.TaskSubmittedEventDetails.Output), &submitted)
				return submitted.ExecutionArn
			case "TaskFailed":
				t.Fatalf("the example did not ask: %+v", event.TaskFailedEventDetails)
			}
		}
		time.Sleep(time.Second)
	}
	t.Fatalf("%s did not ask in time", release)
	return ""
}

// checkNotReleased checks that the example asked but did not release.
func checkNotReleased(t *testing.T, release string) {
	t.Helper()
	var entered []string
	for _, event := range history(t, release) {
		entered = append(entered, event.StateEnteredEventDetails.Name)
	}
	if !slices.Contains(entered, "Approve") || slices.Contains(entered, "Release") {
		t.Errorf("entered states = %v, want Approve but not Release", entered)
	}
}
