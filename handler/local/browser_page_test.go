package main

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// pageLink returns the first link to approve in the mailbox of the page, in the newest e-mail to an approver.
func pageLink(t *testing.T, browser context.Context, approver string) string {
	t.Helper()
	link, err := chromedp.Run(browser, chromedp.AttributeValue(
		`//details[.//span[.="To `+approver+`"]]//a[contains(@href, "/approve?")]`, "href"))
	if err != nil {
		t.Fatal("no e-mail to " + approver)
	}
	return link.Value
}

// progress waits until the page says how far the only request has got.
func progress(text string) chromedp.Action[chromedp.Void] {
	return chromedp.WaitVisible(`//*[@id="executions"]//p[starts-with(., "` + text + `. Open until ")]`)
}

// TestBrowserRunsThePage starts an execution on the page, follows the links of the e-mails, and sees the execution advance
// and end.
func TestBrowserRunsThePage(t *testing.T) {
	browser := newBrowser(t)
	r := startOnTCP(t, "-approvers", ada+","+bob, "-approvals", "2")
	do(t, browser, chromedp.Navigate(r.address), chromedp.SetValue("#name", "release-1.4.2"), chromedp.Click("#start button"),
		progress("Approvals: 0 of 2"))
	for _, approver := range []string{ada, bob} {
		if !strings.HasPrefix(pageLink(t, browser, approver), r.address) {
			t.Errorf("the link in the e-mail to %s does not begin with %s", approver, r.address)
		}
	}
	r.click(http.MethodGet, pageLink(t, browser, ada), http.StatusOK)
	do(t, browser, progress("Approvals: 1 of 2 ("+ada+")"))
	picture{file: "page.png", width: 1000, scale: 1, maxHeight: 1310}.take(t, browser)
	checkWidth(t, browser)
	r.click(http.MethodGet, pageLink(t, browser, bob), http.StatusOK)
	do(t, browser, chromedp.WaitVisible(`#executions .succeeded`))
	do(t, browser, chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile))
	checkWidth(t, browser)
}
