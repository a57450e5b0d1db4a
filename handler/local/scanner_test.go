package main

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"approval-workflow/handler/approval"
)

// TestScannerDecidesNothing opens both links in every way that mail scanners are reported to, in confirm mode.
func TestScannerDecidesNothing(t *testing.T) {
	browser := newBrowser(t)
	r := startOnTCP(t, "-confirm")
	arn := r.startExecution(objectInput)
	email := r.email(arn)
	for _, decision := range approval.Decisions() {
		link := r.link(email, decision)
		for _, method := range []string{http.MethodHead, http.MethodGet, http.MethodOptions} {
			for _, accept := range []string{"", "*/*", "text/html", "application/json"} {
				r.request(method, link, http.Header{"Accept": {accept}, "User-Agent": {"Mozilla/5.0 (Windows NT 10.0)"}})
			}
		}
		do(t, browser, chromedp.Navigate(link), chromedp.WaitVisible("form"), waitAsScanner)
		if got := r.describe(arn).Status; got != types.ExecutionStatusRunning {
			t.Fatalf("after a scanner opened %s, the execution is %s", decision.Path, got)
		}
	}
	answer := r.click(http.MethodPost, r.link(email, approval.Approve), http.StatusOK)
	if !strings.Contains(answer.body, "approved") {
		t.Errorf("answer = %s, want it approved", answer.body)
	}
	r.checkNoToken()
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
