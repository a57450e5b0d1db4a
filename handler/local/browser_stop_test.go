package main

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"approval-workflow/handler/approval"
)

// focused waits until the element that a selector finds has the focus.
func focused(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.WaitVisible(selector + ":focus")
}

// refreshed waits until the page has asked the local run again.
var refreshed = chromedp.Sleep(2 * time.Second)

// TestBrowserStops stops an execution with the keyboard. The page asks first, and the focus stays at the execution.
func TestBrowserStops(t *testing.T) {
	browser := newBrowser(t)
	r := startOnTCP(t)
	arn := r.startNamedExecution("release-1.4.2", requestInput)
	const stop = "#executions button.stop"
	do(t, browser, chromedp.Navigate(r.address), progress("Approvals: 0 of 1"),
		chromedp.Focus(stop), refreshed,
		chromedp.KeyEvent(kb.Enter), focused("#stop-no"), chromedp.KeyEvent(kb.Enter), focused(stop), refreshed, focused(stop))
	if got := r.describe(arn).Status; got != types.ExecutionStatusRunning {
		t.Errorf("before the answer, the execution is %s", got)
	}
	do(t, browser, chromedp.KeyEvent(kb.Enter), focused("#stop-no"),
		chromedp.Focus("#stop-yes"), chromedp.KeyEvent(kb.Enter),
		chromedp.WaitVisible("#executions .aborted"), focused("#executions h3"), refreshed, focused("#executions h3"),
		chromedp.WaitVisible("#emails .approve.dead"), chromedp.WaitVisible("#emails .reject.dead"),
		chromedp.WaitVisible(`#picture [data-state="RequestApproval"].aborted`))
	if got := r.describe(arn).Status; got != types.ExecutionStatusAborted {
		t.Errorf("after the answer, the execution is %s", got)
	}
}

// TestBrowserKeepsDigits checks that the page shows a number as the execution has it, and marks the path in the picture.
func TestBrowserKeepsDigits(t *testing.T) {
	browser := newBrowser(t)
	r := startOnTCP(t)
	arn := r.startExecution(`{"n": 12345678901234567890.50, "empty": [], "text": "a, b: {\"c\"}"}`)
	r.click(http.MethodGet, r.link(r.email(arn), approval.Approve), http.StatusOK)
	do(t, browser, chromedp.Navigate(r.address), chromedp.WaitVisible("#executions pre"),
		chromedp.WaitVisible(`#picture [data-state="Approved"].succeeded`),
		chromedp.WaitVisible(`#picture [data-from="Decided?"][data-to="Approved"].taken`))
	want := "{\n  \"input\": {\n    \"n\": 12345678901234567890.50,\n" +
		"    \"empty\": [],\n    \"text\": \"a, b: {\\\"c\\\"}\"\n  },\n" +
		"  \"approvals\": ["
	if got := text(t, browser, "#executions pre"); !strings.HasPrefix(got, want) {
		t.Errorf("output = %s, want %s", got, want)
	}
	if got := text(t, browser, "#path"); !strings.Contains(got, "Begin → RequestApproval → Decided? → Approved") {
		t.Errorf("path = %s", got)
	}
}

func text(t *testing.T, browser context.Context, selector string) string {
	t.Helper()
	got, err := chromedp.Run(browser, chromedp.Text(selector))
	if err != nil {
		t.Fatal(err)
	}
	return got
}
