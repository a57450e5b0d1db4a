package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"approval-workflow/handler/approval"
)

func TestBrowserDecidesAtOnce(t *testing.T) {
	browser := newBrowser(t, phone, onScreen)
	r := startOnTCP(t)
	arn := r.startExecution(objectInput)
	email := r.email(arn)
	do(t, browser, chromedp.Navigate(r.link(email, approval.Approve)), heading("Approved"))
	checkWidth(t, browser)
	if got := r.describeEnded(arn).Status; got != types.ExecutionStatusSucceeded {
		t.Errorf("the execution is %s", got)
	}
	do(t, browser, chromedp.Navigate(r.link(email, approval.Reject)), heading("Already approved"))
	r.checkNoSecrets()
}

// TestBrowserConfirms goes from a link to a decision by each button, on a phone, without scripts and with the keyboard only.
// One approver has approved before.
func TestBrowserConfirms(t *testing.T) {
	const reason = "Not on a Friday <b>é</b>"
	browser := newBrowser(t, phone)
	r := startOnTCP(t, append(ofThree(2), "-confirm")...)
	for i, decision := range approval.Decisions() {
		arn := r.startNamedExecution("release-1.4."+string(rune('2'+i)), requestInput)
		r.click(http.MethodPost, r.linkTo(ada, arn, approval.Approve), http.StatusOK)
		do(t, browser, chromedp.Navigate(r.linkTo(bob, arn, approval.Approve)), heading("Approve this request?"))
		if title, err := chromedp.Run(browser, chromedp.Title()); err != nil || title != "Approve this request?" {
			t.Errorf("title = %q, error %v", title, err)
		}
		checkWidth(t, browser)
		if i == 0 {
			picture{file: "../web/confirm.png", width: 390, scale: 2, maxHeight: 2000}.take(t, browser)
		}
		tabs := strings.Repeat(kb.Tab, 1+i) // from the reason to the button
		do(t, browser, chromedp.KeyEvent(kb.Tab+reason+tabs+kb.Enter), heading(decision.Title))
		if got := lastRecord(t, r.describeEnded(arn)); got.Approver != bob || got.Reason != reason {
			t.Errorf("%s: the last record is of %s with the reason %q", decision.Verb, got.Approver, got.Reason)
		}
	}
	r.checkNoSecrets()
}

// requestInput is the input that the local page proposes.
const requestInput = `{"subject":"Release 1.4.2","message":"May release 1.4.2 go to production?","key":"value"}`

// lastRecord returns the record of the decision that ended an execution.
func lastRecord(t *testing.T, ended *sfn.DescribeExecutionOutput) approval.Record {
	t.Helper()
	var output struct{ Approvals []approval.Record }
	var rejection approval.Record
	if ended.Error != nil {
		if err := json.Unmarshal([]byte(aws.ToString(ended.Cause)), &rejection); err != nil {
			t.Fatal(err)
		}
		return rejection
	}
	if err := json.Unmarshal([]byte(aws.ToString(ended.Output)), &output); err != nil || len(output.Approvals) == 0 {
		t.Fatal("the output has no records", err)
	}
	return output.Approvals[len(output.Approvals)-1]
}
