package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"approval-workflow/handler/approval"
)

const (
	ada  = "ada@example.com"
	bob  = "bob@example.com"
	cleo = "cleo@example.com"
)

// ofThree are the flags of a local run with three approvers.
func ofThree(approvals int) []string {
	return []string{"-approvers", ada + "," + bob + "," + cleo, "-approvals", fmt.Sprint(approvals)}
}

// linkTo returns the link in an approver's first e-mail about an execution.
func (r *localRun) linkTo(approver, executionARN string, decision approval.Decision) string {
	r.t.Helper()
	return r.link(r.emailsTo(approver, executionARN, 1)[0], decision)
}

// checkAnswer checks that an answer contains a text.
func checkAnswer(t *testing.T, got response, want string) {
	t.Helper()
	if !strings.Contains(got.body, want) {
		t.Errorf("answer = %s, want one that contains %q", got.body, want)
	}
}

func TestOneOfThree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, ofThree(1)...)
		arn := r.startExecution(objectInput)
		for _, approver := range []string{ada, bob, cleo} {
			email := r.emailsTo(approver, arn, 1)[0]
			if !strings.Contains(email.Body, "Approver:   "+approver+"\n") {
				t.Errorf("the e-mail to %s does not name its approver", approver)
			}
		}
		got := r.click(http.MethodGet, r.linkTo(bob, arn, approval.Approve), http.StatusOK)
		checkAnswer(t, got, approval.Approve.Message)
		checkApprovedOutput(t, aws.ToString(r.describeEnded(arn).Output), objectInput, bob)
		got = r.click(http.MethodGet, r.linkTo(ada, arn, approval.Reject), http.StatusConflict)
		checkAnswer(t, got, "approved before")
		if got := len(r.emails()); got != 3 {
			t.Errorf("%d e-mails, want 3", got)
		}
		r.checkNoSecrets()
	})
}

func TestTwoOfThree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, ofThree(2)...)
		arn := r.startExecution(objectInput)
		got := r.click(http.MethodGet, r.linkTo(cleo, arn, approval.Approve), http.StatusOK)
		checkAnswer(t, got, "1 more approval is needed")
		if got := r.describe(arn).Status; got != types.ExecutionStatusRunning {
			t.Errorf("after one approval, the status is %s", got)
		}
		got = r.click(http.MethodGet, r.linkTo(ada, arn, approval.Approve), http.StatusOK)
		if want := "{\"message\":\"Workflow approved successfully\"}\n"; got.body != want {
			t.Errorf("body = %s, want %s", got.body, want)
		}
		checkApprovedOutput(t, aws.ToString(r.describeEnded(arn).Output), objectInput, cleo, ada)
		if got := len(r.emails()); got != 3 {
			t.Errorf("%d e-mails, want 3: an approval sends none", got)
		}
		r.checkNoSecrets()
		for _, outcome := range []string{"requested", "counted", "continued", "approved"} {
			if !strings.Contains(r.log.String(), `"outcome":"`+outcome+`"`) {
				t.Errorf("the log has no line with the outcome %s", outcome)
			}
		}
	})
}

// TestSecondClick checks that an approver's second approval does not count, and that the request still waits.
func TestSecondClick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, ofThree(2)...)
		arn := r.startExecution(objectInput)
		link := r.linkTo(ada, arn, approval.Approve)
		r.click(http.MethodGet, link, http.StatusOK)
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			got := r.click(method, link, http.StatusConflict)
			checkAnswer(t, got, `"error":"AlreadyCounted"`)
		}
		if got := r.describe(arn).Status; got != types.ExecutionStatusRunning {
			t.Errorf("after the approvals of one approver, the status is %s", got)
		}
		r.click(http.MethodGet, r.linkTo(bob, arn, approval.Approve), http.StatusOK)
		checkApprovedOutput(t, aws.ToString(r.describeEnded(arn).Output), objectInput, ada, bob)
	})
}

// TestRejectionAfterApproval checks that one rejection ends a request, even if it comes from an approver who has approved.
func TestRejectionAfterApproval(t *testing.T) {
	for _, rejecter := range []string{ada, bob} {
		t.Run(rejecter, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := start(t, ofThree(3)...)
				arn := r.startExecution(objectInput)
				r.click(http.MethodGet, r.linkTo(ada, arn, approval.Approve), http.StatusOK)
				r.click(http.MethodGet, r.linkTo(rejecter, arn, approval.Reject), http.StatusOK)
				got := r.describeEnded(arn)
				if aws.ToString(got.Error) != "Rejected" || !strings.Contains(aws.ToString(got.Cause), `"approver":"`+rejecter+`"`) {
					t.Errorf("error = %s, cause %s", aws.ToString(got.Error), aws.ToString(got.Cause))
				}
				answer := r.click(http.MethodGet, r.linkTo(cleo, arn, approval.Approve), http.StatusConflict)
				checkAnswer(t, answer, "rejected before")
			})
		})
	}
}
