package web_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"
)

func reasonForm(reason string) url.Values { return url.Values{"reason": {reason}} }

var rejected = expected{status: http.StatusOK, message: "Workflow rejected", outcome: "rejected"}

func TestReasonIsRecorded(t *testing.T) {
	const reason = "Not on a Friday <b>\"é\" 承認</b>\r\nsee OPS-1"
	for _, contentType := range []string{formType, "Application/X-WWW-Form-Urlencoded; charset=utf-8"} {
		c := newConfirmClient(t)
		request := httptest.NewRequest("POST", c.reject(), strings.NewReader(reasonForm(reason).Encode()))
		request.Header.Set("Content-Type", contentType)
		c.check(c.do(request), rejected)
		if got, want := c.record().Reason, strings.ReplaceAll(reason, "\r\n", "\n"); got != want {
			t.Errorf("reason = %q, want %q", got, want)
		}
		if strings.Contains(c.logs.String(), "Friday") {
			t.Error("the log contains the reason")
		}
	}
}

// TestReasonComesFromTheForm checks that nobody can plant a reason in a link, and that a body that is not a form is not
// read.
func TestReasonComesFromTheForm(t *testing.T) {
	tests := []struct{ name, contentType, body string }{
		{"no content type", "", "reason=planted"},
		{"JSON", "application/json", `{"reason": "planted"}`},
		{"text", "text/plain", "reason=planted"},
		{"form without a reason", formType, "Reason=planted&reason+=planted"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := newClient(t)
			request := httptest.NewRequest("POST", c.reject()+"&reason=planted", strings.NewReader(test.body))
			request.Header.Set("Content-Type", test.contentType)
			c.check(c.do(request), rejected)
			if got := c.record().Reason; got != "" {
				t.Errorf("reason = %q, want none", got)
			}
		})
	}
}

// TestFormThatRepeatsTheLink checks that only the link says what is decided, and for whom.
func TestFormThatRepeatsTheLink(t *testing.T) {
	c := newConfirmClient(t)
	form := url.Values{
		"reason": {"mine", "another"}, "execution": {"approval-workflow:other"}, "started": {"1"}, "approver": {bob}, "sent": {"1"},
		"confirm": {"false"}, "signature": {"x"}, "token": {"x"},
	}
	c.check(c.post(c.reject()+"&reason=planted", form), rejected)
	if record := c.record(); record.Approver != ann || record.Reason != "mine" {
		t.Errorf("record of %s with reason %q, want %s and mine", record.Approver, record.Reason, ann)
	}
	if got := c.aws.Execution("release-42").Error; got != "Rejected" {
		t.Errorf("the execution ended with the error %q, want Rejected", got)
	}
}

func TestReasonTooLong(t *testing.T) {
	tests := []struct{ name, reason, message string }{
		{"too many characters", strings.Repeat("é", 1001), "The reason has 1001 characters"},
		{"too many bytes", strings.Repeat("é", 100_000), "The form is too large"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := newConfirmClient(t)
			c.check(c.post(c.reject(), reasonForm(test.reason)), expected{
				status: http.StatusBadRequest, message: test.message, outcome: "InvalidReason",
			})
		})
	}
}

func TestLongestReason(t *testing.T) {
	c := newConfirmClient(t)
	c.check(c.post(c.reject(), reasonForm(strings.Repeat("😀", 1000))), rejected)
}

func TestDamagedForm(t *testing.T) {
	tests := []struct {
		name    string
		body    io.Reader
		message string
	}{
		{"cut escape", strings.NewReader("reason=%2"), "The form is damaged. Nothing was decided."},
		{"connection reset", io.MultiReader(strings.NewReader("reason=x"), iotest.ErrReader(errors.New("reset"))), "Nothing was decided."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := newClient(t)
			request := httptest.NewRequest("POST", c.reject(), test.body)
			request.Header.Set("Content-Type", formType)
			c.check(c.do(request), expected{status: http.StatusBadRequest, message: test.message, outcome: "InvalidReason"})
		})
	}
}
