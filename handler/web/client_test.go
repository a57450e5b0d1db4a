package web_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/approval/approvaltest"
	"approval-workflow/handler/web"
)

const (
	token    = "AQCAAAAKgAA+S3CRET/token=="
	formType = "application/x-www-form-urlencoded"
)

var (
	// tokenQuery is the least that a link contains.
	tokenQuery = "token=" + url.QueryEscape(token)
	// linkQuery is the query of a link as the e-mail contains it.
	linkQuery = tokenQuery + "&workflow=approval-workflow&execution=release-42&started=1795339805123&sent=1795339806&expires=1795426206"

	tokenForms = []string{token, url.QueryEscape(token), "S3CRET"}
	// otherLink is the only part of an answer that may contain the token: the page that asks links to the other decision.
	otherLink = regexp.MustCompile(`<p class="other"><a href="/(approve|reject)\?[^"]*">`)
)

// client sends requests to the handler. It checks what must be true of every answer and every line of the log.
type client struct {
	t       *testing.T
	aws     *approvaltest.Fake // one task waits with the token
	handler http.Handler
	logs    bytes.Buffer
}

func newClient(t *testing.T) *client { return newClientOf(t, approval.Config{}) }

// newConfirmClient returns a client of a workflow whose links ask before they decide.
func newConfirmClient(t *testing.T) *client { return newClientOf(t, approval.Config{Confirm: true}) }

func newClientOf(t *testing.T, config approval.Config) *client {
	c := &client{t: t, aws: approvaltest.New(token)}
	config.APIURL = "https://api.example"
	service := approval.NewService(config, c.aws, c.aws, c.aws)
	c.handler = web.NewHandler(service, slog.New(slog.NewJSONHandler(&c.logs, nil)))
	return c
}

func (c *client) do(request *http.Request) *httptest.ResponseRecorder {
	c.t.Helper()
	before := c.logs.Len()
	recorder := httptest.NewRecorder()
	c.handler.ServeHTTP(recorder, request)
	c.checkHeader(recorder.Header())
	if lines := strings.Count(c.logs.String()[before:], "\n"); lines != 1 {
		c.t.Errorf("the request wrote %d lines to the log, want 1", lines)
	}
	body := otherLink.ReplaceAllString(recorder.Body.String(), "")
	everything := fmt.Sprint(c.logs.String(), recorder.Header(), body)
	if everything != hideToken(everything) {
		c.t.Fatal("the log or the answer contains the token")
	}
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

// post posts a form to target.
func (c *client) post(target string, form url.Values) *httptest.ResponseRecorder {
	c.t.Helper()
	request := httptest.NewRequest("POST", target, strings.NewReader(form.Encode()))
	request.Header.Set("Content-Type", formType)
	return c.do(request)
}

func hideToken(text string) string {
	for _, form := range tokenForms {
		text = strings.ReplaceAll(text, form, "TOKEN")
	}
	return text
}
