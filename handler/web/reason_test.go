package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func reasonForm(reason string) url.Values { return url.Values{"reason": {reason}} }

func TestReasonIsRecorded(t *testing.T) {
	const reason = "Not on a Friday <b>\"é\" 承認</b>\r\nsee OPS-1"
	for _, contentType := range []string{formType, "Application/X-WWW-Form-Urlencoded; charset=utf-8"} {
		c := newConfirmClient(t)
		request := httptest.NewRequest("POST", "/reject?"+linkQuery, strings.NewReader(reasonForm(reason).Encode()))
		request.Header.Set("Content-Type", contentType)
		c.check(c.do(request), expected{status: http.StatusOK, message: "Workflow rejected", outcome: "rejected"})
		if got, want := c.records()[0].Reason, strings.ReplaceAll(reason, "\r\n", "\n"); got != want {
			t.Errorf("reason = %q, want %q", got, want)
		}
		if strings.Contains(c.logs.String(), "Friday") {
			t.Error("the log contains the reason")
		}
	}
}

func TestReasonInLinkIsIgnored(t *testing.T) {
	c := newClient(t)
	c.do(httptest.NewRequest("POST", "/reject?reason=planted&"+linkQuery, nil))
	if records := c.records(); len(records) != 1 || records[0].Reason != "" {
		t.Errorf("records = %+v, want one without a reason", records)
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
			c.check(c.post("/reject?"+linkQuery, reasonForm(test.reason)), expected{
				status: http.StatusBadRequest, message: test.message, outcome: "InvalidReason",
			})
		})
	}
}

func TestLongestReason(t *testing.T) {
	c := newConfirmClient(t)
	response := c.post("/reject?"+linkQuery, reasonForm(strings.Repeat("😀", 1000)))
	c.check(response, expected{status: http.StatusOK, message: "Workflow rejected", outcome: "rejected"})
}
