package web_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
)

// expected is the answer to a client that prefers JSON.
type expected struct {
	status  int
	message string // part of it
	outcome string // in the log
	header  http.Header
}

func (c *client) check(response *httptest.ResponseRecorder, want expected) {
	c.t.Helper()
	if response.Code != want.status {
		c.t.Errorf("status = %d, want %d", response.Code, want.status)
	}
	if got := decode(c.t, response).Message; !strings.Contains(got, want.message) {
		c.t.Errorf("message = %q, want %q in it", got, want.message)
	}
	for name, values := range want.header {
		if diff := cmp.Diff(values, response.Header()[name]); diff != "" {
			c.t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if got := c.lastLog()["outcome"]; got != want.outcome {
		c.t.Errorf("logged outcome = %v, want %s", got, want.outcome)
	}
	decisions := 0
	if want.status == http.StatusOK {
		decisions = 1
	}
	c.checkDecisions(decisions)
}

// checkDecisions checks how many decisions the last request has made.
func (c *client) checkDecisions(want int) {
	c.t.Helper()
	if got := len(c.aws.Answers()) - c.before; got != want {
		c.t.Errorf("the request made %d decisions, want %d", got, want)
	}
}

type body struct{ Error, Message string }

func decode(t *testing.T, response *httptest.ResponseRecorder) body {
	t.Helper()
	if got := response.Header().Get("Content-Type"); got != "application/json" {
		t.Errorf("content type = %q, want application/json", got)
	}
	var b body
	if err := json.Unmarshal(response.Body.Bytes(), &b); err != nil {
		t.Fatal(err)
	}
	return b
}

// record returns the record of the last decision that Step Functions accepted.
func (c *client) record() approval.Record {
	c.t.Helper()
	answers := c.aws.Answers()
	if len(answers) == 0 {
		c.t.Fatal("no decision was made")
	}
	var result struct {
		Approvals []approval.Record
		Rejection approval.Record
	}
	if err := json.Unmarshal([]byte(answers[len(answers)-1].Output), &result); err != nil {
		c.t.Fatal(err)
	}
	if len(result.Approvals) > 0 {
		return result.Approvals[len(result.Approvals)-1]
	}
	return result.Rejection
}

// lastLog returns the last line of the log without its time and error.
func (c *client) lastLog() map[string]any {
	c.t.Helper()
	lines := strings.Split(strings.TrimSpace(c.logs.String()), "\n")
	var line map[string]any
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &line); err != nil {
		c.t.Fatal(err)
	}
	delete(line, "time")
	delete(line, "error")
	return line
}
