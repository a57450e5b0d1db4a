package web_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/approval/approvaltest"
	"approval-workflow/handler/web"
)

const formType = "application/x-www-form-urlencoded"

// client sends requests to the handler of a workflow with three approvers. It checks what must be true of every answer and
// every line of the log.
type client struct {
	t       *testing.T
	aws     *approvaltest.Fake // one task waits
	handler http.Handler
	logs    bytes.Buffer
	before  int // the number of answers to tasks before the last request
}

// newClient returns a client of a workflow with a request that one approval decides.
func newClient(t *testing.T) *client { return newClientOf(t, approval.Config{}, payload("{}", 1)) }

// newConfirmClient returns a client of a workflow whose links ask before they decide.
func newConfirmClient(t *testing.T) *client {
	return newClientOf(t, approval.Config{Confirm: true}, payload("{}", 1))
}

// newClientOf returns a client of a workflow that has sent the request in payload to the approvers.
func newClientOf(t *testing.T, config approval.Config, payload string) *client {
	t.Helper()
	c := &client{t: t, aws: approvaltest.New(ann, bob, carol)}
	config.Approvers = []string{ann, bob, carol}
	c.configure(config)
	request, err := approval.ParseRequest([]byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	c.aws.Start(request)
	if got := c.send(payload).Code; got != http.StatusOK {
		t.Fatalf("status of the send-request invocation = %d, want 200", got)
	}
	return c
}

// configure deploys the workflow with another configuration.
func (c *client) configure(config approval.Config) {
	config.APIURL = apiURL
	c.handler = web.NewHandler(approval.NewService(config, c.aws.Ports()), slog.New(slog.NewJSONHandler(&c.logs, nil)))
}

func (c *client) do(request *http.Request) *httptest.ResponseRecorder {
	c.t.Helper()
	logged := c.logs.Len()
	c.before = len(c.aws.Answers())
	recorder := httptest.NewRecorder()
	c.handler.ServeHTTP(recorder, request)
	c.checkHeader(recorder.Header())
	if lines := strings.Count(c.logs.String()[logged:], "\n"); lines != 1 {
		c.t.Errorf("the request wrote %d lines to the log, want 1", lines)
	}
	c.checkSecrets(fmt.Sprint(c.logs.String(), recorder.Header(), withoutActions(recorder.Body.String())))
	return recorder
}

func (c *client) checkHeader(header http.Header) {
	c.t.Helper()
	for name, want := range map[string]string{
		"Cache-Control":          "no-store",
		"Referrer-Policy":        "no-referrer",
		"X-Content-Type-Options": "nosniff",
		"X-Robots-Tag":           "noindex",
		"Vary":                   "Accept",
		"Location":               "",
	} {
		if got := header.Get(name); got != want {
			c.t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
}

func (c *client) get(target string) *httptest.ResponseRecorder {
	c.t.Helper()
	return c.do(httptest.NewRequest("GET", target, nil))
}

// getPage sends what a browser sends.
func (c *client) getPage(target string) *httptest.ResponseRecorder {
	c.t.Helper()
	return c.do(newRequest(target, browsers["Firefox"]))
}

// post posts a form to target.
func (c *client) post(target string, form url.Values) *httptest.ResponseRecorder {
	c.t.Helper()
	request := httptest.NewRequest("POST", target, strings.NewReader(form.Encode()))
	request.Header.Set("Content-Type", formType)
	return c.do(request)
}

func newRequest(target string, header http.Header) *http.Request {
	request := httptest.NewRequest("GET", target, nil)
	request.Header = header.Clone()
	return request
}
