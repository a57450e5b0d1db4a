package adapter_test

import (
	"encoding/base64"
	"io"
	"strings"
	"testing"

	"approval-workflow/handler/approval/approvaltest"
)

func TestClick(t *testing.T) {
	fake := approvaltest.New("a-token")
	response := invoke(t, newHandler(fake, io.Discard), readClick(t))
	if response.StatusCode != 200 || !strings.Contains(response.Body, "<h1>Approved</h1>") {
		t.Errorf("status = %d and a page of %d bytes, want 200 and the page Approved", response.StatusCode, len(response.Body))
	}
	if got, want := response.Headers["Content-Type"], "text/html; charset=utf-8"; got != want {
		t.Errorf("content type = %q, want %q", got, want)
	}
	checkDecided(t, fake, "a-token")
}

// checkDecided checks that exactly one task was answered, and that it has the token. It does not print the token.
func checkDecided(t testing.TB, fake *approvaltest.Fake, token string) {
	t.Helper()
	answers := fake.Answers()
	if len(answers) != 1 {
		t.Fatalf("%d decisions, want 1", len(answers))
	}
	if answers[0].Token != token {
		t.Fatal("the decision has another token")
	}
}

func TestPostedForm(t *testing.T) {
	event := readClick(t)
	event.RouteKey, event.RequestContext.HTTP.Method = "POST /approve", "POST"
	event.RawQueryString, event.QueryStringParameters = "", nil
	event.Headers["content-type"] = "application/x-www-form-urlencoded"
	event.Body, event.IsBase64Encoded = base64.StdEncoding.EncodeToString([]byte("token=a%2Ftoken%2B")), true
	fake := approvaltest.New("a/token+")
	if got := invoke(t, newHandler(fake, io.Discard), event).StatusCode; got != 200 {
		t.Errorf("status = %d, want 200", got)
	}
	checkDecided(t, fake, "a/token+")
}

func TestGatewayCannotReachSendRequest(t *testing.T) {
	event := readClick(t)
	event.RawPath, event.RequestContext.HTTP.Path, event.RequestContext.HTTP.Method = "/send-request", "/send-request", "POST"
	event.Body = string(readFile(t, "task.json"))
	fake := approvaltest.New()
	if got := invoke(t, newHandler(fake, io.Discard), event).StatusCode; got != 404 {
		t.Errorf("status = %d, want 404", got)
	}
	if sent := len(fake.Emails()); sent != 0 {
		t.Errorf("%d e-mails, want none", sent)
	}
}
