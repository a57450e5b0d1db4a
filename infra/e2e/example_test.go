//go:build e2e

package e2e

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// example deploys the example program as a stack of its own. Its state machine asks for an approval as one of its steps.
func example(t *testing.T, dir string) {
	s := newStack(t, filepath.Join(dir, "infra", "example"), "email")
	s.up(t)
	box := newMailbox(t, s.output(t, "topicArn"))
	t.Run("approval", func(t *testing.T) { approveRelease(t, s, box) })
	t.Run("rejection", func(t *testing.T) { rejectRelease(t, s, box) })
	t.Run("withdrawn request", func(t *testing.T) { withdrawRelease(t, s, box) })
	t.Run("destroy leaves nothing", func(t *testing.T) { destroy(t, s) })
}

func approveRelease(t *testing.T, s *stack, box mailbox) {
	release, _, email := s.startRelease(t, box)
	s.open(t, email.link(t, "/approve"), http.StatusOK, "Workflow approved successfully")
	got := wait(t, release)
	var output struct {
		Released string
		Approval struct{ Status, DecidedAt string }
	}
	if err := json.Unmarshal([]byte(got.Output), &output); err != nil {
		t.Fatalf("release = %+v: %v", got, err)
	}
	if output.Released != "release-1.4.2.zip" || output.Approval.Status != "approved" || output.Approval.DecidedAt == "" {
		t.Errorf("release = %+v, want the artifact and the approval in its output", got)
	}
}

func rejectRelease(t *testing.T, s *stack, box mailbox) {
	release, _, email := s.startRelease(t, box)
	s.open(t, email.link(t, "/reject"), http.StatusOK, "Workflow rejected")
	wait(t, release).checkFailed(t, "Rejected", `"status":"rejected"`)
	checkNotReleased(t, release)
}

// withdrawRelease stops the execution that asks for the approval.
func withdrawRelease(t *testing.T, s *stack, box mailbox) {
	release, request, _ := s.startRelease(t, box)
	aws(t, nil, "stepfunctions", "stop-execution", "--execution-arn", request)
	wait(t, release).checkFailed(t, "NotApproved", "ABORTED")
	checkNotReleased(t, release)
}

// startRelease starts an execution of the example. It returns that execution, the execution of the approval workflow
// that it waits for, and the e-mail.
func (s *stack) startRelease(t *testing.T, box mailbox) (release, request string, email email) {
	t.Helper()
	release = startExecution(t, s.output(t, "releaseArn"), `{"version": "1.4.2"}`)
	request = waitForRequest(t, release)
	email = box.take(t, request)
	for _, want := range []string{"> May release 1.4.2 go to production?", `"subject": "Release 1.4.2"`, "release-1.4.2.zip", release} {
		if !strings.Contains(string(email), want) {
			t.Errorf("the e-mail does not contain %s", want)
		}
	}
	return release, request, email
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
