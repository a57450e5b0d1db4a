package main

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"approval-workflow/handler/approval"
)

// newBrowser starts a headless Chromium. It skips the test if Chromium is not installed, but fails it in CI. The test fails
// if the browser reports an error, such as a page that violates its Content-Security-Policy.
func newBrowser(t *testing.T, setup ...chromedp.Action[chromedp.Void]) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil && os.Getenv("CI") != "" {
		t.Fatal("chromium is missing: install Debian's package chromium")
	}
	if err != nil {
		t.Skip("chromium is missing: install Debian's package chromium to run the browser tests")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path),
		chromedp.NoSandbox, // root cannot start it otherwise, and it opens only our own pages
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	allocator, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocator, chromedp.WithListener(func(event any) {
		if added, ok := event.(*log.EventEntryAdded); ok && added.Entry.Level == log.EntryLevelError &&
			added.Entry.Source != log.EntrySourceNetwork { // an answer such as 409 is expected
			t.Errorf("the browser reports: %s", added.Entry.Text)
		}
	}))
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx, setup...); err != nil {
		t.Fatal("start chromium:", err)
	}
	return ctx
}

// do runs actions. Its failure message leaves out the address, which may contain a token.
func do(t *testing.T, browser context.Context, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(browser, actions...); err != nil {
		t.Fatal(strings.Split(err.Error(), "http")[0])
	}
}

// heading waits for the page with that heading.
func heading(text string) chromedp.Action[chromedp.Void] {
	return chromedp.WaitVisible(`//h1[text()="` + text + `"]`)
}

// phone emulates the screen of a phone, without scripts.
var phone = chromedp.Steps(
	chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile),
	chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		disabled := emulation.SetScriptExecutionDisabledParams{Value: true}
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, disabled)
		return err
	}))

func TestBrowserDecidesAtOnce(t *testing.T) {
	browser := newBrowser(t, phone)
	r := startOnTCP(t)
	arn := r.startExecution(objectInput)
	email := r.email(arn)
	do(t, browser, chromedp.Navigate(r.link(email, approval.Approve)), heading("Approved"))
	if got := r.describeEnded(arn).Status; got != types.ExecutionStatusSucceeded {
		t.Errorf("the execution is %s", got)
	}
	do(t, browser, chromedp.Navigate(r.link(email, approval.Reject)), heading("Already approved"))
	r.checkNoToken()
}

// TestBrowserConfirms goes from the link to the decision on a phone, without scripts and with the keyboard only.
func TestBrowserConfirms(t *testing.T) {
	browser := newBrowser(t, phone)
	r := startOnTCP(t, "-confirm")
	arn := r.startNamedExecution("release-1.4.2", objectInput)
	do(t, browser, chromedp.Navigate(r.link(r.email(arn), approval.Approve)), heading("Approve this request?"))
	if title, err := chromedp.Run(browser, chromedp.Title()); err != nil || title != "Approve this request?" {
		t.Errorf("title = %q, error %v", title, err)
	}
	layout, err := chromedp.Call(browser, page.GetLayoutMetrics, cdp.Empty{})
	if err != nil {
		t.Fatal(err)
	}
	if view, content := layout.CSSLayoutViewport.ClientWidth, int64(layout.CSSContentSize.Width); content > view {
		t.Errorf("the page is %d wide, the screen %d", content, view)
	}
	screenshot(t, browser, "../web/confirm.png", 480, 610)
	do(t, browser,
		chromedp.KeyEvent(kb.Tab+kb.Tab+kb.Tab+kb.Enter), heading("Reject this request?"), // the link to the other decision
		chromedp.KeyEvent(kb.Tab+"Not on a Friday <b>é</b>"+kb.Tab+kb.Enter), heading("Rejected"))
	end := r.describeEnded(arn)
	var record struct{ Reason string }
	if err := json.Unmarshal([]byte(aws.ToString(end.Cause)), &record); err != nil {
		t.Fatal(err)
	}
	if aws.ToString(end.Error) != "Rejected" || record.Reason != "Not on a Friday <b>é</b>" {
		t.Errorf("error = %s, reason %q", aws.ToString(end.Error), record.Reason)
	}
	r.checkNoToken()
}

// TestBrowserRunsThePage starts an execution on the page, follows the link of the e-mail and sees the execution end.
func TestBrowserRunsThePage(t *testing.T) {
	browser := newBrowser(t)
	r := startOnTCP(t)
	do(t, browser, chromedp.Navigate(r.address), chromedp.SetValue("#name", "release-1.4.2"), chromedp.Click("#start button"))
	link, err := chromedp.Run(browser, chromedp.AttributeValue(`#emails a[href*="/approve?"]`, "href"))
	if err != nil || !strings.HasPrefix(link.Value, r.address) {
		t.Fatalf("the e-mail has no link, error %v", err)
	}
	screenshot(t, browser, "page.png", 1000, 788)
	r.click(http.MethodGet, link.Value, http.StatusOK)
	do(t, browser, chromedp.WaitVisible(`#executions .succeeded`))
}
