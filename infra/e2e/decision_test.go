//go:build e2e

package e2e

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// nobodyConfirmed starts an execution before anyone has confirmed a subscription.
func nobodyConfirmed(t *testing.T, s *stack) {
	if got := s.output(t, "pendingApprovers"); !strings.Contains(got, address) {
		t.Errorf("pendingApprovers = %s, want %s in it", got, address)
	}
	got := wait(t, s.start(t, `{}`))
	got.checkFailed(t, "NoConfirmedApproverError", "(pending: 1)")
}

func approve(t *testing.T, s *stack, box mailbox) {
	execution := s.start(t, `{"key": "value"}`)
	email := box.take(t, execution)
	s.open(t, email.link(t, "/approve"), http.StatusOK, "Workflow approved successfully")
	got := wait(t, execution)
	var output struct {
		Input    any
		Approval struct{ Status string }
	}
	if err := json.Unmarshal([]byte(got.Output), &output); err != nil {
		t.Fatalf("execution = %+v: %v", got, err)
	}
	if got.Status != "SUCCEEDED" || output.Approval.Status != "approved" {
		t.Errorf("execution = %+v, want SUCCEEDED and approved", got)
	}
	if diff := cmp.Diff(map[string]any{"key": "value"}, output.Input); diff != "" {
		t.Errorf("input in the output (-want +got):\n%s", diff)
	}
	s.open(t, email.link(t, "/reject"), http.StatusConflict, "approved before")
}

func reject(t *testing.T, s *stack, box mailbox) {
	execution := s.start(t, `[]`)
	email := box.take(t, execution)
	s.open(t, email.link(t, "/reject"), http.StatusOK, "Workflow rejected")
	wait(t, execution).checkFailed(t, "Rejected", "")
	s.open(t, email.link(t, "/reject"), http.StatusConflict, "rejected before")
}

func stop(t *testing.T, s *stack, box mailbox) {
	execution := s.start(t, `{}`)
	email := box.take(t, execution)
	aws(t, nil, "stepfunctions", "stop-execution", "--execution-arn", execution)
	s.open(t, email.link(t, "/approve"), http.StatusGone, "stopped")
}
