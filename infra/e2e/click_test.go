//go:build e2e

package e2e

import (
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sfn"
)

// The messages to clicks that count, and the answers with them.
const (
	approvedMessage = "Workflow approved successfully"
	rejectedMessage = "Workflow rejected"
	countedMessage  = "Your approval was recorded. 1 more approval is needed."

	approved = `{"message":"` + approvedMessage + `"}`
	rejected = `{"message":"` + rejectedMessage + `"}`
	counted  = `{"message":"` + countedMessage + `"}`
)

// browser is the header of a person's browser, and curl that of a tool that a person types.
var (
	browser = http.Header{
		"Accept": {"text/html"}, "Accept-Language": {"en"}, "User-Agent": {"Mozilla/5.0 (X11; Linux x86_64)"},
		"Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Dest": {"document"},
	}
	curl = http.Header{"User-Agent": {"curl/8.14.1"}, "Accept": {"*/*"}}
)

// answer is what the API answered.
type answer struct {
	status int
	header http.Header
	body   string
}

var signaturePattern = regexp.MustCompile(`(signature|fields)=[\w%-]+`)

// String returns the status and the body without the signatures of links, which a page that asks contains.
func (a answer) String() string {
	return http.StatusText(a.status) + " " + signaturePattern.ReplaceAllString(a.body, "$1=…")
}

// check checks the status of an answer and a part of its body.
func (a answer) check(t *testing.T, wantStatus int, wantBody string) {
	t.Helper()
	if a.status != wantStatus || !strings.Contains(a.body, wantBody) {
		t.Errorf("answer = %d %s, want %d and %q", a.status, a, wantStatus, wantBody)
	}
}

// open opens a link with curl.
func open(t *testing.T, link *url.URL, wantStatus int, wantBody string) {
	t.Helper()
	send(t, http.MethodGet, link, nil, "").check(t, wantStatus, wantBody)
}

// send sends a request to a link, with a form unless it is empty.
func send(t *testing.T, method string, link *url.URL, header http.Header, form string) answer {
	t.Helper()
	return sendFrom(t, http.DefaultClient, method, link, header, form)
}

// sendFrom sends a request with a client, as curl does unless it gets a header. On an emulator the request goes to the emulator's gateway.
func sendFrom(t *testing.T, client *http.Client, method string, link *url.URL, header http.Header, form string) answer {
	t.Helper()
	target := *link
	if base, err := url.Parse(os.Getenv("SANDBOX_GATEWAY")); err == nil && onSandbox() {
		target.Scheme, target.Host = base.Scheme, base.Host
	}
	request := (&http.Request{Method: method, URL: &target, Host: link.Host, Header: http.Header{}}).WithContext(t.Context())
	if header == nil {
		header = curl
	}
	maps.Copy(request.Header, header)
	if form != "" {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Body, request.ContentLength = io.NopCloser(strings.NewReader(form)), int64(len(form))
	}
	response, err := client.Do(request)
	if err != nil {
		t.Error(errors.Unwrap(err)) // without the URL, which decides
		return answer{}
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Error(err)
	}
	return answer{response.StatusCode, response.Header, string(body)}
}

// action is one thing that somebody does with a request, and what must happen.
type action func(t *testing.T, r *request)

func (r *request) do(t *testing.T, actions ...action) {
	t.Helper()
	for _, act := range actions {
		act(t, r)
	}
}

// visit sends a request to the link that an approver got in the first e-mail.
func visit(method string, approver int, path string, header http.Header, form string, wantStatus int, wantBody string) action {
	return func(t *testing.T, r *request) {
		send(t, method, r.emails[approver].link(t, path), header, form).check(t, wantStatus, wantBody)
	}
}

// approve opens an approver's approve link with curl.
func approve(approver, wantStatus int, wantBody string) action {
	return visit(http.MethodGet, approver, "/approve", nil, "", wantStatus, wantBody)
}

// reject opens an approver's reject link with curl.
func reject(approver, wantStatus int, wantBody string) action {
	return visit(http.MethodGet, approver, "/reject", nil, "", wantStatus, wantBody)
}

// stopAsIf stops the execution with an error of the caller's choice.
func stopAsIf(errorName string) func(*testing.T, *request) {
	return func(t *testing.T, r *request) {
		t.Helper()
		if _, err := r.states.StopExecution(t.Context(), &sfn.StopExecutionInput{ExecutionArn: &r.execution, Error: &errorName}); err != nil {
			t.Fatal(err)
		}
	}
}

// stop stops the execution.
func stop(t *testing.T, r *request) {
	if _, err := r.states.StopExecution(t.Context(), &sfn.StopExecutionInput{ExecutionArn: &r.execution}); err != nil {
		t.Fatal(err)
	}
}

// reminder takes the next e-mail to an approver, which must be a reminder, and opens its approve link.
func reminder(approver, wantStatus int, wantBody string) action {
	return func(t *testing.T, r *request) {
		e := r.next(t, approver)
		if !strings.HasPrefix(string(e), "Reminder 1 of 1: ") {
			t.Errorf("the e-mail to %s is not a reminder", r.approvers[approver])
		}
		open(t, e.link(t, "/approve"), wantStatus, wantBody)
	}
}

// noEmail checks that an approver got no more e-mails.
func noEmail(approver int) action {
	return func(t *testing.T, r *request) {
		if count := r.box.rest(t, r.execution, r.approvers[approver]); count > 0 {
			t.Errorf("%d e-mails too many went to %s", count, r.approvers[approver])
		}
	}
}

// approvedBy waits for the end of the execution. It checks that the execution succeeded, with the input and with an
// approval of each of these approvers in its output.
func approvedBy(approvers ...int) action {
	return func(t *testing.T, r *request) {
		var addresses []string
		for _, approver := range approvers {
			addresses = append(addresses, r.approvers[approver])
		}
		end := r.wait(t, r.execution)
		end.checkApproved(t, addresses...)
		if _, got, _ := end.approvals(); got != r.input {
			t.Errorf("input in the output = %.80s (%d bytes), want %.80s (%d bytes)", got, len(got), r.input, len(r.input))
		}
	}
}

// rejectedBy waits for the end of the execution. It checks that an approver rejected it.
func rejectedBy(approver int) action {
	return func(t *testing.T, r *request) {
		r.wait(t, r.execution).checkFailed(t, "Rejected", `"approver":"`+r.approvers[approver]+`"`)
	}
}

// failed waits for the end of the execution. It checks its error and a part of its cause.
func failed(wantError, wantCause string) action {
	return func(t *testing.T, r *request) {
		r.wait(t, r.execution).checkFailed(t, wantError, wantCause)
	}
}
