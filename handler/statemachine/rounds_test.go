package statemachine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/approval/approvaltest"
	"approval-workflow/handler/statemachine/asl"
)

// TestSchedule checks that an e-mail begins each interval, and that the request expires with the last one.
func TestSchedule(t *testing.T) {
	for _, test := range scheduleTests {
		t.Run(fmt.Sprintf("%s with %d reminders", test.timeout, test.reminders), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got := run(t, 1, mustSchedule(test.timeout, test.reminders), testInput, answer())
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

var scheduleTests = []struct {
	timeout   time.Duration
	reminders int
	interval  time.Duration
	duration  time.Duration
	text      string // of the duration
}{
	{24 * time.Hour, 0, 24 * time.Hour, 24 * time.Hour, "24h"},
	{36*time.Hour + 30*time.Minute, 0, 36*time.Hour + 30*time.Minute, 36*time.Hour + 30*time.Minute, "36h30m"},
	{24 * time.Hour, 2, 28799 * time.Second, 24*time.Hour - time.Second, "23h59m59s"},
	{time.Hour + time.Second, 1, 30 * time.Minute, time.Hour + time.Second, "1h0m1s"},
	{90 * time.Second, 1, 44 * time.Second, 89 * time.Second, "1m29s"},
	{21 * time.Second, 10, time.Second, 21 * time.Second, "21s"},
}

// TestSpread checks that requests which start together come at random seconds within the spread, that the wait is not part of the
// round, and that the reminders and the end are as far apart as the first e-mails.
func TestSpread(t *testing.T) {
	const spread, executions = 30 * time.Second, 1000
	seconds := map[time.Duration]int{}
	for range executions {
		synctest.Test(t, func(t *testing.T) {
			got := runSpread(t, spread, 1, day, testInput, answer())
			wait := got.times[0]
			seconds[wait]++
			want := []time.Duration{wait, wait + 8*time.Hour, wait + 16*time.Hour}
			if diff := cmp.Diff(want, got.times); diff != "" || got.waited != wait+day.Duration() {
				t.Errorf("e-mails (-want +got):\n%send after %s, want %s", diff, got.waited, wait+day.Duration())
			}
			if entered := got.requests[0].EnteredAt.Sub(newBubble); entered != wait {
				t.Errorf("the round began after %s, want %s", entered, wait)
			}
		})
	}
	for i := range 30 { // a correct definition leaves out a second in less than one of a trillion runs
		if seconds[time.Duration(i)*time.Second] == 0 {
			t.Errorf("none of %d first e-mails came after %d s: %v", executions, i, seconds)
		}
	}
	if len(seconds) > 30 {
		t.Errorf("first e-mails came after %v, want whole seconds below %s", seconds, spread)
	}
}

// TestFurtherRoundsDoNotWait checks that an approval is followed by the next round at once.
func TestFurtherRoundsDoNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := runSpread(t, approval.MaxSpread, 2, day, testInput, answer(pending, both))
		if got.output == "" || len(got.times) != 2 || got.times[0] != got.times[1] {
			t.Errorf("requests after %v, output = %q, want two at the same time", got.times, got.output)
		}
	})
}

// TestRequest checks the payload of the first e-mail and of a reminder.
func TestRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := run(t, 3, day, testInput, answer())
		for i := range got.requests {
			if got.requests[i].TaskToken == "" || i > 0 && got.requests[i].TaskToken == got.requests[i-1].TaskToken {
				t.Errorf("request %d has no task token of its own", i)
			}
			want := approval.Request{
				TaskToken: got.requests[i].TaskToken,
				Execution: approval.WaitingExecution{ARN: testExecution, Name: "release-42", StartedAt: newBubble},
				Input:     []byte(testInput), Approvals: []approval.Record{}, ApprovalsNeeded: 3, Groups: testGroups, EnteredAt: newBubble,
				Schedule: day, RetryCount: i,
			}
			if diff := cmp.Diff(want, got.requests[i]); diff != "" {
				t.Errorf("request %d (-want +got):\n%s", i, diff)
			}
		}
	})
}

// sentRequest is what differs between the requests of an execution. The times count from the start.
type sentRequest struct {
	Sent, Entered         time.Duration
	RetryCount, Approvals int
}

// TestRoundsBeginAgain checks that the schedule begins again with an approval, which comes 2 hours after the first reminder.
func TestRoundsBeginAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := run(t, 2, day, testInput, func(n int, tasks *asl.Tasks, request approval.Request) error {
			if n == 1 {
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
			{0, 0, 0, 0}, {8 * time.Hour, 0, 1, 0},
			{begin, begin, 0, 1}, {begin + 8*time.Hour, begin, 1, 1}, {begin + 16*time.Hour, begin, 2, 1},
		}
		if diff := cmp.Diff(want, sent); diff != "" {
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
		got := run(t, 2, day, testInput, func(n int, tasks *asl.Tasks, request approval.Request) error {
			if n == failures {
				return tasks.Succeed(string(request.TaskToken), []byte(pending))
			}
			return &asl.Error{Name: "NotificationUnavailableError"}
		})
		if want := failures + 1 + 1 + len(longestDelays); got.failure.Name != "NotSent" || len(got.requests) != want {
			t.Errorf("error = %s after %d requests, want NotSent after %d", got.failure.Name, len(got.requests), want)
		}
	})
}

// TestDecisionsAgree checks that the definition and the fake of package approvaltest come to the same end by the results
// of the code, and that an execution takes no more and no fewer decisions than it needs.
func TestDecisionsAgree(t *testing.T) {
	tests := []struct {
		name      string
		needed    int
		decisions []approval.Decision
		error     string
	}{
		{"1 of 1", 1, []approval.Decision{approval.Approve}, ""},
		{"2 of 2", 2, []approval.Decision{approval.Approve, approval.Approve}, ""},
		{"3 of 3", 3, []approval.Decision{approval.Approve, approval.Approve, approval.Approve}, ""},
		{"1 approval is missing", 3, []approval.Decision{approval.Approve, approval.Approve}, "Expired"},
		{"rejected at once", 2, []approval.Decision{approval.Reject}, "Rejected"},
		{"rejected by the last approver", 3, []approval.Decision{approval.Approve, approval.Approve, approval.Reject}, "Rejected"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDeciders(test.decisions)
				got := run(t, test.needed, day, testInput, d.invoke)
				if got.failure.Name != test.error {
					t.Fatalf("error = %v, want %q", got.failure, test.error)
				}
				if len(d.decisions) > 0 {
					t.Errorf("the execution ended before %d of the decisions", len(d.decisions))
				}
				if test.error != "Expired" { // the fake ends only by a decision
					d.checkEnd(t, got)
				}
			})
		})
	}
}

// deciders play approvers who decide at once, one after another.
type deciders struct {
	fake      *approvaltest.Fake
	service   *approval.Service
	approvers []string
	decisions []approval.Decision // that are left
}

func newDeciders(decisions []approval.Decision) *deciders {
	d := &deciders{decisions: decisions}
	for i := range decisions {
		d.approvers = append(d.approvers, fmt.Sprintf("approver%d@example.com", i))
	}
	d.fake = approvaltest.New(d.approvers...)
	d.service = approval.NewService(approval.Config{Approvers: d.approvers}, d.fake.Ports())
	return d
}

// invoke makes the next approver decide, and answers the task with the result that the code sends.
func (d *deciders) invoke(_ int, tasks *asl.Tasks, request approval.Request) error {
	if len(d.decisions) == 0 {
		return nil
	}
	d.fake.Start(request)
	_, err := d.service.Decide(context.Background(), approval.Click{
		Link: approval.Link{
			Execution: approval.ExecutionRef{
				StateMachine: "approval", Name: request.Execution.Name, StartedAt: request.Execution.StartedAt},
			Approver: d.approvers[len(request.Approvals)],
		},
		Decision: d.decisions[0],
	})
	if err != nil {
		return err
	}
	d.decisions = d.decisions[1:]
	answers := d.fake.Answers()
	return tasks.Succeed(string(request.TaskToken), []byte(answers[len(answers)-1].Output))
}

// checkEnd compares the end of an execution with that of the fake.
func (d *deciders) checkEnd(t *testing.T, got end) {
	t.Helper()
	fake := d.fake.Execution("release-42")
	if diff := cmp.Diff([]string{fake.Error, fake.Cause}, []string{got.failure.Name, got.failure.Cause}); diff != "" {
		t.Errorf("error and cause (-fake +definition):\n%s", diff)
	}
	if got.output == "" && fake.Output == "" {
		return
	}
	var fakeOutput, output any
	if err := errors.Join(json.Unmarshal([]byte(fake.Output), &fakeOutput), json.Unmarshal([]byte(got.output), &output)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(fakeOutput, output); diff != "" {
		t.Errorf("output (-fake +definition):\n%s", diff)
	}
}
