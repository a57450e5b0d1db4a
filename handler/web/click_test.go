package web_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"

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
		message: "AWS did not answer, or the request is being sent again. Nothing was decided. The link still works. Open it again in a minute."}
	notNow = expected{status: 500, outcome: "Internal", kind: "failure", title: "This does not work now",
		message: "The workflow could not check this link. Nothing was decided. Tell the operators of this workflow. The function's log says why."}
)

// TestErrorsOfPorts checks the answers while AWS fails. They show nothing of the error.
func TestErrorsOfPorts(t *testing.T) {
	succeed := func(f *approvaltest.Fake, err error) { f.SucceedErr = err }
	read := func(f *approvaltest.Fake, err error) { f.ReadErr = err }
	key := func(f *approvaltest.Fake, err error) { f.KeyErr = err }
	type answers struct{ transient, permanent expected }
	undecided, unknown := answers{tryAgain, notNow}, answers{notRecordedYet, notRecorded}
	tests := []struct {
		name       string
		confirm    bool
		fail       func(*approvaltest.Fake, error)
		open, post answers
	}{
		{name: "SendTaskSuccess", fail: succeed, open: unknown, post: unknown},
		{name: "GetExecutionHistory", fail: read, open: unknown, post: unknown},
		{name: "GetExecutionHistory to ask", confirm: true, fail: read, open: undecided, post: unknown},
		{name: "GenerateMac", fail: key, open: undecided, post: undecided},
		{name: "GenerateMac to ask", confirm: true, fail: key, open: undecided, post: undecided},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := newClientOf(t, test.confirm, payload("{}", 1))
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
		{"unknown end", func(f *approvaltest.Fake) { f.EndedErr = errors.New("SDK: not authorized") }, approved},
		{"task that stays closed", func(f *approvaltest.Fake) { f.SucceedErr = fmt.Errorf("timed out: %w", approval.ErrClosed) }, notRecordedYet},
		{"error that quotes the token", func(f *approvaltest.Fake) { f.SucceedErr = errors.New("SDK: '" + token + "' at 'taskToken'") }, notRecorded},
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

// TestReason posts to a link with a planted reason. Only a form has a reason, and only the link says what is decided and for
// whom.
func TestReason(t *testing.T) {
	const reason = "Not on a Friday <b>\"é\" 承認</b>\r\nsee OPS-1"
	body := reasonForm(reason).Encode()
	longest := strings.Repeat("😀", 1000)
	invalid := func(what string) expected {
		return expected{status: 400, outcome: "InvalidReason",
			message: what + " Nothing was decided. Go back, change the reason and press the button again."}
	}
	for _, test := range []struct {
		name, contentType string
		body              io.Reader
		want              expected
		reason            string // in the record
	}{
		{"form", formType, strings.NewReader(body), rejected, strings.ReplaceAll(reason, "\r\n", "\n")},
		{"another spelling of the type", "Application/X-WWW-Form-Urlencoded; charset=utf-8",
			strings.NewReader(body), rejected, strings.ReplaceAll(reason, "\r\n", "\n")},
		{"no content type", "", strings.NewReader("reason=planted"), rejected, ""},
		{"JSON", "application/json", strings.NewReader(`{"reason": "planted"}`), rejected, ""},
		{"text", "text/plain", strings.NewReader("reason=planted"), rejected, ""},
		{"form without a reason", formType, strings.NewReader("Reason=planted&reason+=planted"), rejected, ""},
		{"form that repeats the link", formType, strings.NewReader(url.Values{
			"reason": {"mine", "another"}, "execution": {"approval-workflow:other"}, "started": {"1"}, "approver": {bob}, "sent": {"1"},
			"confirm": {"false"}, "signature": {"x"}, "token": {"x"}}.Encode()), rejected, "mine"},
		{"longest", formType, strings.NewReader(reasonForm(longest).Encode()), rejected, longest},
		{"too many characters", formType, strings.NewReader(reasonForm(strings.Repeat("é", 1001)).Encode()),
			invalid("The reason has 1001 characters. The limit is 1000."), ""},
		{"too many bytes", formType, strings.NewReader(reasonForm(strings.Repeat("é", 100_000)).Encode()), invalid("The form is too large."), ""},
		{"cut escape", formType, strings.NewReader("reason=%2"), invalid("The form is damaged."), ""},
		{"connection reset", formType, io.MultiReader(strings.NewReader("reason=x"), iotest.ErrReader(errors.New("reset"))),
			invalid("The form is too large."), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newConfirmClient(t)
			c.check(c.postBody(c.reject()+"&reason=planted", test.contentType, test.body), test.want)
			if strings.Contains(c.logs.String(), "Friday") {
				t.Error("the log contains the reason")
			}
			if test.want.status != http.StatusOK {
				return
			}
			if got := c.record(); got.Approver != ann || got.Reason != test.reason {
				t.Errorf("record of %s with the reason %q, want %s and %q", got.Approver, got.Reason, ann, test.reason)
			}
		})
	}
}
