package main

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
)

func TestMailboxRefusesWhatSNSRefuses(t *testing.T) {
	check := func(subject, body string, accepted bool) {
		t.Helper()
		m := &mailbox{}
		err := m.Notify(t.Context(), approval.Email{To: ada, Subject: subject, Body: body})
		err2 := m.Announce(t.Context(), approval.Notice{Audience: approval.AudienceTeam, Subject: subject, Body: body})
		if (err == nil) != accepted || (err2 == nil) != accepted || (len(m.emails) == 2) != accepted {
			t.Errorf("%d e-mails with subject %.150q, errors = %v and %v, accepted should be %t", len(m.emails), subject, err, err2, accepted)
		}
	}
	for subject, accepted := range map[string]bool{
		"Genehmigung für 日本 ✅": true, strings.Repeat("x", 99): true, strings.Repeat("😀", 49) + "x": true,
		"": false, strings.Repeat("x", 100): false, strings.Repeat("😀", 50): false, "a\xff": false, " a": false,
		"a\u2028b": false, "a\u0085b": false, "a\nb": false, "a\x7f": false, // a line separator and control characters
	} {
		check(subject, "body", accepted)
	}
	check("a", strings.Repeat("x", 262_144), true)
	check("a", strings.Repeat("x", 262_145), false)
	check("a", "", false)
}

// linkStates returns why the links about an execution are closed, by approver: to approve and to reject.
func (r *localRun) linkStates(executionARN string) map[string][2]string {
	r.t.Helper()
	states := map[string][2]string{}
	for _, email := range r.emailsTo("", executionARN, 1) {
		if !strings.Contains(email.Body, "\n"+email.Approve.URL+"\n") || !strings.Contains(email.Body, "\n"+email.Reject.URL+"\n") {
			r.t.Errorf("the e-mail to %s does not contain its links", email.To)
		}
		states[email.To] = [2]string{email.Approve.Closed, email.Reject.Closed}
	}
	return states
}

// TestLinksClose follows the links of a request to two approvers from its start to its end.
func TestLinksClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, "-approvers", ada+","+bob, "-approvals", "2")
		check := func(when, executionARN string, want map[string][2]string) {
			t.Helper()
			if diff := cmp.Diff(want, r.linkStates(executionARN)); diff != "" {
				t.Errorf("%s, the links are closed because (-want +got):\n%s", when, diff)
			}
		}
		works, ended := [2]string{}, [2]string{"the execution has ended", "the execution has ended"}
		other, arn := r.startExecution(`{}`), r.startNamedExecution("größe+100-x=y", `{}`)
		r.emailsTo("", other, 2)
		r.emailsTo("", arn, 2)
		check("at the start", arn, map[string][2]string{ada: works, bob: works})
		r.click(get, r.link(bob, arn, approval.Approve), http.StatusOK)
		synctest.Wait()
		check("after an approval", arn, map[string][2]string{ada: works, bob: {"this approver has approved", ""}})
		r.click(get, r.link(ada, arn, approval.Reject), http.StatusOK)
		r.checkEnd(arn, "Rejected", ada)
		check("at the end", arn, map[string][2]string{ada: ended, bob: ended})
		check("of the other execution", other, map[string][2]string{ada: works, bob: works})
	})
}

// TestEmails checks that the mailbox begins empty and lists the newest e-mail last, and that no e-mail leads to the AWS
// console, which does not have the execution.
func TestEmails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t)
		if got := r.emails(); got == nil || len(got) != 0 {
			t.Errorf("e-mails = %v, want an empty list", got)
		}
		var want, got []string
		for _, input := range []string{`1`, `2`} {
			want = append(want, r.startExecution(input))
			r.emailsTo("", want[len(want)-1], 1)
		}
		for _, email := range r.emails() {
			got = append(got, email.ExecutionARN)
			if email.To != anybody || strings.Contains(email.Body, "console") || time.Since(email.ReceivedAt) > time.Minute {
				t.Errorf("the e-mail is for %s, has a link to the AWS console, or came at %s", email.To, email.ReceivedAt)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("executions of the e-mails (-want +got):\n%s", diff)
		}
		latest := r.click(get, r.address+"/emails/latest", http.StatusOK)
		if newest := r.emails()[1]; !strings.HasSuffix(latest.body, newest.Body+"\n") {
			t.Error("the latest e-mail is not the newest")
		}
	})
}

// latestEmail is what GET /emails/latest returns, with the approver and the link to approve as groups.
var latestEmail = regexp.MustCompile(`^To:         (\S+)\nSubject: (?s:.*)\n(http\S*/approve\?\S*)\n`)

// TestLatest checks that the newest e-mail that can still approve leads from one approval to the next.
func TestLatest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, "-approvers", ada+","+bob, "-approvals", "2")
		if got := r.click(get, r.address+"/emails/latest", http.StatusNotFound); !strings.Contains(got.body, "Start an execution") {
			t.Errorf("without an e-mail: %s", got.body)
		}
		arn := r.startExecution(objectInput)
		r.emailsTo("", arn, 2)
		asked := map[string]bool{}
		for range 2 {
			got := r.click(get, r.address+"/emails/latest", http.StatusOK)
			if got.header.Get("Content-Type") != "text/plain; charset=utf-8" {
				t.Errorf("Content-Type = %s", got.header.Get("Content-Type"))
			}
			email := latestEmail.FindStringSubmatch(got.body)
			if email == nil {
				t.Fatal("the answer is not an e-mail with a link")
			}
			asked[email[1]] = true
			r.click(get, email[2], http.StatusOK)
			synctest.Wait()
		}
		if !asked[ada] || !asked[bob] {
			t.Errorf("the e-mails are for %v", asked)
		}
		if failure, records := r.end(arn); failure != "" || len(records) != 2 {
			t.Errorf("error = %q after %d approvals, want none after 2", failure, len(records))
		}
		r.click(get, r.address+"/emails/latest", http.StatusNotFound)
	})
}
