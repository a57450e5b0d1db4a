package web_test

import (
	"errors"
	"fmt"
	"net/http"
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
		request := newRequest("GET", c.approve(), http.Header{"User-Agent": {"Mail/1.0 (like, Gecko)"}})
		request.RemoteAddr = "203.0.113.7"
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

// TestLogOfLinks checks that the log has the execution and the approver of every link that is the workflow's own, but nothing
// of a link as long as KMS does not answer. Only a decision has an age.
func TestLogOfLinks(t *testing.T) {
	for outcome, click := range map[string]func(*client){
		"asked": func(c *client) { c.do(newRequest("GET", c.approve(), but(browsers["Chrome"], "Accept-Language", ""))) },
		"ConfirmationRequired": func(c *client) {
			c.do(newRequest("GET", c.approve(), http.Header{"User-Agent": {"Mozilla/5.0"}}))
		},
		"InvalidReason": func(c *client) { c.post(c.approve(), reasonForm(string(make([]byte, 40_000)))) },
		"Stopped":       func(c *client) { c.aws.End("release-42", approval.StatusAborted, ""); c.get(c.approve()) },
		"Internal":      func(c *client) { c.aws.SucceedErr = errors.New("denied"); c.get(c.approve()) },
		"Unavailable":   func(c *client) { c.aws.KeyErr = fmt.Errorf("KMS: %w", approval.ErrUnavailable); c.get(c.approve()) },
	} {
		t.Run(outcome, func(t *testing.T) {
			c := newClient(t)
			click(c)
			want := map[string]any{"outcome": outcome, "execution": "release-42", "approver": ann}
			if outcome == "Unavailable" {
				want = map[string]any{"outcome": outcome, "execution": ""}
			}
			line := c.lastLog()
			for _, name := range []string{"level", "msg", "route", "status"} {
				delete(line, name)
			}
			if diff := cmp.Diff(want, line); diff != "" {
				t.Errorf("log (-want +got):\n%s", diff)
			}
		})
	}
}
