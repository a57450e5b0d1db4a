//go:build e2e

package infra_test

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestEndToEnd deploys the workflow with the pulumi CLI to whatever AWS the environment stands for, uses it as its
// users do, changes it and destroys it.
func TestEndToEnd(t *testing.T) {
	for _, tool := range []string{"pulumi", "aws"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("the end-to-end test needs %s on the PATH, and an AWS account in the environment: install "+
				"https://www.pulumi.com/docs/iac/download-install/ and https://aws.amazon.com/cli/", tool)
		}
	}
	s := newStack(t)
	s.pulumi(t, "up", "--yes", "--skip-preview")
	s.pulumi(t, "preview", "--expect-no-changes")
	t.Run("nobody listens", func(t *testing.T) { nobodyListens(t, s) })
	box := newMailbox(t, s.output(t, "topicArn"))
	t.Run("approve", func(t *testing.T) { approve(t, s, box) })
	t.Run("reject", func(t *testing.T) { reject(t, s, box) })
	t.Run("stop", func(t *testing.T) { stop(t, s, box) })
	t.Run("changed code updates the function in place", func(t *testing.T) { changeCode(t, s, box) })
	t.Run("errors", func(t *testing.T) { sortErrors(t, s, box) })
	t.Run("remind and expire", func(t *testing.T) { remindAndExpire(t, s, box) })
	t.Run("confirm", func(t *testing.T) { confirm(t, s, box) })
	t.Run("as a step of another workflow", func(t *testing.T) { parent(t, s, box) })
	t.Run("no call was denied", func(t *testing.T) { noDeniedCall(t) })
	t.Run("destroy leaves nothing", func(t *testing.T) { destroy(t, s) })
}

// nobodyListens starts an execution before anyone has confirmed a subscription.
func nobodyListens(t *testing.T, s *stack) {
	if pending := s.output(t, "pendingApprovers"); !strings.Contains(pending, "@simulator.amazonses.com") {
		t.Errorf("pending approvers: %s", pending)
	}
	got := s.wait(t, s.start(t, `{}`))
	if got.Status != "FAILED" || got.Error != "NoConfirmedApproverError" || !strings.Contains(got.Cause, "(pending: 1)") {
		t.Errorf("ended %+v", got)
	}
}

func approve(t *testing.T, s *stack, box mailbox) {
	execution := s.start(t, `{"key": "value"}`)
	email := box.take(t, execution)
	s.click(t, email.link(t, "/approve"), http.StatusOK, "Workflow approved successfully")
	got := s.wait(t, execution)
	var output struct {
		Input    any
		Approval struct{ Status string }
	}
	if err := json.Unmarshal([]byte(got.Output), &output); err != nil {
		t.Fatalf("%s with output %q: %v", got.Status, got.Output, err)
	}
	if got.Status != "SUCCEEDED" || output.Approval.Status != "approved" {
		t.Errorf("ended %+v", got)
	}
	if diff := cmp.Diff(map[string]any{"key": "value"}, output.Input); diff != "" {
		t.Errorf("input (-given +output):\n%s", diff)
	}
	s.click(t, email.link(t, "/reject"), http.StatusConflict, "approved before")
}

func reject(t *testing.T, s *stack, box mailbox) {
	execution := s.start(t, `[]`)
	email := box.take(t, execution)
	s.click(t, email.link(t, "/reject"), http.StatusOK, "Workflow rejected")
	if got := s.wait(t, execution); got.Status != "FAILED" || got.Error != "Rejected" {
		t.Errorf("ended %+v", got)
	}
	s.click(t, email.link(t, "/reject"), http.StatusConflict, "rejected before")
}

func stop(t *testing.T, s *stack, box mailbox) {
	execution := s.start(t, `{}`)
	email := box.take(t, execution)
	aws(t, nil, "stepfunctions", "stop-execution", "--execution-arn", execution)
	s.click(t, email.link(t, "/approve"), http.StatusGone, "stopped")
}

func changeCode(t *testing.T, s *stack, box mailbox) {
	const changed = "Approved by other code"
	s.replace(t, "handler/web/routes.go", "Workflow approved successfully", changed)
	if diff := cmp.Diff([]string{"update aws:lambda/function:Function"}, s.changes(t)); diff != "" {
		t.Errorf("changes (-want +preview):\n%s", diff)
	}
	s.pulumi(t, "up", "--yes", "--skip-preview")
	execution := s.start(t, `"text"`)
	s.click(t, box.take(t, execution).link(t, "/approve"), http.StatusOK, changed)
	if got := s.wait(t, execution); got.Status != "SUCCEEDED" {
		t.Errorf("ended %+v", got)
	}
}

func remindAndExpire(t *testing.T, s *stack, box mailbox) {
	s.pulumi(t, "config", "set", "timeout", "41s")
	s.pulumi(t, "config", "set", "reminders", "1")
	s.pulumi(t, "up", "--yes", "--skip-preview")
	execution := s.start(t, `null`)
	first, reminder := box.take(t, execution), box.take(t, execution)
	if !strings.HasPrefix(string(reminder), "Reminder 1 of 1: ") {
		t.Error("the second e-mail is no reminder")
	}
	s.click(t, first.link(t, "/approve"), http.StatusGone, "newer e-mail replaced")
	want := "Nobody decided within 41s (reminders: 1)"
	if got := s.wait(t, execution); got.Status != "FAILED" || got.Error != "Expired" || !strings.HasPrefix(got.Cause, want) {
		t.Errorf("ended %+v", got)
	}
	s.click(t, reminder.link(t, "/approve"), http.StatusGone, "in time")
}

// confirm opens a link as a scanner does, and then as a person who presses the button.
func confirm(t *testing.T, s *stack, box mailbox) {
	s.pulumi(t, "config", "set", "timeout", "24h")
	s.pulumi(t, "config", "rm", "reminders")
	s.pulumi(t, "config", "set", "confirm", "true")
	s.pulumi(t, "up", "--yes", "--skip-preview")
	execution := s.start(t, `{}`)
	link := box.take(t, execution).link(t, "/approve")
	browser := http.Header{"Accept": {"text/html"}}
	s.request(t, http.MethodHead, link, browser, http.StatusNotFound, "") // the API has no such route
	s.request(t, http.MethodGet, link, browser, http.StatusOK, `<form method="post">`)
	s.click(t, link, http.StatusMethodNotAllowed, "asks to confirm")
	s.request(t, http.MethodPost, link, nil, http.StatusOK, "pproved")
	got := s.wait(t, execution)
	if got.Status != "SUCCEEDED" || !strings.Contains(got.Output, `"ageSeconds"`) {
		t.Errorf("ended %+v", got)
	}
}

func noDeniedCall(t *testing.T) {
	if os.Getenv("SANDBOX_GATEWAY") == "" {
		t.Skip("only the sandbox lists its calls; on AWS the executions' ends say that nothing needed was denied")
	}
	if denied := deniedCalls(t); len(denied) > 0 {
		t.Errorf("IAM denied %v", denied)
	}
}

func destroy(t *testing.T, s *stack) {
	resources := s.resources(t)
	for _, r := range resources {
		if !r.exists(t) {
			t.Errorf("%s %s is not found before it is destroyed", r.Type, r.ID)
		}
	}
	s.pulumi(t, "destroy", "--yes", "--skip-preview")
	for _, r := range resources {
		if r.exists(t) {
			t.Errorf("%s %s is left", r.Type, r.ID)
		}
	}
}
