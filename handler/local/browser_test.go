package main

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
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
	limited, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // an element that never appears fails the test
	t.Cleanup(cancel)
	allocator, cancel := chromedp.NewExecAllocator(limited, options...)
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

// do runs actions. Its failure message leaves out the address, which may contain a signature.
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

// onScreen makes the browser name itself as one that a person uses. By itself it says that it has no screen.
var onScreen = chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
	_, err := cdp.Call(ctx, target, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{
		UserAgent:      "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
		AcceptLanguage: "en",
	})
	return err
})

func layoutMetrics(t *testing.T, browser context.Context) page.GetLayoutMetricsResult {
	t.Helper()
	layout, err := chromedp.Call(browser, page.GetLayoutMetrics, cdp.Empty{})
	if err != nil {
		t.Fatal(err)
	}
	return layout
}

// checkWidth checks that the page is not wider than the screen.
func checkWidth(t *testing.T, browser context.Context) {
	t.Helper()
	layout := layoutMetrics(t, browser)
	if view, content := layout.CSSLayoutViewport.ClientWidth, int64(layout.CSSContentSize.Width); content > view {
		t.Errorf("the page is %d wide, the screen %d", content, view)
	}
}
