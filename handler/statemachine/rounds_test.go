package statemachine_test

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/local/asl"
	"approval-workflow/handler/statemachine/statemachinetest"
)

// sentRequest is what differs between the requests of an execution. The times count from the start.
type sentRequest struct {
	sent, entered time.Duration
	retryCount    int
	approvals     int // so far
}

// TestRoundsBeginAgain checks that the schedule begins again with an approval, which comes 2 hours after the first reminder.
func TestRoundsBeginAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := runNeeding(t, 2, day, testInput, func(tasks *asl.Tasks, request approval.Request) error {
			if len(request.Approvals) == 0 && request.RetryCount == 1 {
				time.AfterFunc(2*time.Hour, func() { _ = tasks.Succeed(string(request.TaskToken), []byte(pending)) })
			}
			return nil
		})
		var sent []sentRequest
		for i, request := range got.requests {
			sent = append(sent, sentRequest{
				got.times[i], request.EnteredAt.Sub(newBubble), request.RetryCount, len(request.Approvals)})
		}
		const begin = 10 * time.Hour // of the second round
		want := []sentRequest{
			{sent: 0, entered: 0, retryCount: 0, approvals: 0},
			{sent: 8 * time.Hour, entered: 0, retryCount: 1, approvals: 0},
			{sent: begin, entered: begin, retryCount: 0, approvals: 1},
			{sent: begin + 8*time.Hour, entered: begin, retryCount: 1, approvals: 1},
			{sent: begin + 16*time.Hour, entered: begin, retryCount: 2, approvals: 1},
		}
		if diff := cmp.Diff(want, sent, cmp.AllowUnexported(sentRequest{})); diff != "" {
			t.Errorf("requests (-want +got):\n%s", diff)
		}
		if want := begin + day.Duration(); got.failure.Name != "Expired" || got.waited != want {
			t.Errorf("error = %s after %s, want Expired after %s", got.failure.Name, got.waited, want)
		}
	})
}

// TestRetriesBeginAgain checks that the retries of the first round do not count in the second one.
func TestRetriesBeginAgain(t *testing.T) {
	const failures = 3 // in the first round
	synctest.Test(t, func(t *testing.T) {
		var invocations atomic.Int32
		got := runNeeding(t, 2, day, testInput, func(tasks *asl.Tasks, request approval.Request) error {
			if invocations.Add(1) == failures+1 {
				return statemachinetest.Answer(pending)(tasks, request)
			}
			return statemachinetest.FailWith("NotificationUnavailableError")(tasks, request)
		})
		if want := failures + 1 + 1 + len(longestDelays); got.failure.Name != "NotSent" || len(got.requests) != want {
			t.Errorf("error = %s after %d requests, want NotSent after %d", got.failure.Name, len(got.requests), want)
		}
	})
}
