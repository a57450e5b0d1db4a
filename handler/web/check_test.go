package web_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/web"
)

// TestCheckKey checks the answers about the key of the links, and what the log says about them.
func TestCheckKey(t *testing.T) {
	for name, test := range map[string]struct {
		err            error
		status         int
		level, outcome string
	}{
		"usable":      {nil, 200, "INFO", "checked"},
		"disabled":    {errors.New("DisabledException"), 500, "ERROR", "Internal"},
		"unavailable": {approval.ErrUnavailable, 503, "ERROR", "Unavailable"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClient(t)
			c.aws.KeyErr = test.err
			if got := c.sendEvent(web.CheckKey, `{"detail-type": "Scheduled Event"}`).Code; got != test.status {
				t.Errorf("status = %d, want %d", got, test.status)
			}
			logs, line := c.logs.String(), c.lastLog()
			if line["route"] != "POST /check-key" || line["level"] != test.level || line["outcome"] != test.outcome {
				t.Errorf("log = %v, want level %s and outcome %s", line, test.level, test.outcome)
			}
			if test.err != nil && !strings.Contains(logs, test.err.Error()) {
				t.Errorf("log = %s, want %q in it", logs, test.err)
			}
		})
	}
}

// TestCheckKeyFromTheGateway checks that a flood from outside cannot call KMS.
func TestCheckKeyFromTheGateway(t *testing.T) {
	c := newClient(t)
	c.aws.KeyErr = errors.New("a call")
	if got := c.do(newRequest("POST", web.CheckKey, nil)).Code; got != http.StatusNotFound {
		t.Errorf("status = %d, want 404", got)
	}
}
