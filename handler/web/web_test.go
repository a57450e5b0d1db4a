package web_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/web"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata")

// liveQuery is the query of a link with liveToken.
var liveQuery = "token=" + url.QueryEscape(liveToken) + "&workflow=approval-workflow&execution=release-42&started=1795339805123&sent=1795339806&expires=1795426206"

const liveToken = "AQCAAAAKgAA+S3CRET/token=="

// port stands in for Step Functions and SNS: one task waits with liveToken, and fault, if set, is the answer to
// everything.
type port struct {
	unconfirmed bool // nobody listens to SNS
	fault       error
	outputs     []string

	state      approval.State // of the execution
	stateFault error
}

func (p *port) Succeed(_ context.Context, token approval.Token, output []byte) error {
	switch {
	case p.fault != nil:
		return p.fault
	case string(token) != liveToken:
		return &approval.Error{Code: approval.CodeInvalidToken, Err: fmt.Errorf("invalid token %q", string(token))}
	case len(p.outputs) > 0:
		return &approval.Error{Code: approval.CodeClosed, Err: errors.New("task timed out")}
	}
	p.outputs = append(p.outputs, string(output))
	return nil
}

func (p *port) Describe(context.Context, approval.Reference) (approval.State, error) {
	return p.state, p.stateFault
}

func (p *port) Audience(context.Context) (approval.Audience, error) {
	if p.unconfirmed {
		return approval.Audience{Pending: 1}, nil
	}
	return approval.Audience{Confirmed: 1}, nil
}

func (p *port) Notify(context.Context, approval.Email) error { return p.fault }

var otherLink = regexp.MustCompile(`<a href="/(approve|reject)\?[^"]*">`)

// client sends requests to the mux and checks what must be true of each answer and each log line.
type client struct {
	t       *testing.T
	port    *port
	handler http.Handler
	log     bytes.Buffer
}

func newClient(t *testing.T, confirm bool) *client {
	c := &client{t: t, port: &port{stateFault: errors.New("no such execution")}}
	service := approval.NewService(approval.Config{
		APIURL: "https://api.example", Confirm: confirm,
	}, c.port, c.port, c.port)
	c.handler = web.NewHandler(service, slog.New(slog.NewJSONHandler(&c.log, nil)))
	return c
}

func (c *client) do(request *http.Request) *httptest.ResponseRecorder {
	c.t.Helper()
	before := strings.Count(c.log.String(), "\n")
	recorder := httptest.NewRecorder()
	c.handler.ServeHTTP(recorder, request)

	for name, want := range map[string]string{
		"Cache-Control":          "no-store",
		"Referrer-Policy":        "no-referrer",
		"X-Content-Type-Options": "nosniff",
		"X-Robots-Tag":           "noindex",
		"Vary":                   "Accept",
	} {
		if got := recorder.Header().Get(name); got != want {
			c.t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if after := strings.Count(c.log.String(), "\n"); after != before+1 {
		c.t.Errorf("the request left %d lines in the log, want 1", after-before)
	}
	body := recorder.Body.String()
	if strings.Contains(body, `class="other"`) { // the page that asks links to the other decision
		body = otherLink.ReplaceAllString(body, "")
	}
	everything := fmt.Sprint(c.log.String(), recorder.Header(), body)
	for _, form := range []string{liveToken, url.QueryEscape(liveToken), "S3CRET"} {
		if strings.Contains(everything, form) {
			c.t.Error("the token stands in the log or the answer")
		}
	}
	return recorder
}

func (c *client) lastLog() map[string]any {
	lines := strings.Split(strings.TrimSpace(c.log.String()), "\n")
	var line map[string]any
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &line); err != nil {
		c.t.Fatal(err)
	}
	delete(line, "time")
	delete(line, "error")
	return line
}

func TestRoutes(t *testing.T) {
	live := "token=" + url.QueryEscape(liveToken) + "&execution=release-42"
	closed := &approval.Error{Code: approval.CodeClosed, Err: errors.New("task timed out")}
	unavailable := &approval.Error{Code: approval.CodeUnavailable, Err: errors.New("throttled")}
	denied := errors.New("AccessDeniedException: not authorized; token " + liveToken)

	tests := []struct {
		name, method, target string
		fault                error
		status               int
		message              string // a part of it
		outcome              string
		header               http.Header
	}{
		{"approve", "GET", "/approve?" + live, nil, 200, "Workflow approved successfully", "approved", nil},
		{"approve by POST", "POST", "/approve?" + live, nil, 200, "Workflow approved successfully", "approved", nil},
		{"reject", "GET", "/reject?" + live, nil, 200, "Workflow rejected", "rejected", nil},
		{"reject by POST", "POST", "/reject?" + live, nil, 200, "Workflow rejected", "rejected", nil},
		{"no token", "GET", "/approve", nil, 400, "no token", "InvalidToken", nil},
		{"empty token", "GET", "/approve?token=", nil, 400, "no token", "InvalidToken", nil},
		{"two tokens", "GET", "/approve?" + live + "&" + live, nil, 400, "more than one", "InvalidToken", nil},
		{"long token", "GET", "/approve?token=" + strings.Repeat("x", 2049), nil, 400, "longer than 2048", "InvalidToken", nil},
		{"damaged link", "GET", "/approve?" + live + "%2", nil, 400, "damaged", "InvalidToken", nil},
		{"link with a semicolon", "GET", "/approve?" + live + ";", nil, 400, "damaged", "InvalidToken", nil},
		{"foreign token", "GET", "/reject?token=S3CRET-of-another", nil, 400, "not one of this workflow", "InvalidToken", nil},
		{"plus became a space", "GET", "/approve?token=" + liveToken, nil, 400, "not one of this workflow", "InvalidToken", nil},
		{"closed", "GET", "/approve?" + live, closed, 410, "already decided", "Closed", nil},
		{"unavailable", "GET", "/approve?" + live, unavailable, 503, "link still works", "Unavailable", http.Header{"Retry-After": {"30"}}},
		{"slow", "GET", "/approve?" + live, context.DeadlineExceeded, 503, "link still works", "Unavailable", http.Header{"Retry-After": {"30"}}},
		{"no permission", "GET", "/approve?" + live, denied, 500, "take it as not recorded", "Internal", nil},
		{"code of no row", "GET", "/approve?" + live, &approval.Error{Code: "Novel"}, 500, "take it as not recorded", "Novel", nil},
		{"HEAD", "HEAD", "/approve?" + live, nil, 405, "", "MethodNotAllowed", http.Header{"Allow": {"GET, POST"}}},
		{"PUT", "PUT", "/reject?" + live, nil, 405, "GET or POST", "MethodNotAllowed", http.Header{"Allow": {"GET, POST"}}},
		{"OPTIONS", "OPTIONS", "/reject?" + live, nil, 405, "GET or POST", "MethodNotAllowed", http.Header{"Allow": {"GET, POST"}}},
		{"another path", "GET", "/other?" + live, nil, 404, "no such page", "NotFound", nil},
		{"root", "GET", "/", nil, 404, "no such page", "NotFound", nil},
		{"path below", "GET", "/approve/?" + live, nil, 404, "no such page", "NotFound", nil},
		{"path not clean", "GET", "//approve?" + live, nil, 404, "no such page", "NotFound", nil},
		{"path with dots", "GET", "/x/../approve?" + live, nil, 404, "no such page", "NotFound", nil},
		{"send-request from outside", "POST", "/send-request?" + live, nil, 404, "no such page", "NotFound", nil},
		{"send-request by GET", "GET", "/send-request", nil, 404, "no such page", "NotFound", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := newClient(t, false)
			c.port.fault = test.fault
			response := c.do(httptest.NewRequest(test.method, test.target, nil))
			if response.Code != test.status {
				t.Errorf("status = %d, want %d", response.Code, test.status)
			}
			if got := response.Header().Get("Content-Type"); got != "application/json" {
				t.Errorf("content type = %q", got)
			}
			var body struct{ Error, Message string }
			if err := json.Unmarshal(response.Body.Bytes(), &body); err != nil {
				t.Fatal(err)
			}
			if test.status == 200 && body.Message != test.message || !strings.Contains(body.Message, test.message) {
				t.Errorf("message = %q, want %q", body.Message, test.message)
			}
			if strings.Contains(body.Message, "AccessDenied") || strings.Contains(body.Message, "throttled") {
				t.Errorf("message %q shows inner detail", body.Message)
			}
			for name, values := range test.header {
				if diff := cmp.Diff(values, response.Header()[name]); diff != "" {
					t.Errorf("%s (-want +got):\n%s", name, diff)
				}
			}
			if got := len(c.port.outputs); got != 0 && test.status != 200 {
				t.Errorf("%d decisions were made", got)
			}
			if got := c.lastLog()["outcome"]; got != test.outcome {
				t.Errorf("logged outcome = %v, want %s", got, test.outcome)
			}
		})
	}
}

func TestSecondClick(t *testing.T) {
	c := newClient(t, false)
	target := "/approve?token=" + url.QueryEscape(liveToken)
	for _, want := range []int{200, 410} {
		if got := c.do(httptest.NewRequest("GET", target, nil)).Code; got != want {
			t.Errorf("status = %d, want %d", got, want)
		}
	}
	if len(c.port.outputs) != 1 {
		t.Errorf("%d decisions were made, want 1", len(c.port.outputs))
	}
}

func TestSuccessBodyToTheLetter(t *testing.T) {
	want := map[string]map[string]any{
		"/approve": {"message": "Workflow approved successfully"},
		"/reject":  {"message": "Workflow rejected"},
	}
	for path, want := range want {
		var got map[string]any
		response := newClient(t, false).do(httptest.NewRequest("GET", path+"?token="+url.QueryEscape(liveToken), nil))
		if err := json.Unmarshal(response.Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
}

func TestTokenInPostedForm(t *testing.T) {
	c := newClient(t, false)
	form := url.Values{"token": {liveToken}}.Encode()
	request := httptest.NewRequest("POST", "/reject", strings.NewReader(form))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if got := c.do(request).Code; got != 200 {
		t.Errorf("status = %d, want 200", got)
	}
	request = httptest.NewRequest("POST", "/reject?"+form, strings.NewReader(form))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if got := c.do(request).Code; got != 400 {
		t.Errorf("a token both in the address and in the form gives %d, want 400", got)
	}
}

func TestRecordAndLogOfAClick(t *testing.T) {
	c := newClient(t, false)
	request := httptest.NewRequest("GET", "/approve?execution=release-42&token="+url.QueryEscape(liveToken), nil)
	request.RemoteAddr = "203.0.113.7"
	request.Header.Set("User-Agent", "Mail/1.0 (like, Gecko)")
	c.do(request)
	var record map[string]any
	if err := json.Unmarshal([]byte(c.port.outputs[0]), &record); err != nil {
		t.Fatal(err)
	}
	delete(record, "decidedAt")
	want := map[string]any{"status": "approved", "sourceIp": "203.0.113.7", "userAgent": "Mail/1.0 (like, Gecko)"}
	if diff := cmp.Diff(want, record); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
	want = map[string]any{
		"level": "INFO", "msg": "request", "route": "GET /approve", "status": 200.0, "outcome": "approved", "execution": "release-42",
	}
	if diff := cmp.Diff(want, c.lastLog()); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	c.do(httptest.NewRequest("GET", "/approve?token=x&execution="+url.QueryEscape(liveToken), nil))
	if got := c.lastLog()["execution"]; got != "" {
		t.Errorf("what cannot be an execution's name was logged: %q", got)
	}
}

func TestSendRequest(t *testing.T) {
	payload := fmt.Sprintf(`{"taskToken":%q,"input":[],"wait":{"seconds":60,"reminders":1,"retryCount":0},"execution":{"name":"release-42","startedAt":"2016-11-22T09:30:05Z",
		"id":"arn:aws:states:eu-west-1:123456789012:execution:approval-workflow:release-42"}}`, liveToken)
	quoting := errors.New("publish: " + liveToken + " is refused")
	tests := []struct {
		name, payload string
		unconfirmed   bool
		fault         error
		status        int
		outcome       string
	}{
		{"sent", payload, false, nil, 200, "requested"},
		{"sent again", strings.Replace(payload, `"retryCount":0`, `"retryCount":1`, 1), false, nil, 200, "reminded"},
		{"malformed", payload[:40], false, nil, 400, "InvalidRequestError"},
		{"incomplete", `{"taskToken":"` + liveToken + `"}`, false, nil, 400, "InvalidRequestError"},
		{"without input", strings.Replace(payload, `"input"`, `"other"`, 1), false, nil, 400, "InvalidRequestError"},
		{"nobody listens", payload, true, nil, 412, "NoConfirmedApproverError"},
		{"refused", payload, false, quoting, 502, "NotificationRefusedError"},
		{"unavailable", payload, false, fmt.Errorf("%w: %w", quoting, context.DeadlineExceeded), 503, "NotificationUnavailableError"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := newClient(t, false)
			c.port.unconfirmed, c.port.fault = test.unconfirmed, test.fault
			request := httptest.NewRequest("POST", web.SendRequest, strings.NewReader(test.payload))
			response := c.do(request.WithContext(web.WithTask(t.Context())))
			var body struct{ Error, Message string }
			if err := json.Unmarshal(response.Body.Bytes(), &body); err != nil {
				t.Fatal(err)
			}
			if name := c.lastLog()["execution"]; strings.Contains(test.payload, `"startedAt"`) && name != "release-42" {
				t.Errorf("logged execution = %q", name)
			}
			if outcome := c.lastLog()["outcome"]; response.Code != test.status || outcome != test.outcome || body.Message == "" {
				t.Errorf("answer = %d %+v, outcome %s, want %d, %s", response.Code, body, outcome, test.status, test.outcome)
			}
			failed := test.status != http.StatusOK
			if failed != (body.Error == test.outcome) || failed != (c.lastLog()["level"] == "ERROR") {
				t.Errorf("error = %q, logged at level %s", body.Error, c.lastLog()["level"])
			}
		})
	}
}

func TestContentNegotiation(t *testing.T) {
	const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
	tests := []struct {
		name   string
		accept []string
		html   bool
	}{
		{"nothing", nil, false},
		{"curl", []string{"*/*"}, false},
		{"API client", []string{"application/json, text/plain, */*"}, false},
		{"browser", []string{browser}, true},
		{"browser through the adapter", strings.Split(browser, ","), true},
		{"both alike", []string{"text/html, application/json"}, false},
		{"HTML rather", []string{"application/json;q=0.5, text/html;q=0.9"}, true},
		{"JSON rather", []string{"application/json, text/html;q=0.9"}, false},
		{"HTML refused", []string{"text/html;q=0, */*"}, false},
		{"nonsense", []string{";;;,text/html;q=x"}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			request := httptest.NewRequest("GET", "/approve?token="+url.QueryEscape(liveToken), nil)
			request.Header["Accept"] = test.accept
			got := newClient(t, false).do(request).Header().Get("Content-Type")
			if html := got == "text/html; charset=utf-8"; html != test.html {
				t.Errorf("content type = %q, want HTML: %t", got, test.html)
			}
		})
	}
}

func TestPages(t *testing.T) {
	tests := []struct {
		name, target string
		fault        error
	}{
		{"confirm-approve", "/approve?" + liveQuery, nil},
		{"confirm-reject", "/reject?" + liveQuery, nil},
		{"approved", "/approve?token=" + url.QueryEscape(liveToken), nil},
		{"rejected", "/reject?token=" + url.QueryEscape(liveToken), nil},
		{"invalid", "/approve", nil},
		{"closed", "/approve?token=x", &approval.Error{Code: approval.CodeClosed}},
		{"unavailable", "/approve?token=x", context.DeadlineExceeded},
		{"internal", "/approve?token=x", errors.New("no permission")},
		{"not-found", "/other", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := newClient(t, strings.HasPrefix(test.name, "confirm-"))
			c.port.fault = test.fault
			request := httptest.NewRequest("GET", test.target, nil)
			request.Header.Set("Accept", "text/html")
			response := c.do(request)
			policy := response.Header().Get("Content-Security-Policy")
			_, style, _ := strings.Cut(response.Body.String(), "<style>")
			style, _, _ = strings.Cut(style, "</style>")
			hash := sha256.Sum256([]byte(style))
			want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) +
				"'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
			if policy != want {
				t.Errorf("Content-Security-Policy = %q, want %q", policy, want)
			}
			page := strings.Replace(response.Body.String(), style, "", 1) // page.css is looked at, not compared
			file := filepath.Join("testdata", test.name+".html")
			if *update {
				if err := os.WriteFile(file, []byte(page), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			golden, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(golden), page); diff != "" {
				t.Errorf("page (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRouteKeys(t *testing.T) {
	want := []string{"GET /approve", "POST /approve", "GET /reject", "POST /reject"}
	if diff := cmp.Diff(want, web.RouteKeys()); diff != "" {
		t.Errorf("route keys (-want +got):\n%s", diff)
	}
}

func TestConfirmMode(t *testing.T) {
	const browser = "text/html,*/*;q=0.8"
	tests := []struct {
		name, method, path, accept string
		status                     int
		allow, outcome             string
		decisions                  int
	}{
		{"a page asks", "GET", "/approve", browser, 200, "", "asked", 0},
		{"API client", "GET", "/reject", "*/*", 405, "POST", "ConfirmationRequired", 0},
		{"button", "POST", "/approve", browser, 200, "", "approved", 1},
		{"API client posts", "POST", "/reject", "", 200, "", "rejected", 1},
		{"HEAD", "HEAD", "/approve", browser, 405, "GET, POST", "MethodNotAllowed", 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := newClient(t, true)
			request := httptest.NewRequest(test.method, test.path+"?"+liveQuery, nil)
			request.Header.Set("Accept", test.accept)
			response := c.do(request)
			if response.Code != test.status || response.Header().Get("Allow") != test.allow {
				t.Errorf("answer = %d, Allow %q; want %d, %q", response.Code, response.Header().Get("Allow"), test.status, test.allow)
			}
			if got := c.lastLog()["outcome"]; got != test.outcome || len(c.port.outputs) != test.decisions {
				t.Errorf("outcome = %v with %d decisions, want %s with %d", got, len(c.port.outputs), test.outcome, test.decisions)
			}
		})
	}
}

// TestPromiseOfTheEmail: a link whose e-mail says that it asks does so, also when the mode has changed since.
func TestPromiseOfTheEmail(t *testing.T) {
	c := newClient(t, false)
	request := httptest.NewRequest("GET", "/approve?"+liveQuery+"&confirm=true", nil)
	request.Header.Set("Accept", "text/html")
	if response := c.do(request); !strings.Contains(response.Body.String(), "<form") || len(c.port.outputs) != 0 {
		t.Errorf("the link decided, with status %d", response.Code)
	}
}

// TestSpeculativeRequests covers what browsers and mail programs send when they look ahead: it decides in no mode.
func TestSpeculativeRequests(t *testing.T) {
	headers := []struct {
		name, value string
		decides     bool
	}{
		{"Sec-Purpose", "prefetch", false},
		{"Sec-Purpose", "prefetch;prerender", false},
		{"Purpose", "Prefetch", false},
		{"X-Purpose", "preview", false},
		{"X-Moz", "prefetch", false},
		{"Sec-Purpose", "", true},
		{"Sec-Fetch-Mode", "navigate", true},
	}
	for _, header := range headers {
		for _, accept := range []string{"text/html", "*/*"} {
			c := newClient(t, false)
			request := httptest.NewRequest("GET", "/approve?"+liveQuery, nil)
			request.Header.Set("Accept", accept)
			request.Header.Set(header.name, header.value)
			response := c.do(request)
			if decided := len(c.port.outputs) == 1; decided != header.decides || response.Code != 200 {
				t.Errorf("%s: %s: status %d, decided %t, want %t", header.name, header.value, response.Code, decided, header.decides)
			}
			if page := strings.Contains(response.Body.String(), "<form"); page == header.decides {
				t.Errorf("%s: %s: the page that asks was shown: %t", header.name, header.value, page)
			}
		}
	}
}

func TestReason(t *testing.T) {
	post := func(c *client, reason string) *httptest.ResponseRecorder {
		request := httptest.NewRequest("POST", "/reject?"+liveQuery, strings.NewReader(url.Values{"reason": {reason}}.Encode()))
		request.Header.Set("Content-Type", "Application/X-WWW-Form-Urlencoded; charset=utf-8")
		return c.do(request)
	}
	const reason = "Not on a Friday <b>\"é\" 承認</b>\r\nsee OPS-1"
	c := newClient(t, true)
	response := post(c, reason)
	if response.Code != 200 || len(c.port.outputs) != 1 {
		t.Fatalf("status = %d with %d decisions", response.Code, len(c.port.outputs))
	}
	var record struct{ Reason string }
	if err := json.Unmarshal([]byte(c.port.outputs[0]), &record); err != nil {
		t.Fatal(err)
	}
	if want := strings.ReplaceAll(reason, "\r\n", "\n"); record.Reason != want {
		t.Errorf("reason = %q, want %q", record.Reason, want)
	}
	if strings.Contains(c.log.String(), "Friday") {
		t.Error("the reason stands in the log")
	}
	c = newClient(t, false)
	c.do(httptest.NewRequest("POST", "/reject?reason=planted&"+liveQuery, nil))
	if len(c.port.outputs) != 1 || strings.Contains(c.port.outputs[0], "planted") {
		t.Errorf("a reason in the link was recorded: %s", c.port.outputs)
	}
	for name, reason := range map[string]string{
		"too many characters": strings.Repeat("é", 1001),
		"too many bytes":      strings.Repeat("é", 100_000),
	} {
		c := newClient(t, true)
		if response := post(c, reason); response.Code != 400 || len(c.port.outputs) != 0 {
			t.Errorf("%s: status = %d with %d decisions, want 400 and none", name, response.Code, len(c.port.outputs))
		}
	}
	if response := post(newClient(t, true), strings.Repeat("😀", 1000)); response.Code != 200 {
		t.Errorf("the longest reason: status = %d", response.Code)
	}
}

func TestClosedTellsTheTruth(t *testing.T) {
	started := time.UnixMilli(1795339805123)
	tests := []struct {
		name, target string
		state        approval.State
		fault        error
		status       int
		want         string
	}{
		{"approved", "/approve?" + liveQuery, approval.State{Status: "SUCCEEDED", StartedAt: started}, nil, 409, "approved before"},
		{"approved, then rejected", "/reject?" + liveQuery, approval.State{Status: "SUCCEEDED", StartedAt: started}, nil, 409, "approved before"},
		{"rejected", "/reject?" + liveQuery, approval.State{Status: "FAILED", Error: "Rejected", StartedAt: started}, nil, 409, "rejected before"},
		{"expired", "/reject?" + liveQuery, approval.State{Status: "FAILED", Error: "Expired", StartedAt: started}, nil, 410, "in time"},
		{"stopped", "/reject?" + liveQuery, approval.State{Status: "ABORTED", StartedAt: started}, nil, 410, "stopped"},
		{"not told", "/reject?" + liveQuery, approval.State{}, errors.New("denied " + liveToken), 410, "already decided, it expired, or"},
		{"foreign execution", "/reject?" + liveQuery, approval.State{Status: "SUCCEEDED", StartedAt: started.Add(1)}, nil, 410, "already decided, it expired, or"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := newClient(t, false)
			c.port.fault = &approval.Error{Code: approval.CodeClosed}
			c.port.state, c.port.stateFault = test.state, test.fault
			response := c.do(httptest.NewRequest("GET", test.target, nil))
			if response.Code != test.status || !strings.Contains(response.Body.String(), test.want) {
				t.Errorf("answer = %d %s, want %d with %q", response.Code, response.Body, test.status, test.want)
			}
		})
	}
}

func TestSuspectDecisionsAreMarked(t *testing.T) {
	person := http.Header{"User-Agent": {"Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0"}, "Accept-Language": {"en"}}
	scanner := http.Header{"User-Agent": {"Mozilla/5.0 (Windows NT 10.0) HeadlessChrome/142.0"}, "Accept-Language": {"en"}}
	tests := []struct {
		name   string
		age    time.Duration
		header http.Header
		want   any
	}{
		{"scanner, fast", 10 * time.Second, scanner, true},
		{"no language, fast", 10 * time.Second, http.Header{"User-Agent": person["User-Agent"]}, true},
		{"no agent, fast", 10 * time.Second, http.Header{"Accept-Language": {"en"}}, true},
		{"scanner, just fast", 28 * time.Second, scanner, true},
		{"scanner, slow", 31 * time.Second, scanner, nil},
		{"person, fast", 10 * time.Second, person, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := newClient(t, false)
			sent := fmt.Sprint(time.Now().Add(-test.age).Unix())
			request := httptest.NewRequest("GET", "/approve?token="+url.QueryEscape(liveToken)+"&sent="+sent, nil)
			request.Header = test.header
			if got := c.do(request).Code; got != 200 {
				t.Fatalf("status = %d: a click was refused for a hint", got)
			}
			if got := c.lastLog()["suspect"]; got != test.want {
				t.Errorf("suspect = %v, want %v", got, test.want)
			}
			if got, ok := c.lastLog()["ageSeconds"].(float64); !ok || got < test.age.Seconds() {
				t.Errorf("ageSeconds = %v, want %v", got, test.age.Seconds())
			}
		})
	}
}
