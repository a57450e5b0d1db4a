package main

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"approval-workflow/handler/approval"
)

// ofOutcomes are the flags of a local run where two of three approvers have to agree.
func ofOutcomes(outcomes string) []string { return append(ofThree(2), "-outcomes", outcomes) }

// stop stops an execution with a cause.
func (r *localRun) stop(executionARN, cause string) {
	r.t.Helper()
	_, err := r.sfn.StopExecution(r.t.Context(), &sfn.StopExecutionInput{ExecutionArn: &executionARN, Cause: aws.String(cause)})
	if err != nil {
		r.t.Fatal(err)
	}
}

// approveTwice approves for ada and cleo.
func approveTwice(r *localRun, executionARN string) {
	r.click(get, r.link(ada, executionARN, approval.Approve), http.StatusOK)
	r.click(get, r.link(cleo, executionARN, approval.Approve), http.StatusOK)
}

// noticeTests are executions with what everybody hears of their ends. Each subject is given by its beginning.
var noticeTests = []struct {
	name string
	args []string
	end  func(r *localRun, executionARN string)
	want []notice
	text string // in every notice
}{
	{"approved", ofThree(2), approveTwice, []notice{
		{"outcome", toTeam, "Approved: "}, {"receipt", ada, "You approved: "}, {"receipt", cleo, "You approved: "},
	}, "Approved:   by " + cleo},
	{"approved, all", ofOutcomes("all"), approveTwice, []notice{
		{"outcome", bob, "Approved: "}, {"outcome", toTeam, "Approved: "},
		{"receipt", ada, "You approved: "}, {"receipt", cleo, "You approved: "},
	}, "Approved:   by " + ada},
	{"approved, none", ofOutcomes("none"), approveTwice, []notice{{"outcome", toTeam, "Approved: "}}, "Approved:   by " + ada},
	{"rejected after an approval", ofOutcomes("all"), func(r *localRun, executionARN string) {
		r.click(get, r.link(ada, executionARN, approval.Approve), http.StatusOK)
		r.click(get, r.link(bob, executionARN, approval.Reject), http.StatusOK)
	}, []notice{
		{"outcome", cleo, "Rejected: "}, {"outcome", toTeam, "Rejected: "},
		{"receipt", ada, "You approved: "}, {"receipt", bob, "You rejected: "},
	}, "Rejected:   by " + bob},
	{"expired", ofOutcomes("all"), func(*localRun, string) { time.Sleep(24 * time.Hour) }, []notice{
		{"outcome", ada, "Expired: "}, {"outcome", bob, "Expired: "}, {"outcome", cleo, "Expired: "},
		{"outcome", toTeam, "Expired: "},
	}, "Nobody decided"},
	{"stopped", ofOutcomes("all"), func(r *localRun, executionARN string) { r.stop(executionARN, "A \"typo\"\nof ours") }, []notice{
		{"outcome", ada, "Withdrawn: "}, {"outcome", bob, "Withdrawn: "}, {"outcome", cleo, "Withdrawn: "},
		{"outcome", toTeam, "Withdrawn: "},
	}, "\nCause:\n\n> A \"typo\"\n> of ours\n"},
	{"not sent", []string{"-approvers", ada}, func(*localRun, string) {}, []notice{
		{"failure", toOperators, "Not sent: "}, {"outcome", toTeam, "Not sent: "},
	}, "start a new execution"},
}

func TestNotices(t *testing.T) {
	for _, test := range noticeTests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := start(t, test.args...)
				input := objectInput
				if test.name == "not sent" {
					input = `{"subject":"Release 1.4.2","requester":"` + ada + `"}`
				}
				arn := r.startNamedExecution("release-1.4.2", input)
				synctest.Wait()
				if test.name != "not sent" {
					r.checkNotices(arn, nil)
				}
				test.end(r, arn)
				var want []notice
				for _, each := range test.want {
					each.Subject += "Release 1.4.2 [approval-workflow]"
					want = append(want, each)
				}
				r.checkNotices(arn, want, test.text, "Execution:  release-1.4.2\n")
				r.checkNoSecrets()
				r.checkOutcomes("reported")
			})
		})
	}
}

// TestNoticesDoNotWait checks that no notice is taken for an e-mail that asks, also if it is newer.
func TestNoticesDoNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, ofGroups...)
		waiting, other := r.startExecution(`{}`), r.startExecution(`{"group": "on-call"}`)
		r.click(get, r.link(cleo, other, approval.Approve), http.StatusOK)
		for _, email := range r.notices(other) {
			if email.Group != "on-call" {
				t.Errorf("the notice to %s is about the group %q", email.To, email.Group)
			}
		}
		latest := r.click(get, r.address+"/emails/latest", http.StatusOK)
		if want := r.emailsTo("", waiting, 2); !strings.HasSuffix(latest.body, want[1].Body+"\n") {
			t.Error("the latest e-mail is not the newest that waits")
		}
		r.stop(waiting, "")
		if got := r.notices(waiting); len(got) != 1 {
			t.Errorf("%d notices, want 1", len(got))
		}
		r.click(get, r.address+"/emails/latest", http.StatusNotFound)
	})
}

// TestKinds checks that a reminder is told from a request, and that JSON has links for e-mails that ask only.
func TestKinds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, "-timeout", "24h", "-reminders", "1")
		r.startExecution(objectInput)
		time.Sleep(25 * time.Hour)
		var got []map[string]any
		r.get("/emails", &got)
		for i, want := range []string{"request", "reminder", "outcome"} {
			if len(got) != 3 || got[i]["kind"] != want {
				t.Fatalf("e-mails = %v, want a %s at %d of 3", got, want, i)
			}
			for _, link := range []string{"approve", "reject"} {
				if _, has := got[i][link]; has != (want != "outcome") {
					t.Errorf("the %s has a link to %s: %t", want, link, has)
				}
			}
		}
	})
}

// TestLateClickLearnsTheCause checks that a click on a request that was withdrawn says why.
func TestLateClickLearnsTheCause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t)
		arn := r.startExecution(objectInput)
		link := r.link(anybody, arn, approval.Approve)
		r.stop(arn, "Typo <b>")
		page := r.request(get, link, http.Header{
			"Accept": {"text/html"}, "Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Dest": {"document"}, "Accept-Language": {"en"}})
		if page.status != http.StatusGone || !strings.Contains(page.body, "Typo &lt;b&gt;") {
			t.Errorf("answer = %d %s, want %d with the cause", page.status, page.body, http.StatusGone)
		}
	})
}
