package main

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// newBrowser starts a headless Chromium, or skips the test where there is none. What the browser itself reports as an
// error, such as a page that breaks its Content-Security-Policy, fails the test.
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
		chromedp.NoSandbox, // it refuses to start for root otherwise, and sees our own pages only
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	allocator, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocator, chromedp.WithListener(func(event any) {
		if added, ok := event.(*log.EventEntryAdded); ok && added.Entry.Level == log.EntryLevelError &&
			added.Entry.Source != log.EntrySourceNetwork { // a page that answers 409 is no fault
			t.Errorf("the browser reports: %s", added.Entry.Text)
		}
	}))
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx, setup...); err != nil {
		t.Fatal("start chromium:", err)
	}
	return ctx
}

// do runs actions and hides the address, which may hold a token, should they fail.
func do(t *testing.T, browser context.Context, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(browser, actions...); err != nil {
		t.Fatal(strings.Split(err.Error(), "http")[0])
	}
}

// heading waits for the page with that title.
func heading(text string) chromedp.Action[chromedp.Void] {
	return chromedp.WaitVisible(`//h1[text()="` + text + `"]`)
}

// phone is a phone's screen in a browser without scripts.
var phone = chromedp.Steps(
	chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile),
	chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		disabled := emulation.SetScriptExecutionDisabledParams{Value: true}
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, disabled)
		return err
	}))

func TestBrowserDecidesAtOnce(t *testing.T) {
	browser := newBrowser(t, phone)
	r := start(t)
	arn := r.begin(sentence)
	email := r.email(arn)
	do(t, browser, chromedp.Navigate(r.link(email, "approve")), heading("Approved"))
	if got := r.ended(arn).Status; got != types.ExecutionStatusSucceeded {
		t.Errorf("the execution is %s", got)
	}
	do(t, browser, chromedp.Navigate(r.link(email, "reject")), heading("Already approved"))
	r.wantNoToken()
}

// TestBrowserConfirms goes from the link to the decision on a phone, without scripts and by keyboard alone.
func TestBrowserConfirms(t *testing.T) {
	browser := newBrowser(t, phone)
	r := start(t, "-confirm")
	arn := r.begin(sentence)
	do(t, browser, chromedp.Navigate(r.link(r.email(arn), "approve")), heading("Approve this request?"))
	if title, err := chromedp.Run(browser, chromedp.Title()); err != nil || title != "Approve this request?" {
		t.Errorf("title %q, error %v", title, err)
	}
	layout, err := chromedp.Call(browser, page.GetLayoutMetrics, cdp.Empty{})
	if err != nil {
		t.Fatal(err)
	}
	if view, content := layout.CSSLayoutViewport.ClientWidth, int64(layout.CSSContentSize.Width); content > view {
		t.Errorf("the page is %d wide, the phone %d", content, view)
	}
	do(t, browser,
		chromedp.KeyEvent(kb.Tab+kb.Tab+kb.Tab+kb.Enter), heading("Reject this request?"), // the other decision
		chromedp.KeyEvent(kb.Tab+"Not on a Friday <b>é</b>"+kb.Tab+kb.Enter), heading("Rejected"))
	end := r.ended(arn)
	var record struct{ Reason string }
	if err := json.Unmarshal([]byte(aws.ToString(end.Cause)), &record); err != nil {
		t.Fatal(err)
	}
	if aws.ToString(end.Error) != "Rejected" || record.Reason != "Not on a Friday <b>é</b>" {
		t.Errorf("error %s, reason %q", aws.ToString(end.Error), record.Reason)
	}
	r.wantNoToken()
}

// TestScannerDecidesNothing opens both links in every way that mail scanners are reported to, in confirm mode.
func TestScannerDecidesNothing(t *testing.T) {
	browser := newBrowser(t)
	r := start(t, "-confirm")
	arn := r.begin(sentence)
	email := r.email(arn)
	for _, action := range []string{"approve", "reject"} {
		link := r.link(email, action)
		for _, method := range []string{http.MethodHead, http.MethodGet, http.MethodOptions} {
			for _, accept := range []string{"", "*/*", "text/html", "application/json"} {
				r.request(method, link, http.Header{"Accept": {accept}, "User-Agent": {"Mozilla/5.0 (Windows NT 10.0)"}})
			}
		}
		do(t, browser, chromedp.Navigate(link), chromedp.WaitVisible("form"),
			chromedp.Sleep(2*time.Second)) // reports say that they wait, for scripts to act
		if got := r.describe(arn).Status; got != types.ExecutionStatusRunning {
			t.Fatalf("a scanner's %s left the execution %s", action, got)
		}
	}
	if answer := r.click(http.MethodPost, r.link(email, "approve"), http.StatusOK); !strings.Contains(answer.body, "approved") {
		t.Errorf("the link is used up: %s", answer.body)
	}
	r.wantNoToken()
}

// TestBrowserRunsThePage starts an execution on the page, follows the e-mail's link and sees the end.
func TestBrowserRunsThePage(t *testing.T) {
	browser := newBrowser(t)
	r := start(t)
	do(t, browser, chromedp.Navigate(r.address), chromedp.SetValue("#name", "release-42"), chromedp.Click("#start button"))
	link, err := chromedp.Run(browser, chromedp.AttributeValue(`#emails a[href*="/approve?"]`, "href"))
	if err != nil || !strings.HasPrefix(link.Value, r.address) {
		t.Fatalf("no link in the e-mail, error %v", err)
	}
	r.click(http.MethodGet, link.Value, http.StatusOK)
	do(t, browser, chromedp.WaitVisible(`#executions .succeeded`))
}
