package web_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/approval/approvaltest"
	"approval-workflow/handler/web"
)

const (
	apiURL = "https://api.example"
	ann    = "ann@example.com"
	bob    = "bob@example.com"
	carol  = "carol@example.com"
	token  = "AQCAAAAKgAA+S3CRET/token=="
)

// started is when the execution in payload started.
var started = time.UnixMilli(1795339805123)

// payload returns the payload of a task that waits for a number of approvals.
func payload(input string, approvalsNeeded int) string {
	return fmt.Sprintf(`{"taskToken": %q, "input": %s, "approvals": [], "approvalsNeeded": %d, "retryCount": 0,
		"enteredAt": "2000-01-01T00:00:00Z", "schedule": {"intervalSeconds": 60, "pauseSeconds": 1, "reminders": 1},
		"execution": {"name": "release-42", "startedAt": "2026-11-22T09:30:05.123Z",
		"id": "arn:aws:states:eu-west-1:123456789012:execution:approval-workflow:release-42"}}`, token, input, approvalsNeeded)
}

// one and two are payloads of requests that as many approvals decide.
var one, two = payload("{}", 1), payload("{}", 2)

// client sends requests to the handler of a workflow with three approvers. It checks what must be true of every answer and
// every line of the log.
type client struct {
	t       *testing.T
	aws     *approvaltest.Fake // one task waits
	confirm bool               // the links ask before they decide
	handler http.Handler
	logs    bytes.Buffer
	last    *http.Request
	before  int // the number of answers to tasks before last
}

// newClient returns a client of a workflow with a request that one approval decides.
func newClient(t *testing.T) *client { return newClientOf(t, false, one) }

// newClientOf returns a client of a workflow that has sent the request in payload to the approvers. With confirm, its links ask
// before they decide.
func newClientOf(t *testing.T, confirm bool, payload string) *client {
	t.Helper()
	c := &client{t: t, aws: approvaltest.New(ann, bob, carol)}
	c.configure(confirm, ann, bob, carol)
	request, err := approval.ParseRequest([]byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	c.aws.Start(request)
	const want = `{"message":"Approval requested"}` + "\n"
	if response := c.send(strings.NewReader(payload)); response.Code != http.StatusOK || response.Body.String() != want {
		t.Fatalf("answer to the task = %d %s, want 200 %s", response.Code, response.Body, want)
	}
	return c
}

// configure deploys the workflow with another configuration.
func (c *client) configure(confirm bool, approvers ...string) {
	c.confirm = confirm
	service := approval.NewService(approval.Config{APIURL: apiURL, Approvers: approvers, Confirm: confirm}, c.aws.Ports())
	c.handler = web.NewHandler(service, slog.New(slog.NewJSONHandler(&c.logs, nil)))
}

// newRequest returns a request. Unlike httptest.NewRequest, it accepts every query.
func newRequest(method, target string, header http.Header) *http.Request {
	path, query, _ := strings.Cut(target, "?")
	request := httptest.NewRequest(method, path, nil)
	request.URL.RawQuery = query
	request.Header = header.Clone()
	return request
}

func (c *client) do(request *http.Request) *httptest.ResponseRecorder {
	c.t.Helper()
	logged := c.logs.Len()
	c.last, c.before = request, len(c.aws.Answers())
	recorder := httptest.NewRecorder()
	c.handler.ServeHTTP(recorder, request)
	c.checkHeader(recorder)
	if lines := strings.Count(c.logs.String()[logged:], "\n"); lines != 1 {
		c.t.Errorf("the request wrote %d lines to the log, want 1", lines)
	}
	c.checkSecrets(fmt.Sprint(c.logs.String(), recorder.Header(), withoutActions(recorder.Body.String())))
	return recorder
}

// get sends a GET as curl does. It decides and is answered with JSON.
func (c *client) get(target string) *httptest.ResponseRecorder {
	c.t.Helper()
	return c.do(newRequest("GET", target, curl))
}

// getPage sends a GET as a browser does.
func (c *client) getPage(target string) *httptest.ResponseRecorder {
	c.t.Helper()
	return c.do(newRequest("GET", target, firefox))
}

// post posts a form to target, as curl does.
func (c *client) post(target string, form url.Values) *httptest.ResponseRecorder {
	c.t.Helper()
	return c.postBody(target, formType, strings.NewReader(form.Encode()))
}

const formType = "application/x-www-form-urlencoded"

func (c *client) postBody(target, contentType string, body io.Reader) *httptest.ResponseRecorder {
	c.t.Helper()
	request := newRequest("POST", target, but(curl, "Content-Type", contentType))
	request.Body = io.NopCloser(body)
	return c.do(request)
}

// send sends a payload as the state machine's task. It prefers a page, which a task never gets.
func (c *client) send(payload io.Reader) *httptest.ResponseRecorder {
	c.t.Helper()
	request := newRequest("POST", web.SendRequest, http.Header{"Accept": {"text/html"}})
	request.Body = io.NopCloser(payload)
	return c.do(request.WithContext(web.WithEvent(c.t.Context())))
}

// sendEvent sends an event as the adapter does.
func (c *client) sendEvent(path, event string) *httptest.ResponseRecorder {
	c.t.Helper()
	request := newRequest("POST", path, nil)
	request.Body = io.NopCloser(strings.NewReader(event))
	return c.do(request.WithContext(web.WithEvent(c.t.Context())))
}

// decide decides by a link of the approver.
func (c *client) decide(decision approval.Decision, approver string) {
	c.t.Helper()
	c.post(c.link(decision, approver), nil)
	c.checkDecisions(1)
}

func reasonForm(reason string) url.Values { return url.Values{"reason": {reason}} }

// link returns the path and the query of a link in the last e-mail to an approver.
func (c *client) link(decision approval.Decision, approver string) string {
	c.t.Helper()
	for _, email := range slices.Backward(c.aws.Emails()) {
		if email.To == approver && decision == approval.Approve {
			return strings.TrimPrefix(email.ApproveURL, apiURL)
		} else if email.To == approver {
			return strings.TrimPrefix(email.RejectURL, apiURL)
		}
	}
	c.t.Fatalf("no e-mail to %s arrived", approver)
	return ""
}

// approve returns the first approver's link to approve.
func (c *client) approve() string { c.t.Helper(); return c.link(approval.Approve, ann) }

// reject returns the first approver's link to reject.
func (c *client) reject() string { c.t.Helper(); return c.link(approval.Reject, ann) }

// query returns the query of the first approver's links.
func (c *client) query() string { c.t.Helper(); return strings.TrimPrefix(c.approve(), "/approve?") }

// expected is an answer.
type expected struct {
	status      int
	outcome     string // in the log, and the error in the JSON unless the status is 200
	kind, title string // of the page
	message     string
	reasons     string // after the message, in the JSON only
	header      http.Header
	anonymous   bool // the log has no execution and no approver, because no link was verified
}

// with returns the answer with another message.
func (e expected) with(message string) expected { e.message = message; return e }

// unverified returns the answer to a link that was not verified.
func (e expected) unverified() expected { e.anonymous = true; return e }

// json returns the answer to a client that prefers JSON.
func (e expected) json() string {
	code := ""
	if e.status != http.StatusOK {
		code = `"error":"` + e.outcome + `",`
	}
	return "{" + code + `"message":"` + strings.NewReplacer(`"`, `\"`, "\n", `\n`).Replace(e.message+e.reasons) + "\"}\n"
}

// check checks an answer in JSON to the letter, and its outcome.
func (c *client) check(response *httptest.ResponseRecorder, want expected) {
	c.t.Helper()
	if got := response.Body.String(); got != want.json() || response.Header().Get("Content-Type") != "application/json" {
		c.t.Errorf("answer = %s, want %s", withoutActions(got), want.json())
	}
	c.checkOutcome(response, want)
}

// checkOutcome checks the rest of an answer, the line in the log, and whether a decision was made.
func (c *client) checkOutcome(response *httptest.ResponseRecorder, want expected) {
	c.t.Helper()
	if response.Code != want.status {
		c.t.Errorf("status = %d, want %d", response.Code, want.status)
	}
	for name, values := range want.header {
		if diff := cmp.Diff(values, response.Header()[name]); diff != "" {
			c.t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	decisions, level := 0, "INFO"
	switch {
	case want.status >= http.StatusInternalServerError:
		level = "ERROR"
	case want.outcome == "asked":
	case want.status != http.StatusOK:
		level = "WARN"
	default:
		decisions = 1
	}
	c.checkDecisions(decisions)
	log := map[string]any{"msg": "request", "level": level, "status": float64(want.status), "outcome": want.outcome, "execution": ""}
	if !want.anonymous {
		log["execution"] = "release-42"
		if approver := c.last.URL.Query().Get("approver"); approver != "" { // the task has none
			log["approver"] = approver
		}
	}
	got := c.lastLog()
	delete(got, "route")
	if decisions == 1 {
		log["ageSeconds"] = got["ageSeconds"]
	}
	if diff := cmp.Diff(log, got); diff != "" {
		c.t.Errorf("log (-want +got):\n%s", diff)
	}
}

// checkDecisions checks how many decisions the last request has made.
func (c *client) checkDecisions(want int) {
	c.t.Helper()
	if got := len(c.aws.Answers()) - c.before; got != want {
		c.t.Errorf("the request made %d decisions, want %d", got, want)
	}
}

// requestParts is the part of a page that is about the request.
var requestParts = regexp.MustCompile(`(?s)(<h2>|<form).*(</dl>|</form>|</details>)\n`)

// checkPage checks a page as check checks JSON, and returns it. The page differs from approved.html only in its class, title and
// message, apart from the details of the request and the form. Only a page that asks has a form.
func (c *client) checkPage(response *httptest.ResponseRecorder, want expected) string {
	c.t.Helper()
	page := response.Body.String()
	template := strings.NewReplacer(`class="approved"`, `class="`+want.kind+`"`,
		">Approved<", ">"+want.title+"<", "Workflow approved successfully", html.EscapeString(want.message)).
		Replace(golden(c.t, "approved.html", ""))
	checkGolden(c.t, requestParts.ReplaceAllString(template, ""), requestParts.ReplaceAllString(page, ""))
	forms, buttons := len(elements(c.t, page, "form")), len(c.checkLinks(page))
	if asks := want.outcome == "asked"; asks != (forms > 0) || asks != (buttons > 0) {
		c.t.Errorf("the page with the outcome %s has %d forms and %d buttons", want.outcome, forms, buttons)
	}
	c.checkOutcome(response, want)
	return page
}

// checkOpened checks that both forms of the answer to a GET are as expected. It returns the page.
func (c *client) checkOpened(target string, want expected) string {
	c.t.Helper()
	c.check(c.get(target), want)
	return c.checkPage(c.getPage(target), want)
}

// allowed are the attributes that an element of a page can have, by its tag. So a page needs no script and loads nothing.
var allowed = map[string]string{
	"html": "lang", "head": "", "meta": "charset name content", "title": "", "style": "", "body": "", "main": "class", "h1": "",
	"p": "role", "h2": "", "dl": "", "dt": "class", "dd": "class dir", "a": "href target rel", "form": "method action", "label": "for",
	"small": "", "textarea": "id name rows maxlength dir", "div": "class", "button": "class formaction name value aria-label",
	"details": "", "summary": "", "pre": "class dir",
}

// checkLinks checks that a page has only allowed elements, that every form posts, and that no link leads to this workflow. It
// returns where the buttons lead by their text. The form leads to where its first button does.
func (c *client) checkLinks(page string) map[string]string {
	c.t.Helper()
	buttons, action := map[string]string{}, ""
	for _, e := range elements(c.t, page) {
		names, found := allowed[e.tag]
		for name := range e.attributes {
			found = found && slices.Contains(strings.Fields(names), name)
		}
		if !found {
			c.t.Errorf("the page has a <%s>, or one with other attributes than %s", e.tag, names)
		}
		switch link, err := url.Parse(e.attributes["href"]); {
		case e.tag == "button":
			buttons[e.text] = e.attributes["formaction"]
			if len(buttons) == 1 && buttons[e.text] != action {
				c.t.Error("the form leads elsewhere than its first button")
			}
		case e.tag == "form":
			action = e.attributes["action"]
			if e.attributes["method"] != "post" {
				c.t.Error("the page has a form that does not post")
			}
		case e.tag == "a" && (err != nil || link.Host == "" || "https://"+link.Host == apiURL):
			c.t.Error("the page has a link to this workflow")
		}
	}
	return buttons
}

func (c *client) checkHeader(response *httptest.ResponseRecorder) {
	c.t.Helper()
	policy := ""
	if response.Header().Get("Content-Type") == "text/html; charset=utf-8" {
		style, _ := cutStyle(response.Body.String())
		hash := sha256.Sum256([]byte(style))
		policy = "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) +
			"'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
	}
	for name, want := range map[string]string{
		"Cache-Control":           "no-store",
		"Referrer-Policy":         "no-referrer",
		"X-Content-Type-Options":  "nosniff",
		"X-Robots-Tag":            "noindex",
		"Vary":                    "Accept",
		"Location":                "",
		"Content-Security-Policy": policy,
	} {
		if got := response.Header().Get(name); got != want {
			c.t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
}

// checkSecrets checks that text contains neither the task token nor the signature of a link.
func (c *client) checkSecrets(text string) {
	c.t.Helper()
	secrets := []string{token, url.QueryEscape(token), "S3CRET", "signature="}
	for _, email := range c.aws.Emails() {
		_, signature, _ := strings.Cut(email.ApproveURL, "signature=")
		unescaped, _ := url.QueryUnescape(signature)
		secrets = append(secrets, signature, unescaped)
	}
	for i, secret := range secrets {
		if strings.Contains(text, secret) {
			c.t.Fatalf("the log or the answer contains secret %d: the token (0 to 2) or a signature", i)
		}
	}
}

// lastOutput returns the result of the last task that Step Functions accepted.
func (c *client) lastOutput() string {
	c.t.Helper()
	answers := c.aws.Answers()
	if len(answers) == 0 {
		c.t.Fatal("no decision was made")
	}
	return answers[len(answers)-1].Output
}

// record returns the record of the last decision that Step Functions accepted.
func (c *client) record() approval.Record {
	c.t.Helper()
	var result struct {
		Approvals []approval.Record
		Rejection approval.Record
	}
	if err := json.Unmarshal([]byte(c.lastOutput()), &result); err != nil {
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

var update = flag.Bool("update", false, "rewrite the golden files in testdata")

// golden returns the content of a file in testdata. With -update it writes page there first, unless page is empty.
func golden(t *testing.T, name, page string) string {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update && page != "" {
		if err := os.WriteFile(file, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// checkGolden compares two pages without their styles. It does not print where the buttons lead.
func checkGolden(t *testing.T, want, got string) {
	t.Helper()
	if _, got := cutStyle(got); want != got {
		t.Errorf("page (-want +got):\n%s", cmp.Diff(withoutActions(want), withoutActions(got)))
	}
}

// actions are the only places of an answer that may contain a signature: where the form and its buttons lead.
var actions = regexp.MustCompile(` (form)?action="/(approve|reject)\?[^"]*"`)

func withoutActions(page string) string { return actions.ReplaceAllString(page, "") }

// cutStyle returns the style of a page, and the page without it.
func cutStyle(page string) (style, rest string) {
	before, after, _ := strings.Cut(page, "<style>")
	style, after, _ = strings.Cut(after, "</style>")
	return style, before + "<style></style>" + after
}

// element is an element of a page as a browser sees it.
type element struct {
	tag, text  string
	attributes map[string]string
}

// elements returns the elements of a page with one of the tags, or all, in their order.
func elements(t *testing.T, page string, tags ...string) []element {
	t.Helper()
	document, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var found []element
	for node := range document.Descendants() {
		if node.Type != html.ElementNode || len(tags) > 0 && !slices.Contains(tags, node.Data) {
			continue
		}
		e := element{tag: node.Data, attributes: map[string]string{}}
		for _, attribute := range node.Attr {
			e.attributes[attribute.Key] = attribute.Val
		}
		for child := range node.Descendants() {
			if child.Type == html.TextNode {
				e.text += child.Data
			}
		}
		found = append(found, e)
	}
	return found
}

// details returns the list of what the page shows of the request: a name and a value, one after the other.
func details(t *testing.T, page string) []string {
	t.Helper()
	var list []string
	for _, e := range elements(t, page, "dt", "dd") {
		list = append(list, e.text)
	}
	return list
}
