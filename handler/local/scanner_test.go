package main

import (
	"context"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"approval-workflow/handler/approval"
)

// TestScannerDecidesNothing opens both links in every way that mail scanners are reported to.
func TestScannerDecidesNothing(t *testing.T) {
	for name, args := range map[string][]string{"by default": nil, "confirm": {"-confirm"}} {
		t.Run(name, func(t *testing.T) {
			browser := newBrowser(t)
			r := startOnTCP(t, args...)
			arn := r.startExecution(objectInput)
			email := r.email(arn)
			for _, decision := range approval.Decisions() {
				link := r.link(email, decision)
				r.scan(link)
				do(t, browser, chromedp.Navigate(link), chromedp.WaitVisible("//form"), waitAsScanner)
				if got := r.describe(arn).Status; got != types.ExecutionStatusRunning {
					t.Fatalf("after a scanner opened %s, the execution is %s", decision.Path, got)
				}
			}
			answer := r.click(http.MethodPost, r.link(email, approval.Approve), http.StatusOK)
			checkAnswer(t, answer, "approved")
			r.checkNoSecrets()
		})
	}
}

// scan opens a link like a scanner that claims to be a browser, and like a program that says that it looks ahead.
func (r *localRun) scan(link string) {
	r.t.Helper()
	for _, method := range []string{http.MethodHead, http.MethodGet, http.MethodOptions} {
		for _, accept := range []string{"", "*/*", "text/html", "application/json"} {
			r.request(method, link, http.Header{"Accept": {accept}, "User-Agent": {"Mozilla/5.0 (Windows NT 10.0)"}})
			r.request(method, link, http.Header{"Accept": {accept}, "Purpose": {"prefetch"}})
		}
	}
}

// waitAsScanner gives the page's scripts two seconds on the browser's virtual clock. Mail scanners are reported to wait that
// long.
var waitAsScanner = chromedp.Steps(
	func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		expired := func(emulation.EventVirtualTimeBudgetExpired) bool { return true }
		_, err := chromedp.WaitEvent(emulation.VirtualTimeBudgetExpired, expired, advanceClock(aws.Float64(2000)))(ctx, target)
		return chromedp.Void{}, err
	},
	advanceClock(nil)) // otherwise the clock stops, and no other page loads

// advanceClock makes the browser's clock a virtual one, which stops after a number of milliseconds unless it is nil.
func advanceClock(milliseconds *float64) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetVirtualTimePolicy, emulation.SetVirtualTimePolicyParams{
			Policy: emulation.VirtualTimePolicyAdvance, Budget: milliseconds,
		})
		return err
	})
}
