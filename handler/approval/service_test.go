package approval_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/approval/approvaltest"
)

// The calls of a service that use its ports.
func send(g *gate) error {
	_, err := g.service.Send(g.limited(), g.request)
	return err
}

func verify(g *gate) error {
	_, err := g.service.VerifyLink(g.limited(), approval.SignedQuery(g.link(jo), approvaltest.Key))
	return err
}

func look(g *gate) error {
	_, err := g.service.Look(g.limited(), g.link(jo), approval.Approve)
	return err
}

func decide(g *gate) error {
	_, err := g.service.Decide(g.limited(), g.click(jo, approval.Approve))
	return err
}

func report(g *gate) error {
	g.fake.Stop(release, "Typo")
	_, err := g.service.Report(g.limited(), g.end())
	return err
}

// codes are those of a call for a port's errors: closed, unavailable and other.
type codes [3]approval.Code

// portTests have each port fail in each call that uses it.
var portTests = []struct {
	name string
	fail func(f *approvaltest.Fake, err error)
	call func(*gate) error
	want codes
}{
	{"Confirmed in Send", func(f *approvaltest.Fake, err error) { f.ConfirmedErr = err }, send, sendCodes},
	{"LinkKey in Send", func(f *approvaltest.Fake, err error) { f.KeyErr = err }, send, sendCodes},
	{"Notify in Send", func(f *approvaltest.Fake, err error) { f.NotifyErr = func(string) error { return err } }, send, sendCodes},
	{"LinkKey in VerifyLink", func(f *approvaltest.Fake, err error) { f.KeyErr = err }, verify, decideCodes},
	{"Read in Look", func(f *approvaltest.Fake, err error) { f.ReadErr = err }, look, decideCodes},
	{"Read in Decide", func(f *approvaltest.Fake, err error) { f.ReadErr = err }, decide, decideCodes},
	{"Succeed in Decide", func(f *approvaltest.Fake, err error) { f.SucceedErr = err }, decide,
		codes{approval.CodeUnavailable, approval.CodeUnavailable, approval.CodeInternal}}, // closed: it waits for the next task in vain
	{"Announce in Report", func(f *approvaltest.Fake, err error) { f.AnnounceErr = func(approval.Notice) error { return err } }, report, sendCodes},
	{"Read in Report", func(f *approvaltest.Fake, err error) { f.ReadErr = err }, report, // otherwise the event is enough
		codes{"", approval.CodeNotificationUnavailable, ""}},
}

var (
	sendCodes   = codes{approval.CodeNotificationRefused, approval.CodeNotificationUnavailable, approval.CodeNotificationRefused}
	decideCodes = codes{approval.CodeClosed, approval.CodeUnavailable, approval.CodeInternal}
)

// TestPortErrors checks the code of each kind of error of each port, however it is wrapped. Whatever the port quotes, no task
// token is in the error.
func TestPortErrors(t *testing.T) {
	token := string(approval.RequestWith("").TaskToken)
	quoting := fmt.Errorf("value %q, in a link %s, is refused", token, url.QueryEscape(token))
	kinds := []struct {
		name string
		code int // in codes
		err  error
	}{
		{"closed", 0, fmt.Errorf("%w: %w", approval.ErrClosed, quoting)},
		{"closed, wrapped", 0, fmt.Errorf("outer: %w", fmt.Errorf("%w: %w", quoting, approval.ErrClosed))},
		{"unavailable", 1, fmt.Errorf("%w: %w", approval.ErrUnavailable, quoting)},
		{"unavailable, joined", 1, errors.Join(quoting, approval.ErrUnavailable)},
		{"out of time", 1, fmt.Errorf("%w: %w", quoting, context.DeadlineExceeded)},
		{"other", 2, quoting},
		{"canceled", 2, fmt.Errorf("%w: %w", quoting, context.Canceled)},
		{"with a code", 2, &approval.Error{Code: approval.CodeExpired, Message: "The value " + token + " is wrong.", Err: quoting}},
	}
	for _, test := range portTests {
		for _, kind := range kinds {
			runAtGate(t, test.name+" is "+kind.name, 1, func(g *gate) {
				test.fail(g.fake, kind.err)
				err := test.call(g)
				g.checkError(err, test.want[kind.code])
				if test.name != "LinkKey in VerifyLink" { // it knows no token
					g.checkHides(err)
				}
				g.checkRecipients()
			})
		}
	}
}

// checkError checks the code of an error, and that it is an [*approval.Error].
func (g *gate) checkError(err error, want approval.Code) {
	g.t.Helper()
	g.checkCode(err, want)
	if _, ok := errors.AsType[*approval.Error](err); !ok && err != nil {
		g.t.Error("the error is not an *Error")
	}
}

// checkHides checks that neither an error nor what it wraps contains the token.
func (g *gate) checkHides(err error) {
	g.t.Helper()
	token := string(g.request.TaskToken)
	for ; err != nil; err = errors.Unwrap(err) {
		text := fmt.Sprintf("%v %+v %#v", err, err, err)
		if strings.Contains(text, token) || strings.Contains(text, url.QueryEscape(token)) {
			g.t.Error("the error contains the token")
		}
	}
}

// TestPortErrorsAfterAnOlderToken checks that the error of a second read does not contain the token of the first one.
func TestPortErrorsAfterAnOlderToken(t *testing.T) {
	atGate(t, 1, func(g *gate) {
		g.fake.Reads = []approval.Execution{g.execution()}
		g.fake.ReadErr = fmt.Errorf("the token %s is old", string(g.request.TaskToken))
		g.fake.Retry(release)
		err := decide(g)
		g.checkError(err, approval.CodeInternal)
		g.checkHides(err)
	})
}

// TestKey checks that no link is signed or accepted with a key that anybody could guess.
func TestKey(t *testing.T) {
	for _, key := range []string{"", approvaltest.Key[:31]} {
		atGate(t, 1, func(g *gate) {
			g.fake.Key = []byte(key)
			g.checkCode(send(g), approval.CodeNotificationRefused)
			g.checkRecipients()
			g.checkCode(verify(g), approval.CodeInternal)
			_, err := g.service.VerifyLink(g.limited(), approval.SignedQuery(g.link(jo), key))
			g.checkCode(err, approval.CodeInternal)
			g.fake.Key = []byte(approvaltest.Key)
			g.checkCode(verify(g), "") // as soon as the key is back
		})
	}
}

// TestTimeLimit checks that the end of its context ends every call, with an error that says that a retry may help.
func TestTimeLimit(t *testing.T) {
	hang := func(g *gate) { g.fake.Hang = true }
	hangKey := func(g *gate) { g.fake.HangKey = true }
	moving := func(g *gate) {
		g.fake.Reads = slices.Repeat([]approval.Execution{{Status: approval.StatusMoving}}, 100)
	}
	tests := []struct {
		name string
		edit func(*gate)
		call func(*gate) error
		want approval.Code
	}{
		{"Send hangs", hang, send, approval.CodeNotificationUnavailable},
		{"e-mails are too slow", func(g *gate) { g.fake.Latency = 6 * time.Second }, send, approval.CodeNotificationUnavailable},
		{"key hangs", hangKey, send, approval.CodeNotificationUnavailable},
		{"VerifyLink hangs", hangKey, verify, approval.CodeUnavailable},
		{"Look hangs", hang, look, approval.CodeUnavailable},
		{"Decide hangs", hang, decide, approval.CodeUnavailable},
		{"answer is too slow", func(g *gate) { g.fake.Latency = 6 * time.Second }, decide, approval.CodeUnavailable},
		{"no task waits for Decide", moving, decide, approval.CodeUnavailable},
		{"no task waits for Look", moving, look, approval.CodeUnavailable},
		{"read stays stale", func(g *gate) {
			g.fake.Reads = slices.Repeat([]approval.Execution{g.execution()}, 100)
			g.fake.Retry(release)
		}, decide, approval.CodeUnavailable},
	}
	for _, test := range tests {
		runAtGate(t, test.name, 1, func(g *gate) {
			test.edit(g)
			begin := time.Now()
			g.checkError(test.call(g), test.want)
			if got := time.Since(begin); got != callLimit {
				t.Errorf("the call took %s, want %s", got, callLimit)
			}
			g.checkAnswers(0)
			g.checkRecipients()
		})
	}
}

// TestCodes checks that the codes differ, and which of them a retry may help.
func TestCodes(t *testing.T) {
	seen := map[approval.Code]bool{}
	var transient []approval.Code
	for _, code := range slices.Concat(approval.SendCodes(), approval.DecideCodes()) {
		if code == "" || seen[code] {
			t.Errorf("code %q is empty or listed twice", code)
		}
		seen[code] = true
		if code.Transient() {
			transient = append(transient, code)
		}
	}
	if diff := cmp.Diff([]approval.Code{approval.CodeNotificationUnavailable, approval.CodeUnavailable}, transient); diff != "" {
		t.Errorf("transient codes (-want +got):\n%s", diff)
	}
}

// TestError checks the code and the text of errors.
func TestError(t *testing.T) {
	cause := errors.New("throttled")
	tests := []struct {
		err  error
		code approval.Code
		text string
	}{
		{nil, "", ""},
		{cause, approval.CodeInternal, "throttled"},
		{approval.ErrClosed, approval.CodeInternal, "closed"}, // a port's error has no code
		{&approval.Error{Code: "Code"}, "Code", "Code"},
		{&approval.Error{Code: "Code", Message: "It is wrong."}, "Code", "Code: It is wrong."},
		{&approval.Error{Code: "Code", Err: cause}, "Code", "Code: throttled"},
		{fmt.Errorf("outer: %w", &approval.Error{Code: "Code", Message: "No.", Err: cause}), "Code", "outer: Code: No.: throttled"},
	}
	for _, test := range tests {
		if got := approval.CodeOf(test.err); got != test.code {
			t.Errorf("CodeOf(%v) = %q, want %q", test.err, got, test.code)
		}
		if got := approval.TextOf(test.err); got != test.text {
			t.Errorf("text = %q, want %q", got, test.text)
		}
		if got := errors.Is(test.err, cause); got != strings.Contains(test.text, "throttled") {
			t.Errorf("%q: errors.Is reports %t for the cause", test.text, got)
		}
	}
}
