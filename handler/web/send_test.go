package web_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"approval-workflow/handler/web"
)

// send sends a payload as the state machine's task. It prefers a page, which a task never gets.
func (c *client) send(body string) *httptest.ResponseRecorder {
	c.t.Helper()
	request := httptest.NewRequest("POST", web.SendRequest, strings.NewReader(body))
	request.Header.Set("Accept", "text/html")
	return c.do(request.WithContext(web.WithTask(c.t.Context())))
}

func TestSendRequest(t *testing.T) {
	approved := `"approvals": [{"approver": "` + ann + `", "decidedAt": "2000-01-01T00:00:00Z", "ageSeconds": 1}]`
	first := payload("[]", 2)
	reminder := strings.Replace(first, `"retryCount": 0`, `"retryCount": 1`, 1)
	tests := []struct {
		name, payload, outcome string
		emails                 int
	}{
		{"first e-mail", first, "requested", 3},
		{"reminder", reminder, "reminded", 3},
		{"further round", strings.Replace(first, `"approvals": []`, approved, 1), "continued", 0},
		{"reminder in a further round", strings.Replace(reminder, `"approvals": []`, approved, 1), "reminded", 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := newClient(t)
			before := len(c.aws.Emails())
			response := c.send(test.payload)
			if got, want := decode(t, response), (body{Message: "Approval requested"}); response.Code != http.StatusOK || got != want {
				t.Errorf("answer = %d %+v, want %d %+v", response.Code, got, http.StatusOK, want)
			}
			c.checkTaskLog("INFO", test.outcome, "release-42")
			if got := len(c.aws.Emails()) - before; got != test.emails {
				t.Errorf("%d e-mails were sent, want %d", got, test.emails)
			}
		})
	}
}

func TestSendRequestThatCannotBeRead(t *testing.T) {
	c := newClient(t)
	request := httptest.NewRequest("POST", web.SendRequest, iotest.ErrReader(errors.New("reset")))
	response := c.do(request.WithContext(web.WithTask(t.Context())))
	if got := decode(t, response).Error; response.Code != http.StatusInternalServerError || got != "Internal" {
		t.Errorf("answer = %d %s, want %d Internal", response.Code, got, http.StatusInternalServerError)
	}
	c.checkTaskLog("ERROR", "Internal", "")
}

func (c *client) checkTaskLog(level, outcome, execution string) {
	c.t.Helper()
	line := c.lastLog()
	if line["level"] != level || line["outcome"] != outcome || line["execution"] != execution || line["approver"] != nil {
		c.t.Errorf("log = %v, want level %s, outcome %s, execution %q", line, level, outcome, execution)
	}
}
