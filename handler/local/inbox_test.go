package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
)

// linkStates returns why the links about an execution are closed, by approver: to approve and to reject.
func (r *localRun) linkStates(executionARN string) map[string][2]string {
	r.t.Helper()
	var listed []listedMail
	if err := json.Unmarshal([]byte(r.request(http.MethodGet, r.address+"/emails", nil).body), &listed); err != nil {
		r.t.Fatal(err)
	}
	states := map[string][2]string{}
	for _, email := range listed {
		for _, link := range []mailLink{email.Approve, email.Reject} {
			if !strings.Contains(email.Body, "\n"+link.URL+"\n") {
				r.t.Errorf("the e-mail to %s does not contain its link", email.To)
			}
		}
		if email.ExecutionARN == executionARN {
			states[email.To] = [2]string{email.Approve.Closed, email.Reject.Closed}
		}
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
		works, ended := [2]string{}, [2]string{closedByEnd, closedByEnd}
		other, arn := r.startExecution(`{}`), r.startNamedExecution("größe+100-x=y", `{}`)
		r.emailsTo("", other, 2)
		r.emailsTo("", arn, 2)
		check("at the start", arn, map[string][2]string{ada: works, bob: works})
		r.click(http.MethodGet, r.linkTo(bob, arn, approval.Approve), http.StatusOK)
		synctest.Wait()
		check("after an approval", arn, map[string][2]string{ada: works, bob: {closedByApproval, ""}})
		r.click(http.MethodGet, r.linkTo(ada, arn, approval.Reject), http.StatusOK)
		r.describeEnded(arn)
		check("at the end", arn, map[string][2]string{ada: ended, bob: ended})
		check("of the other execution", other, map[string][2]string{ada: works, bob: works})
	})
}

// TestLatest checks that the newest e-mail that can still approve leads from one approval to the next.
func TestLatest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, "-approvers", ada+","+bob, "-approvals", "2")
		latest := func() response { return r.request(http.MethodGet, r.address+"/emails/latest", nil) }
		if got := latest(); got.status != http.StatusNotFound || !strings.Contains(got.body, "Start an execution") {
			t.Errorf("without an e-mail: %d %s", got.status, got.body)
		}
		arn := r.startExecution(objectInput)
		r.emailsTo("", arn, 2)
		asked := map[string]bool{}
		for range 2 {
			got := latest()
			to, _, _ := strings.Cut(strings.TrimPrefix(got.body, "To:         "), "\n")
			asked[to] = true
			if got.status != http.StatusOK || got.header.Get("Content-Type") != "text/plain; charset=utf-8" {
				t.Errorf("answer = %d %s", got.status, got.header.Get("Content-Type"))
			}
			r.click(http.MethodGet, r.link(mail{Body: got.body}, approval.Approve), http.StatusOK)
			synctest.Wait()
		}
		if !asked[ada] || !asked[bob] {
			t.Errorf("the e-mails are for %v", asked)
		}
		r.describeEnded(arn)
		if got := latest(); got.status != http.StatusNotFound {
			t.Errorf("after the end: %d", got.status)
		}
	})
}

// TestEmailsLeaveOutTheConsole checks that no e-mail leads to an execution that AWS does not have.
func TestEmailsLeaveOutTheConsole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t)
		if body := r.email(r.startExecution(`{}`)).Body; strings.Contains(body, "console") {
			t.Error("the e-mail has a link to the AWS console")
		}
	})
}
