package web_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

func TestRecordAndLogOfClick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t)
		request := httptest.NewRequest("GET", "/approve?execution=release-42&"+tokenQuery, nil)
		request.RemoteAddr = "203.0.113.7"
		request.Header.Set("User-Agent", "Mail/1.0 (like, Gecko)")
		c.do(request)
		wantOutput := `{"status":"approved","decidedAt":"2000-01-01T00:00:00Z","sourceIp":"203.0.113.7","userAgent":"Mail/1.0 (like, Gecko)"}`
		if diff := cmp.Diff(wantOutput, c.aws.Answers()[0].Output); diff != "" {
			t.Errorf("output of the task (-want +got):\n%s", diff)
		}
		wantLog := map[string]any{
			"level": "INFO", "msg": "request", "route": "GET /approve", "status": 200.0, "outcome": "approved", "execution": "release-42",
		}
		if diff := cmp.Diff(wantLog, c.lastLog()); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
	})
}

func TestLogOmitsWhatCannotBeAnExecution(t *testing.T) {
	c := newClient(t)
	c.get("/approve?token=x&execution=" + url.QueryEscape(token))
	if got := c.lastLog()["execution"]; got != "" {
		t.Error("the log contains an execution that is not a valid name")
	}
}

func TestLogNamesTheExecution(t *testing.T) {
	for name, target := range map[string]string{
		"page that asks": "/approve?confirm=true&execution=release-42&" + tokenQuery,
		"no token":       "/approve?execution=release-42",
		"wrong token":    "/approve?execution=release-42&token=x",
		"two tokens":     "/approve?execution=release-42&token=x&token=y",
	} {
		t.Run(name, func(t *testing.T) {
			c := newClient(t)
			c.get(target)
			if got := c.lastLog()["execution"]; got != "release-42" {
				t.Errorf("logged execution = %v, want release-42", got)
			}
		})
	}
}

func TestLogLevel(t *testing.T) {
	tests := []struct {
		name, target string
		err          error
		status       int
		level        string
	}{
		{name: "decision", target: "/approve?" + tokenQuery, status: http.StatusOK, level: "INFO"},
		{name: "problem of the client", target: "/approve", status: http.StatusBadRequest, level: "WARN"},
		{name: "problem of the workflow", target: "/approve?" + tokenQuery, err: errors.New("denied"),
			status: http.StatusInternalServerError, level: "ERROR"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := newClient(t)
			c.aws.SucceedErr = test.err
			c.get(test.target)
			if line := c.lastLog(); line["status"] != float64(test.status) || line["level"] != test.level {
				t.Errorf("status = %v, level = %v, want %d, %s", line["status"], line["level"], test.status, test.level)
			}
		})
	}
}
