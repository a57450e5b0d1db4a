package adapter_test

import (
	"io"
	"strings"
	"testing"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/approval/approvaltest"
)

const ann = "ann@example.com"

// TestTwoApprovals takes a request that two approvers have to approve from the first task to the end.
func TestTwoApprovals(t *testing.T) {
	fake := approvaltest.New(jo, ann)
	payload := readTask(t, map[string]any{"approvalsNeeded": 2})
	start(t, fake, payload)
	links := send(t, fake, payload) // to approve and to reject: jo's first
	if len(links) != 4 || links[0].approver != links[1].approver || links[1].approver == links[2].approver {
		t.Fatalf("%d links, want two for each approver", len(links))
	}
	checkClick(t, fake, links[0], 200, "<h1>Your approval counts</h1>")
	if further := send(t, fake, furtherRound(t, fake, 0)); len(further) != 0 {
		t.Errorf("%d links after the first approval, want none", len(further))
	}
	checkClick(t, fake, links[0], 409, "<h1>Your approval counts</h1>")
	reminder := send(t, fake, furtherRound(t, fake, 1))
	if len(reminder) != 2 || reminder[0].approver != links[2].approver {
		t.Fatalf("%d links in the reminder, want two for the approver who has not decided", len(reminder))
	}
	checkClick(t, fake, reminder[0], 200, "<h1>Approved</h1>")
	checkClick(t, fake, links[3], 409, "<h1>Already approved</h1>")
	if got := fake.Execution("release-42").Status; got != approval.StatusSucceeded {
		t.Errorf("the execution is %s, want SUCCEEDED", got)
	}
}

// checkClick checks the status of a click and a part of its page.
func checkClick(t *testing.T, fake *approvaltest.Fake, l link, status int, part string) {
	t.Helper()
	response := invoke(t, newHandler(fake, io.Discard), clickOn(t, l.path, l.query))
	if response.StatusCode != status || !strings.Contains(response.Body, part) {
		t.Errorf("status = %d, want %d and a page with %s", response.StatusCode, status, part)
	}
}

// furtherRound returns the payload of the task that waits now. It began a day ago.
func furtherRound(t *testing.T, fake *approvaltest.Fake, retryCount int) []byte {
	t.Helper()
	request := fake.Execution("release-42").Request
	return readTask(t, map[string]any{
		"taskToken": string(request.TaskToken), "approvals": request.Approvals, "approvalsNeeded": 2, "retryCount": retryCount,
		"enteredAt": "2000-01-01T00:00:00Z", "schedule": map[string]any{"intervalSeconds": 3600, "pauseSeconds": 1, "reminders": 1},
	})
}
