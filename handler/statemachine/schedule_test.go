package statemachine_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/statemachine/statemachinetest"
)

var scheduleTests = []struct {
	timeout   time.Duration
	reminders int
	interval  time.Duration
	duration  time.Duration
	text      string // of the duration
}{
	{timeout: 24 * time.Hour, interval: 24 * time.Hour, duration: 24 * time.Hour, text: "24h"},
	{timeout: 36*time.Hour + 30*time.Minute, interval: 36*time.Hour + 30*time.Minute,
		duration: 36*time.Hour + 30*time.Minute, text: "36h30m"},
	{timeout: 24 * time.Hour, reminders: 2, interval: 28799 * time.Second, duration: 24*time.Hour - time.Second,
		text: "23h59m59s"},
	{timeout: time.Hour + time.Second, reminders: 1, interval: 30 * time.Minute, duration: time.Hour + time.Second,
		text: "1h0m1s"},
	{timeout: 90 * time.Second, reminders: 1, interval: 44 * time.Second, duration: 89 * time.Second, text: "1m29s"},
	{timeout: 21 * time.Second, reminders: 10, interval: time.Second, duration: 21 * time.Second, text: "21s"},
}

// TestSchedule checks that an e-mail begins each interval, and that the request expires with the last one.
func TestSchedule(t *testing.T) {
	for _, test := range scheduleTests {
		t.Run(fmt.Sprintf("%s with %d reminders", test.timeout, test.reminders), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got := run(t, mustSchedule(test.timeout, test.reminders), testInput, statemachinetest.AskNobody)
				var want []time.Duration
				for i := range test.reminders + 1 {
					want = append(want, time.Duration(i)*(test.interval+time.Second))
				}
				if diff := cmp.Diff(want, got.times); diff != "" {
					t.Errorf("e-mails (-want +got):\n%s", diff)
				}
				if got.waited != test.duration {
					t.Errorf("expired after %s, want %s", got.waited, test.duration)
				}
				cause := fmt.Sprintf("Nobody decided within %s (reminders: %d)", test.text, test.reminders)
				if !strings.HasPrefix(got.failure.Cause, cause) {
					t.Errorf("cause = %s, want %s", got.failure.Cause, cause)
				}
			})
		})
	}
}

// newBubble is the time in a new synctest bubble.
var newBubble = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// TestRequest checks the payload of the first e-mail and of a reminder.
func TestRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := runNeeding(t, 3, day, testInput, statemachinetest.AskNobody)
		for i := range got.requests {
			if got.requests[i].TaskToken == "" || i > 0 && got.requests[i].TaskToken == got.requests[i-1].TaskToken {
				t.Errorf("request %d has no task token of its own", i)
			}
			want := approval.Request{
				Execution: approval.WaitingExecution{
					ARN: testExecution, Name: "release-42", StartedAt: newBubble,
				},
				Input: []byte(testInput), Approvals: []approval.Record{}, ApprovalsNeeded: 3, EnteredAt: newBubble,
				Schedule: day, RetryCount: i,
			}
			got.requests[i].TaskToken = ""
			if diff := cmp.Diff(want, got.requests[i]); diff != "" {
				t.Errorf("request %d (-want +got):\n%s", i, diff)
			}
		}
	})
}
