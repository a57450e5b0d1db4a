package main

import (
	"bytes"
	"cmp"
	"context"
	"flag"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
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

// command sends a command of the DevTools protocol.
func command[P, R any](name cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, name, params)
		return err
	})
}

// phone emulates the screen of a phone, without scripts.
var phone = chromedp.Steps(chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile),
	command(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}))

// onScreen makes the browser name itself as one that a person uses. By itself it says that it has no screen.
var onScreen = command(emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{
	UserAgent:      "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
	AcceptLanguage: "en",
})

func metrics(t *testing.T, browser context.Context) page.GetLayoutMetricsResult {
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
	layout := metrics(t, browser)
	if view, content := layout.CSSLayoutViewport.ClientWidth, int64(layout.CSSContentSize.Width); content > view {
		t.Errorf("the page is %d wide, the screen %d", content, view)
	}
}

var screenshots = flag.Bool("screenshots", false, "write the pictures of the README")

// picture is a picture of the README.
type picture struct {
	file      string
	width     int64   // of the page, in CSS pixels
	scale     float64 // pixels of the picture for a CSS pixel
	maxHeight int     // of the picture, in pixels
}

// take writes the picture of a page in light colours, if the flag -screenshots is set.
func (p picture) take(t *testing.T, browser context.Context) {
	t.Helper()
	if !*screenshots {
		return
	}
	light := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "light"}}
	do(t, browser, command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: light}))
	resize := func(height int64) {
		do(t, browser, chromedp.EmulateViewport(p.width, height, chromedp.EmulateScale(p.scale)), refreshed)
	}
	resize(1)
	resize(int64(metrics(t, browser).CSSContentSize.Height))
	captured, err := chromedp.Run(browser, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	decoded, err := png.Decode(bytes.NewReader(captured))
	if err != nil {
		t.Fatal(err)
	}
	var small bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&small, quantize(decoded, p.maxHeight)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p.file, small.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// quantize cuts an image at maxHeight, and reduces it to its 256 most frequent colours, which makes its file much smaller.
func quantize(whole image.Image, maxHeight int) image.Image {
	size := image.Rect(0, 0, whole.Bounds().Dx(), min(maxHeight, whole.Bounds().Dy()))
	count := map[color.Color]int{}
	for y := range size.Dy() {
		for x := range size.Dx() {
			count[whole.At(x, y)]++
		}
	}
	palette := slices.SortedFunc(maps.Keys(count), func(a, b color.Color) int { return cmp.Compare(count[b], count[a]) })
	small := image.NewPaletted(size, palette[:min(len(palette), 256)])
	draw.Draw(small, size, whole, image.Point{}, draw.Src)
	return small
}

func TestBrowserDecidesAtOnce(t *testing.T) {
	browser := newBrowser(t, phone, onScreen)
	r := startOnTCP(t)
	arn := r.startExecution(objectInput)
	do(t, browser, chromedp.Navigate(r.link(anybody, arn, approval.Approve)), heading("Approved"))
	checkWidth(t, browser)
	r.checkEnd(arn, "", anybody)
	do(t, browser, chromedp.Navigate(r.link(anybody, arn, approval.Reject)), heading("Already approved"))
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
		r.click(post, r.link(ada, arn, approval.Approve), http.StatusOK)
		do(t, browser, chromedp.Navigate(r.link(bob, arn, approval.Approve)), heading("Approve this request?"))
		if title, err := chromedp.Run(browser, chromedp.Title()); err != nil || title != "Approve this request?" {
			t.Errorf("title = %q, error %v", title, err)
		}
		checkWidth(t, browser)
		if i == 0 {
			picture{file: "../web/confirm.png", width: 390, scale: 2, maxHeight: 2000}.take(t, browser)
		}
		tabs := strings.Repeat(kb.Tab, 1+i) // from the reason to the button
		do(t, browser, chromedp.KeyEvent(kb.Tab+reason+tabs+kb.Enter), heading(decision.Title))
		_, records := r.end(arn)
		if got := records[len(records)-1]; got.Approver != bob || got.Reason != reason {
			t.Errorf("%s: the last record is of %s with the reason %q", decision.Verb, got.Approver, got.Reason)
		}
	}
	r.checkNoSecrets()
}

// requestInput is the input that the local page proposes.
const requestInput = `{"subject":"Release 1.4.2","message":"May release 1.4.2 go to production?","key":"value"}`

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

// progress waits until the page says how far a request has got.
func progress(text string) chromedp.Action[chromedp.Void] {
	return chromedp.WaitVisible(`//*[@id="executions"]//p[starts-with(., "` + text + `. Open until ")]`)
}

// TestBrowserRunsThePage starts an execution on the page, follows the links of the e-mails, and sees the execution advance
// and end.
func TestBrowserRunsThePage(t *testing.T) {
	browser := newBrowser(t)
	r := startOnTCP(t, "-approvers", ada+","+bob, "-approvals", "2")
	do(t, browser, chromedp.Navigate(r.address), chromedp.SetValue("#name", "release-1.4.2"), chromedp.Click("#start button"),
		progress("Approvals: 0 of 2. Waits for "+ada+", "+bob), chromedp.WaitVisible(`//*[@id="executions"]//p[.="Release 1.4.2"]`))
	for _, approver := range []string{ada, bob} {
		if !strings.HasPrefix(pageLink(t, browser, approver), r.address) {
			t.Errorf("the link in the e-mail to %s does not begin with %s", approver, r.address)
		}
	}
	r.click(get, pageLink(t, browser, ada), http.StatusOK)
	do(t, browser, progress("Approvals: 1 of 2 ("+ada+"). Waits for "+bob))
	picture{file: "page.png", width: 1000, scale: 1, maxHeight: 1310}.take(t, browser)
	checkWidth(t, browser)
	r.click(get, pageLink(t, browser, bob), http.StatusOK)
	do(t, browser, chromedp.WaitVisible(`#executions .succeeded`),
		chromedp.WaitVisible(`//*[@id="executions"]//p[.="Approvals: 2 of 2 (`+ada+", "+bob+`)."]`))
	do(t, browser, chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile),
		chromedp.WaitVisible("main > section:nth-child(2) #emails")) // a phone has one column
	checkWidth(t, browser)
}

// TestBrowserAsksAGroup chooses groups with the keyboard. The page changes only the key "group" of the input, whatever else was
// typed, and only the members of the group get e-mails.
func TestBrowserAsksAGroup(t *testing.T) {
	browser := newBrowser(t)
	r := startOnTCP(t, ofGroups...)
	do(t, browser, chromedp.Navigate(r.address))
	for _, step := range groupChoices {
		evaluate(t, browser, `byId("input").select() ?? ""`) // so that the keys replace all of it
		do(t, browser, chromedp.Focus("#input"), chromedp.KeyEvent(step.typed), chromedp.Focus("#group"), chromedp.KeyEvent(step.key))
		group, input := evaluate(t, browser, `byId("group").value`), evaluate(t, browser, `byId("input").value`)
		if group != step.group || input != step.want {
			t.Errorf("%s and the key %q: the form has the group %q and %s, want %q and %s", step.typed, step.key, group, input, step.group, step.want)
		}
		refused := step.key != "" && step.want == step.typed
		if got := evaluate(t, browser, `byId("error").textContent`); strings.Contains(got, "JSON object") != refused {
			t.Errorf("%s and the key %q: the page says %q", step.typed, step.key, got)
		}
	}
	do(t, browser, chromedp.Click("#start button"), progress("Approvals: 0 of 2. Waits for 2 of "+dora+", "+dan+", ADA@example.com"),
		chromedp.WaitVisible(`//*[@id="executions"]//span[.="Group dba. "]`),
		chromedp.WaitVisible(`//*[@id="emails"]//span[.=" in the group dba"]`))
	checkWidth(t, browser)
	r.checkMailed(r.emails()[0].ExecutionARN, "dba", dora, dan, "ADA@example.com")
	r.click(get, pageLink(t, browser, dan), http.StatusOK)
	do(t, browser, progress("Approvals: 1 of 2 ("+dan+"). Waits for 1 of "+dora+", ADA@example.com"),
		chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile), refreshed)
	checkWidth(t, browser)
}

// groupChoices are inputs that somebody types, the first letter of the group that is chosen afterwards, if any, and what the form
// has then. The last one is started.
var groupChoices = []struct{ typed, key, group, want string }{
	{`{"n": 12345678901234567890.50, "o": {"group": "x"}}`, "d", "dba",
		`{"group": "dba","n": 12345678901234567890.50, "o": {"group": "x"}}`},
	{`{"a": ["}"], "group" : "dba", "z": 1.50}`, "o", "on-call", `{"a": ["}"], "group": "on-call", "z": 1.50}`},
	{`{"a": "\"", "group": {"b": [1, 2]}}`, "d", "dba", `{"a": "\"", "group": "dba"}`},
	{`{"group": "on-call", "a": {}}`, "n", "", `{"a": {}}`},
	{`{"a": {}, "group": "on-call"}`, "n", "", `{"a": {}}`},
	{`{"group": 1, "group": "on-call"}`, "n", "", `{}`},
	{`{"group": 1, "a": 2, "group": 3}`, "d", "dba", `{"a": 2, "group": "dba"}`},
	{`{}`, "d", "dba", `{"group": "dba"}`},
	{`{"group": "on-call"}`, "", "on-call", `{"group": "on-call"}`},
	{`{"group": "other"}`, "", "", `{"group": "other"}`},
	{`{"n": `, "d", "", `{"n": `},
	{`[1]`, "d", "", `[1]`},
	{`null`, "o", "", `null`},
	{`{"subject": "Drop orders_2019"}`, "d", "dba", `{"group": "dba","subject": "Drop orders_2019"}`},
}

// evaluate returns the text that an expression of the page's script gives.
func evaluate(t *testing.T, browser context.Context, expression string) string {
	t.Helper()
	got, err := chromedp.Run(browser, chromedp.Evaluate[string](expression))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// focused waits until the element that a selector finds has the focus.
func focused(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.WaitVisible(selector + ":focus")
}

// refreshed waits until the page has asked the local run again.
var refreshed = chromedp.Sleep(2 * time.Second)

// TestBrowserStops stops an execution with the keyboard. The page asks first, also for the cause, and the focus stays at the
// execution.
func TestBrowserStops(t *testing.T) {
	browser := newBrowser(t)
	r := startOnTCP(t)
	arn := r.startNamedExecution("release-1.4.2", requestInput)
	const stop = "#executions button.stop"
	do(t, browser, chromedp.Navigate(r.address), progress("Approvals: 0 of 1. Waits for "+anybody),
		chromedp.Focus(stop), refreshed,
		chromedp.KeyEvent(kb.Enter), focused("#stop-cause"), chromedp.KeyEvent("No"+kb.Enter), focused("#stop-cause"),
		chromedp.KeyEvent(kb.Tab+kb.Tab+kb.Enter), focused(stop), refreshed, focused(stop))
	r.checkRunning(arn, "before the answer")
	do(t, browser, chromedp.KeyEvent(kb.Enter), focused("#stop-cause"),
		chromedp.KeyEvent(`A "typo" `+kb.Tab+kb.Enter),
		chromedp.WaitVisible("#executions .aborted"), focused("#executions h3"), refreshed, focused("#executions h3"),
		chromedp.WaitVisible("#emails .approve.dead"), chromedp.WaitVisible("#emails .reject.dead"),
		chromedp.WaitVisible(`#picture [data-state="RequestApproval"].aborted`))
	r.checkEnd(arn, "ABORTED")
	if got := aws.ToString(r.describe(arn).Cause); got != `A "typo"` {
		t.Errorf("cause = %s", got)
	}
	do(t, browser, chromedp.WaitVisible(`//*[@id="executions"]//pre[.='A "typo"']`),
		chromedp.WaitVisible(`//*[@id="emails"]//details[contains(@class, "outcome")]//pre[contains(., '> A "typo"')]`))
}

// TestBrowserStopsWithoutCause checks that a cause is optional.
func TestBrowserStopsWithoutCause(t *testing.T) {
	browser := newBrowser(t)
	r := startOnTCP(t)
	arn := r.startExecution(requestInput)
	do(t, browser, chromedp.Navigate(r.address), chromedp.Click("#executions button.stop"), focused("#stop-cause"),
		chromedp.Click("#stop-yes"), chromedp.WaitVisible("#executions .aborted"))
	if got := r.describe(arn).Cause; got != nil {
		t.Errorf("cause = %q", *got)
	}
}

// TestBrowserMarksEmails checks that the page says what each e-mail is, and shows a request that waits above the newer notices about
// the end of another one.
func TestBrowserMarksEmails(t *testing.T) {
	browser := newBrowser(t)
	r := startOnTCP(t, "-approvers", ada+","+bob, "-outcomes", "all")
	first := r.startNamedExecution("first", requestInput)
	r.emailsTo("", first, 2)
	second := r.startNamedExecution("second", requestInput)
	r.emailsTo("", second, 2)
	do(t, browser, chromedp.Navigate(r.address), chromedp.WaitVisible("#emails details:nth-child(4)"),
		chromedp.Focus("#emails details:nth-child(4) summary"))
	r.click(get, r.link(ada, second, approval.Approve), http.StatusOK)
	marked := func(position, class, mark string) chromedp.Action[chromedp.Void] {
		return chromedp.WaitVisible(`//*[@id="emails"]/details` + position + `[contains(@class, "` + class + `")]//span[.="` + mark + `"]`)
	}
	for _, width := range []int64{1000, 390} {
		do(t, browser, chromedp.EmulateViewport(width, 844),
			marked("[1][@open]", "open-request", "Request"), marked("[2]", "open-request", "Request"),
			marked(`[contains(., "To `+ada+`")]`, "receipt", "Receipt"),
			marked(`[contains(., "To `+bob+`")]`, "outcome", "Outcome"), marked(`[contains(., "To everybody in notify")]`, "outcome", "Outcome"))
		checkWidth(t, browser)
	}
	const kept = `String(document.activeElement === document.querySelector("#emails details:nth-child(2) summary"))`
	if got := evaluate(t, browser, kept); got != "true" {
		t.Error("an e-mail has lost the focus, because it has moved")
	}
	if got := evaluate(t, browser, `String(document.querySelectorAll("#emails .outcome .decision, #emails .receipt .decision").length)`); got != "0" {
		t.Errorf("the notices have %s links that decide", got)
	}
}

// TestBrowserKeepsDigits checks that the page shows a number as the execution has it, and marks the path in the picture.
func TestBrowserKeepsDigits(t *testing.T) {
	browser := newBrowser(t)
	r := startOnTCP(t)
	arn := r.startExecution(`{"n": 12345678901234567890.50, "empty": [], "text": "a, b: {\"c\"}"}`)
	r.click(get, r.link(anybody, arn, approval.Approve), http.StatusOK)
	do(t, browser, chromedp.Navigate(r.address), chromedp.WaitVisible("#executions pre"),
		chromedp.WaitVisible(`#picture [data-state="Approved"].succeeded`),
		chromedp.WaitVisible(`#picture [data-from="Decided?"][data-to="Approved"].taken`))
	want := "{\n  \"input\": {\n    \"n\": 12345678901234567890.50,\n" +
		"    \"empty\": [],\n    \"text\": \"a, b: {\\\"c\\\"}\"\n  },\n" +
		"  \"approvals\": ["
	if got := text(t, browser, "#executions pre"); !strings.HasPrefix(got, want) {
		t.Errorf("output = %s, want %s", got, want)
	}
	if got := text(t, browser, "#path"); !strings.Contains(got, "Begin → Spread → RequestApproval → Decided? → Approved") {
		t.Errorf("path = %s", got)
	}
}

// text returns the text of an element.
func text(t *testing.T, browser context.Context, selector string) string {
	t.Helper()
	got, err := chromedp.Run(browser, chromedp.Text(selector))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// TestScannerDecidesNothing opens both links in every way that mail scanners are reported to.
func TestScannerDecidesNothing(t *testing.T) {
	for name, args := range map[string][]string{"by default": nil, "confirm": {"-confirm"}} {
		t.Run(name, func(t *testing.T) {
			browser := newBrowser(t)
			r := startOnTCP(t, args...)
			arn := r.startExecution(objectInput)
			for _, decision := range approval.Decisions() {
				link := r.link(anybody, arn, decision)
				r.scan(link)
				do(t, browser, chromedp.Navigate(link), chromedp.WaitVisible("//form"), waitAsScanner)
				r.checkRunning(arn, "after a scanner opened "+decision.Path)
			}
			r.click(post, r.link(anybody, arn, approval.Approve), http.StatusOK)
			r.checkEnd(arn, "", anybody)
			r.checkNoSecrets()
		})
	}
}

// scan opens a link like a scanner that claims to be a browser, and like a program that says that it looks ahead.
func (r *localRun) scan(link string) {
	r.t.Helper()
	for _, method := range []string{http.MethodHead, get, http.MethodOptions} {
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
	return command(emulation.SetVirtualTimePolicy, emulation.SetVirtualTimePolicyParams{
		Policy: emulation.VirtualTimePolicyAdvance, Budget: milliseconds,
	})
}
