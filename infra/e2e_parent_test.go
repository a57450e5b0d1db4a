//go:build e2e

package infra_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// parent deploys the example in the program's stead. Its state machine asks for an approval as one of its steps.
func parent(t *testing.T, s *stack, box mailbox) {
	run(t, s.dir, "cp", "infra/example/main.go", "infra/example/release.asl.json", ".")
	s.pulumi(t, "up", "--yes", "--skip-preview")

	t.Run("approval", func(t *testing.T) {
		release, _, email := s.startRelease(t, box)
		s.request(t, http.MethodPost, email.link(t, "/approve"), nil, http.StatusOK, "pproved")
		got := s.wait(t, release)
		var output struct {
			Released string
			Approval struct{ Status, DecidedAt string }
		}
		if err := json.Unmarshal([]byte(got.Output), &output); err != nil {
			t.Fatalf("ended %+v: %v", got, err)
		}
		if output.Released != "release-1.4.2.zip" || output.Approval.Status != "approved" || output.Approval.DecidedAt == "" {
			t.Errorf("ended %+v", got)
		}
	})
	t.Run("rejection", func(t *testing.T) {
		release, _, email := s.startRelease(t, box)
		s.request(t, http.MethodPost, email.link(t, "/reject"), nil, http.StatusOK, "ejected")
		got := s.wait(t, release)
		if got.Status != "FAILED" || got.Error != "Rejected" || !strings.Contains(got.Cause, `"status":"rejected"`) {
			t.Errorf("ended %+v", got)
		}
		neverReleased(t, release)
	})
	t.Run("withdrawn request", func(t *testing.T) {
		release, request, _ := s.startRelease(t, box)
		aws(t, nil, "stepfunctions", "stop-execution", "--execution-arn", request)
		if got := s.wait(t, release); got.Status != "FAILED" || got.Error != "NotApproved" || !strings.Contains(got.Cause, "ABORTED") {
			t.Errorf("ended %+v", got)
		}
		neverReleased(t, release)
	})
}

// startRelease returns a new execution of the example, the execution of the gate that it waits for, and the e-mail.
func (s *stack) startRelease(t *testing.T, box mailbox) (release, request string, email email) {
	t.Helper()
	var started struct{ ExecutionArn string }
	aws(t, &started, "stepfunctions", "start-execution",
		"--state-machine-arn", s.output(t, "releaseArn"), "--input", `{"version": "1.4.2"}`)
	release = started.ExecutionArn
	request = waitForRequest(t, release)
	email = box.take(t, request)
	for _, want := range []string{"> May release 1.4.2 go to production?", `"subject": "Release 1.4.2"`, "release-1.4.2.zip", release} {
		if !strings.Contains(string(email), want) {
			t.Errorf("the e-mail does not say %s", want)
		}
	}
	return release, request, email
}

// waitForRequest returns the execution of the gate that the example has started. It skips the test on an emulator with
// the gap that moto 5.2.1 has: it does not translate the names of the step's parameters, and so starts nothing.
func waitForRequest(t *testing.T, release string) string {
	t.Helper()
	for range 30 {
		for _, event := range history(t, release) {
			switch {
			case event.Type == "TaskSubmitted":
				var submitted struct{ ExecutionArn string }
				decode(t, []byte(event.TaskSubmittedEventDetails.Output), &submitted)
				return submitted.ExecutionArn
			case event.TaskFailedEventDetails.Cause == "'StateMachineArn'":
				t.Skip("this emulator starts no execution from a task")
			case event.Type == "TaskFailed":
				t.Fatalf("nobody was asked: %+v", event.TaskFailedEventDetails)
			}
		}
		time.Sleep(time.Second)
	}
	t.Fatalf("%s has not asked", release)
	return ""
}

// neverReleased looks whether the example went on after the approval.
func neverReleased(t *testing.T, release string) {
	t.Helper()
	var entered []string
	for _, event := range history(t, release) {
		entered = append(entered, event.StateEnteredEventDetails.Name)
	}
	if !slices.Contains(entered, "Approve") || slices.Contains(entered, "Release") {
		t.Errorf("it went through %v", entered)
	}
}

type event struct {
	Type                      string
	StateEnteredEventDetails  struct{ Name string }
	TaskSubmittedEventDetails struct{ Output string }
	TaskFailedEventDetails    struct{ Error, Cause string }
}

func history(t *testing.T, execution string) []event {
	t.Helper()
	var got struct{ Events []event }
	aws(t, &got, "stepfunctions", "get-execution-history", "--execution-arn", execution)
	return got.Events
}
