package web_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/approval/approvaltest"
)

// The answers if AWS fails: after the decision was sent, or at least might have been, and before.
var (
	retry          = http.Header{"Retry-After": {"30"}}
	notRecordedYet = expected{status: 503, outcome: "Unavailable", kind: "failure", title: "Not recorded yet", header: retry,
		message: "AWS did not confirm the decision. Treat it as not recorded. " +
			"The link still works. Open it again in a minute to decide, or to see what was recorded."}
	notRecorded = expected{status: 500, outcome: "Internal", kind: "failure", title: "Not recorded",
		message: "The decision did not reach the workflow. Treat it as not recorded. " +
			"Tell the operators of this workflow. The function's log says why."}
	tryAgain = expected{status: 503, outcome: "Unavailable", kind: "failure", title: "Please try again", header: retry,
		message: "AWS did not answer, or the request is being sent again. Nothing was decided. " +
			"The link still works. Open it again in a minute."}
	notNow = expected{status: 500, outcome: "Internal", kind: "failure", title: "This does not work now",
		message: "The workflow could not check this link. Nothing was decided. " +
			"Tell the operators of this workflow. The function's log says why."}
)

func TestRecordAndLogOfClick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t)
		time.Sleep(90 * time.Second)
		request := newRequest("GET", c.approve(), http.Header{"User-Agent": {"curl/8.14.1 (like, Gecko)"}})
		request.RemoteAddr = "203.0.113.7"
		c.check(c.do(request), approved)
		wantOutput := `{"status":"approved","approvals":[{"approver":"ann@example.com","decidedAt":"2000-01-01T00:01:30Z",` +
			`"sourceIp":"203.0.113.7","userAgent":"curl/8.14.1 (like, Gecko)","ageSeconds":90}]}`
		if diff := cmp.Diff(wantOutput, c.lastOutput()); diff != "" {
			t.Errorf("output of the task (-want +got):\n%s", diff)
		}
		if line := c.lastLog(); line["route"] != "GET /approve" || line["ageSeconds"] != 90.0 {
			t.Errorf("log = %v, want the route GET /approve and 90 seconds", line)
		}
	})
}

// TestErrorsOfPorts checks the answers while AWS fails. They show nothing of the error.
func TestErrorsOfPorts(t *testing.T) {
	succeed := func(f *approvaltest.Fake, err error) { f.SucceedErr = err }
	read := func(f *approvaltest.Fake, err error) { f.ReadErr = err }
	key := func(f *approvaltest.Fake, err error) { f.KeyErr = err }
	type answers struct{ transient, permanent expected }
	unknown, undecided := answers{notRecordedYet, notRecorded}, answers{tryAgain, notNow}
	unverified := answers{tryAgain.unverified(), notNow.unverified()}
	tests := []struct {
		name       string
		confirm    bool
		fail       func(*approvaltest.Fake, error)
		open, post answers
	}{
		{name: "SendTaskSuccess", fail: succeed, open: unknown, post: unknown},
		{name: "GetExecutionHistory", fail: read, open: unknown, post: unknown},
		{name: "GetExecutionHistory to ask", confirm: true, fail: read, open: undecided, post: unknown},
		{name: "GenerateMac", fail: key, open: unverified, post: unverified},
		{name: "GenerateMac to ask", confirm: true, fail: key, open: unverified, post: unverified},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := newClientOf(t, test.confirm, one)
			for _, err := range []error{fmt.Errorf("SDK: throttled: %w", approval.ErrUnavailable), context.DeadlineExceeded} {
				test.fail(c.aws, err)
				c.checkOpened(c.approve(), test.open.transient)
				c.check(c.post(c.reject(), nil), test.post.transient)
			}
			test.fail(c.aws, errors.New("SDK: not authorized"))
			c.checkOpened(c.approve(), test.open.permanent)
			c.check(c.post(c.reject(), nil), test.post.permanent)
		})
	}
}

// TestOneClick clicks while AWS behaves in rare ways.
func TestOneClick(t *testing.T) {
	moving := approval.Execution{Status: approval.StatusMoving}
	for _, test := range []struct {
		name    string
		prepare func(*approvaltest.Fake)
		want    expected
	}{
		{"lost answer", func(f *approvaltest.Fake) { f.LoseAnswers = 1 }, approved},
		{"between two tasks", func(f *approvaltest.Fake) { f.Reads = []approval.Execution{moving, moving} }, approved},
		{"error that quotes the token", func(f *approvaltest.Fake) { f.SucceedErr = errors.New("SDK: '" + token + "'") }, notRecorded},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newClient(t)
				test.prepare(c.aws)
				c.check(c.get(c.approve()), test.want)
			})
		})
	}
}

var counted = expected{status: 200, outcome: "counted", kind: "counted", title: "Your approval counts"}

func TestApprovalsOfThree(t *testing.T) {
	c := newClientOf(t, false, payload("{}", 3))
	c.checkPage(c.getPage(c.approve()), counted.with("Your approval was recorded. 2 more approvals are needed."))
	c.check(c.get(c.link(approval.Approve, bob)), counted.with("Your approval was recorded. 1 more approval is needed."))
	c.check(c.get(c.link(approval.Approve, carol)), approved)
	if got := c.aws.Execution("release-42").Status; got != approval.StatusSucceeded {
		t.Errorf("the execution is %s, want SUCCEEDED", got)
	}
}

// TestClickAfterOwnApproval checks that whoever has approved can only reject, in both modes.
func TestClickAfterOwnApproval(t *testing.T) {
	alreadyCounted := expected{status: 409, outcome: "AlreadyCounted", kind: "counted", title: "Your approval counts",
		message: "You have approved this request before. 1 more approval is needed. " +
			"You do not have to do anything. You can still reject it with the other link in the e-mail."}
	for _, confirm := range []bool{false, true} {
		c := newClientOf(t, confirm, two)
		c.decide(approval.Approve, ann)
		c.checkOpened(c.approve(), alreadyCounted)
		c.check(c.post(c.approve(), nil), alreadyCounted)
		if confirm {
			c.check(c.get(c.reject()), confirmationRequired)
			c.check(c.post(c.reject(), reasonForm("a mistake")), rejected)
		} else {
			c.check(c.get(c.reject()), rejected)
		}
		if got := c.aws.Execution("release-42").Error; got != "Rejected" {
			t.Errorf("the execution ended with the error %q, want Rejected", got)
		}
	}
}

const reason = "Not on a Friday <b>\"é\" 承認</b>\nsee OPS-1"

var longest = strings.Repeat("😀", approval.MaxReason)

const notAForm = "The body is not a form of the type application/x-www-form-urlencoded."

// reasonTests are posts to reject. Only a form has a reason, and only the link says what is decided and for whom.
var reasonTests = []struct {
	name, contentType, body string
	reason                  string // in the record
	invalid                 string // why the form is refused
}{
	{name: "form", contentType: formType, body: reasonForm(strings.ReplaceAll(reason, "\n", "\r\n")).Encode(), reason: reason},
	{name: "another spelling of the type", contentType: "Application/X-WWW-Form-Urlencoded; charset=utf-8",
		body: reasonForm(reason).Encode(), reason: reason},
	{name: "no body", contentType: "application/json"},
	{name: "no content type", body: "decision=approved", invalid: notAForm},
	{name: "JSON", contentType: "application/json", body: `{"decision": "approved"}`, invalid: notAForm},
	{name: "multipart", contentType: "multipart/form-data; boundary=x", body: "--x\r\n\r\n--x--", invalid: notAForm},
	{name: "text", contentType: "text/plain", body: "decision=approved", invalid: notAForm},
	{name: "two types", contentType: formType + ", " + formType, body: "decision=approved", invalid: notAForm},
	{name: "repeated charset", contentType: formType + "; charset=a; charset=b", body: "decision=approved", invalid: notAForm},
	{name: "form without a reason", contentType: formType, body: "Reason=planted&reason+=planted"},
	{name: "form that repeats the link", contentType: formType, body: "reason=mine&reason=another&execution=approval-workflow:other" +
		"&started=1&approver=" + bob + "&sent=1&confirm=false&signature=x&token=x", reason: "mine"},
	{name: "semicolon", contentType: formType, body: "reason=No; wait until Monday", reason: "No; wait until Monday"}, // curl -d
	{name: "escaped semicolon", contentType: formType, body: "reason=a%3Bb;c%3D;d=;&x=;", reason: "a;b;c=;d=;"},
	{name: "longest", contentType: formType, body: reasonForm(longest).Encode(), reason: longest},
	{name: "too many characters", contentType: formType, body: reasonForm(strings.Repeat("é", 1001)).Encode(),
		invalid: "The reason has 1001 characters. The limit is 1000."},
	{name: "too many bytes", contentType: formType, body: "reason=" + strings.Repeat("x", 40_000), invalid: "The form is too large."},
	{name: "cut escape", contentType: formType, body: "reason=%2", invalid: "The form is damaged."},
	{name: "connection reset", contentType: formType, body: "reason=x", invalid: "The form is too large."},
}

// TestGetHasNoForm checks that the body of a GET changes nothing, whatever it is.
func TestGetHasNoForm(t *testing.T) {
	for _, body := range []string{"decision=rejected&reason=planted", strings.Repeat("x", 40_000)} {
		c := newClient(t)
		request := newRequest("GET", c.approve(), but(curl, "Content-Type", formType))
		request.Body = io.NopCloser(strings.NewReader(body))
		c.check(c.do(request), approved)
		c.checkDecisions(1)
	}
}

// TestReason posts to a link that somebody added a reason to.
func TestReason(t *testing.T) {
	for _, test := range reasonTests {
		t.Run(test.name, func(t *testing.T) {
			c := newClientOf(t, true, one)
			var body io.Reader = strings.NewReader(test.body)
			if test.name == "connection reset" {
				body = io.MultiReader(body, iotest.ErrReader(errors.New("reset")))
			}
			response := c.postBody(c.reject()+"&reason=planted", test.contentType, body)
			if strings.Contains(c.logs.String(), "Friday") {
				t.Error("the log contains the reason")
			}
			if test.invalid != "" {
				c.check(response, expected{status: 400, outcome: "InvalidReason",
					message: test.invalid + " Nothing was decided. Go back, change the reason and press the button again."})
				return
			}
			c.check(response, rejected)
			if got := c.record(); got.Approver != ann || got.Reason != test.reason {
				t.Errorf("record of %s with the reason %q, want %s and %q", got.Approver, got.Reason, ann, test.reason)
			}
		})
	}
}

// TestPressedButton checks that the button in a posted form decides, whatever the link says: text browsers post every button to
// the address of the page. A button that no page has decides nothing.
func TestPressedButton(t *testing.T) {
	unknown := expected{status: 400, outcome: "UnknownButton", kind: "failure", title: "Unknown button",
		message: `The form's "decision" must be "approved" or "rejected", once. Nothing was decided.`}
	results := map[approval.Decision]expected{approval.Approve: approved, approval.Reject: rejected}
	for _, link := range approval.Decisions() {
		for body, want := range map[string]expected{
			"decision=approved":                       approved,
			"reason=x&decision=rejected":              rejected,
			"reason=decision=rejected":                results[link],
			"Decision=rejected":                       unknown,
			"decision%5B%5D=rejected":                 unknown,
			"decisions=rejected":                      results[link],
			"decision=":                               unknown,
			"decision=Approved":                       unknown,
			"decision=approve":                        unknown,
			"decision=%20approved":                    unknown,
			"decision=approved&decision=rejected":     unknown,
			"decision=rejected&decision=rejected&x=y": unknown,
			"decision=rejected;decision=approved":     unknown,
		} {
			c := newClient(t)
			c.check(c.postBody(c.link(link, ann)+"&decision=rejected", formType, strings.NewReader(body)), want)
		}
	}
}

// TestWhoPressedGetsAPage checks who gets a page after a POST. edbrowse and its like accept anything and cannot show JSON, so a
// button of the page tells them from programs.
func TestWhoPressedGetsAPage(t *testing.T) {
	for _, test := range []struct {
		accept, agent, body string
		page                bool
	}{
		{"*/*", "edbrowse/3.7.7", "decision=approved", true},
		{"", "", "decision=approved", true},
		{"*/*", "edbrowse/3.7.7", "reason=x", false},
		{"*/*", "curl/8.14.1", "decision=approved", false},
		{"application/json, */*", "axios/1.21.1", "decision=approved", false},
		{"image/*", "", "decision=approved", false},
		{"text/html", "curl/8.14.1", "", true},
	} {
		c := newClient(t)
		request := newRequest("POST", c.approve(), http.Header{"User-Agent": {test.agent}, "Content-Type": {formType}})
		if test.accept != "" {
			request.Header.Set("Accept", test.accept)
		}
		request.Body = io.NopCloser(strings.NewReader(test.body))
		if response := c.do(request); test.page {
			c.checkPage(response, approved)
		} else {
			c.check(response, approved)
		}
	}
}
