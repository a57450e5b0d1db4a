package main

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
)

func TestExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, "-timeout", "36h")
		arn := r.startExecution(objectInput)
		link := r.link(anybody, arn, approval.Approve)
		time.Sleep(36*time.Hour - time.Second)
		r.checkRunning(arn, "a second before the timeout")
		time.Sleep(time.Second)
		r.checkEnd(arn, "Expired")
		r.click(get, link, http.StatusGone)
		r.checkNoSecrets()
	})
}

// TestReminder checks that a reminder leaves the links of the first e-mail as they are: those of either e-mail decide.
func TestReminder(t *testing.T) {
	for number, name := range []string{"first e-mail", "reminder"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := start(t, "-timeout", "24h", "-reminders", "1")
				arn := r.startExecution(objectInput)
				time.Sleep(12 * time.Hour)
				emails := r.emailsTo("", arn, 2)
				if want := "Reminder: approve? Release 1.4.2 [approval-workflow]"; emails[1].Subject != want {
					t.Errorf("subject = %s, want %s", emails[1].Subject, want)
				}
				r.click(get, emails[number].Approve.URL, http.StatusOK)
				r.checkEnd(arn, "", anybody)
				for _, email := range emails {
					r.click(get, email.Reject.URL, http.StatusConflict)
				}
				r.checkNoSecrets()
			})
		})
	}
}

// TestRemindersAfterApproval checks that the wait begins again with an approval, that the reminders go only to those who
// have not approved, and that their first links still work.
func TestRemindersAfterApproval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, append(ofThree(2), "-timeout", "24h", "-reminders", "1")...)
		arn := r.startExecution(objectInput)
		first := r.link(bob, arn, approval.Approve)
		time.Sleep(11 * time.Hour)
		r.click(get, r.link(ada, arn, approval.Approve), http.StatusOK)
		time.Sleep(12*time.Hour - time.Minute)
		if got := len(r.emails()); got != 3 {
			t.Errorf("%d e-mails before the reminders, want 3", got)
		}
		time.Sleep(2 * time.Minute)
		got := map[string]int{}
		for _, email := range r.emailsTo("", arn, 5) {
			got[email.To]++
		}
		if diff := cmp.Diff(map[string]int{ada: 1, bob: 2, cleo: 2}, got); diff != "" {
			t.Errorf("e-mails by approver (-want +got):\n%s", diff)
		}
		r.click(get, first, http.StatusOK)
		r.checkEnd(arn, "", ada, bob)
		r.checkNoSecrets()
	})
}

// TestClickBetweenIntervals checks that a click waits for the next task if it comes between two intervals.
func TestClickBetweenIntervals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, "-timeout", "24h", "-reminders", "1")
		arn := r.startExecution(objectInput)
		link, begun := r.link(anybody, arn, approval.Approve), aws.ToTime(r.describe(arn).StartDate)
		time.Sleep(time.Until(begun.Add(12*time.Hour - 600*time.Millisecond)))
		if got := r.emails(); len(got) != 1 || got[0].Approve.Closed != "" {
			t.Errorf("%d e-mails before the click, want 1 whose links work", len(got))
		}
		clicked := time.Now()
		r.click(get, link, http.StatusOK)
		if waited := time.Since(clicked); waited < 500*time.Millisecond || waited > 1500*time.Millisecond {
			t.Errorf("the answer took %s, want as long as the rest of the pause and the end of the execution", waited)
		}
		r.checkEnd(arn, "", anybody)
	})
}
