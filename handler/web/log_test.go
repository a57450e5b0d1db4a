package web_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
)

func TestRecordAndLogOfClick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t)
		time.Sleep(90 * time.Second)
		request := httptest.NewRequest("GET", c.approve(), nil)
		request.RemoteAddr = "203.0.113.7"
		request.Header.Set("User-Agent", "Mail/1.0 (like, Gecko)")
		c.do(request)
		wantOutput := `{"status":"approved","approvals":[{"approver":"ann@example.com","decidedAt":"2000-01-01T00:01:30Z",` +
			`"sourceIp":"203.0.113.7","userAgent":"Mail/1.0 (like, Gecko)","ageSeconds":90}]}`
		if diff := cmp.Diff(wantOutput, c.aws.Answers()[0].Output); diff != "" {
			t.Errorf("output of the task (-want +got):\n%s", diff)
		}
		wantLog := map[string]any{
			"level": "INFO", "msg": "request", "route": "GET /approve", "status": 200.0, "outcome": "approved",
			"execution": "release-42", "approver": ann, "ageSeconds": 90.0,
		}
		if diff := cmp.Diff(wantLog, c.lastLog()); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
	})
}

// TestLogOfSignedLinks checks that the log has the execution and the approver of every link that is the workflow's own. Only
// a decision has an age.
func TestLogOfSignedLinks(t *testing.T) {
	for outcome, click := range map[string]func(*client){
		"asked":                func(c *client) { c.do(newRequest(c.approve(), but(browsers["Chrome"], "Accept-Language", ""))) },
		"ConfirmationRequired": func(c *client) { c.do(newRequest(c.approve(), http.Header{"User-Agent": {"Mozilla/5.0"}})) },
		"InvalidReason":        func(c *client) { c.post(c.approve(), reasonForm(string(make([]byte, 40_000)))) },
		"Stopped":              func(c *client) { c.aws.End("release-42", approval.StatusAborted, ""); c.get(c.approve()) },
		"Internal":             func(c *client) { c.aws.SucceedErr = errors.New("denied"); c.get(c.approve()) },
	} {
		t.Run(outcome, func(t *testing.T) {
			c := newClient(t)
			click(c)
			line := c.lastLog()
			if line["outcome"] != outcome || line["execution"] != "release-42" || line["approver"] != ann || line["ageSeconds"] != nil {
				t.Errorf("log = %v, want the outcome %s, the execution, the approver and no age", line, outcome)
			}
		})
	}
}

// TestLogOfLinkThatWasNotVerified checks that the log shows nothing of a link as long as KMS does not answer.
func TestLogOfLinkThatWasNotVerified(t *testing.T) {
	c := newClient(t)
	c.aws.KeyErr = &approval.Error{Code: approval.CodeUnavailable}
	c.get(c.approve())
	if line := c.lastLog(); line["outcome"] != "Unavailable" || line["execution"] != "" || line["approver"] != nil {
		t.Errorf("log = %v, want Unavailable without an execution and an approver", line)
	}
}

func TestLogLevel(t *testing.T) {
	tests := []struct {
		name, query string
		err         error
		status      int
		level       string
	}{
		{name: "decision", status: http.StatusOK, level: "INFO"},
		{name: "problem of the client", query: "x=1", status: http.StatusBadRequest, level: "WARN"},
		{name: "problem of the workflow", err: errors.New("denied"), status: http.StatusInternalServerError, level: "ERROR"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := newClient(t)
			c.aws.SucceedErr = test.err
			target := "/approve?" + test.query
			if test.query == "" {
				target = c.approve()
			}
			c.get(target)
			if line := c.lastLog(); line["status"] != float64(test.status) || line["level"] != test.level {
				t.Errorf("status = %v, level = %v, want %d, %s", line["status"], line["level"], test.status, test.level)
			}
		})
	}
}
