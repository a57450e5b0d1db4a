package adapter_test

import (
	"encoding/base64"
	"io"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"approval-workflow/handler/approval/approvaltest"
)

// TestClickIsSigned checks that click.json has the link of the e-mail that asks jo at 09:30:06 for the request in task.json.
func TestClickIsSigned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 22, 9, 30, 6, 0, time.UTC)))
		links := send(t, approvaltest.New(jo), readTask(t, nil))
		event := readClick(t)
		if want := links[0].query; event.RawQueryString != want {
			t.Errorf("rawQueryString = %s, want %s", event.RawQueryString, want)
		}
		values, err := url.ParseQuery(links[0].query)
		if err != nil {
			t.Fatal(err)
		}
		for name := range values {
			if got, want := event.QueryStringParameters[name], values.Get(name); got != want {
				t.Errorf("queryStringParameters.%s = %s, want %s", name, got, want)
			}
		}
	})
}

// link is a link of an e-mail, in the parts that the gateway passes on.
type link struct{ approver, path, query string }

var linkPattern = regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(apiURL) + `(/approve|/reject)\?(\S+)$`)

// send passes a payload to the handler and returns the links that it e-mails.
func send(t testing.TB, fake *approvaltest.Fake, payload []byte) []link {
	t.Helper()
	before := len(fake.Emails())
	if _, err := newHandler(fake, io.Discard).Invoke(t.Context(), payload); err != nil {
		t.Fatal("nothing was sent")
	}
	var links []link
	for _, email := range fake.Emails()[before:] {
		for _, found := range linkPattern.FindAllStringSubmatch(email.Body, -1) {
			links = append(links, link{approver: email.To, path: found[1], query: found[2]})
		}
	}
	return links
}

// newFake returns a fake in which the request in task.json waits for jo.
func newFake(t testing.TB) *approvaltest.Fake {
	t.Helper()
	fake := approvaltest.New(jo)
	start(t, fake, readTask(t, nil))
	return fake
}

func TestClick(t *testing.T) {
	fake := newFake(t)
	response := invoke(t, newHandler(fake, io.Discard), readClick(t))
	if response.StatusCode != 200 || !strings.Contains(response.Body, "<h1>Approved</h1>") {
		t.Errorf("status = %d and a page of %d bytes, want 200 and the page Approved", response.StatusCode, len(response.Body))
	}
	if got, want := response.Headers["Content-Type"], "text/html; charset=utf-8"; got != want {
		t.Errorf("content type = %q, want %q", got, want)
	}
	checkDecided(t, fake, `"status":"approved"`)
}

// checkDecided checks that exactly one task was answered: the one in task.json, by a text with a part.
func checkDecided(t testing.TB, fake *approvaltest.Fake, part string) {
	t.Helper()
	answers := fake.Answers()
	if len(answers) != 1 {
		t.Fatalf("%d decisions, want 1", len(answers))
	}
	if answers[0].Token != "a-token" {
		t.Fatal("the decision has another token")
	}
	if !strings.Contains(answers[0].Output, part) {
		t.Fatalf("the decision does not contain %s", part)
	}
}

// TestScanner checks that the headers come through, by which the handler tells a browser from a scanner.
func TestScanner(t *testing.T) {
	for name, edit := range map[string]func(map[string]string){
		"no language": func(headers map[string]string) { delete(headers, "accept-language") },
		"headless": func(headers map[string]string) {
			headers["user-agent"] = strings.Replace(headers["user-agent"], "Chrome/", "HeadlessChrome/", 1)
		},
		"looks ahead": func(headers map[string]string) { headers["sec-purpose"] = "prefetch;prerender" },
	} {
		t.Run(name, func(t *testing.T) {
			fake, event := newFake(t), readClick(t)
			edit(event.Headers)
			response := invoke(t, newHandler(fake, io.Discard), event)
			if response.StatusCode != 200 || !strings.Contains(response.Body, "<h1>Approve this request?</h1>") || len(fake.Answers()) > 0 {
				t.Errorf("status = %d with %d decisions, want 200 and the page that asks", response.StatusCode, len(fake.Answers()))
			}
		})
	}
}

func TestPostedForm(t *testing.T) {
	event := readClick(t)
	event.RouteKey, event.RequestContext.HTTP.Method = "POST /approve", "POST"
	event.Headers["content-type"] = "application/x-www-form-urlencoded"
	event.Body, event.IsBase64Encoded = base64.StdEncoding.EncodeToString([]byte("reason=Looks+good%21&approver=x&token=x")), true
	fake := newFake(t)
	if got := invoke(t, newHandler(fake, io.Discard), event).StatusCode; got != 200 {
		t.Errorf("status = %d, want 200", got)
	}
	checkDecided(t, fake, `"approver":"jo@example.com"`)
	checkDecided(t, fake, `"reason":"Looks good!"`)
}

// TestLinkOfThePreviousVersion clicks on a link that has a token and no signature.
func TestLinkOfThePreviousVersion(t *testing.T) {
	fake := newFake(t)
	event := clickOn(t, "/approve", "token=a-token&workflow=approval-workflow&execution=release-42&started=1795339805123&sent=1795339806")
	response := invoke(t, newHandler(fake, io.Discard), event)
	if response.StatusCode != 400 || !strings.Contains(response.Body, "<h1>This link does not work</h1>") {
		t.Errorf("status = %d, want 400 and the page This link does not work", response.StatusCode)
	}
	checkUntouched(t, fake)
}

// checkUntouched checks that neither Step Functions nor an approver noticed anything.
func checkUntouched(t testing.TB, fake *approvaltest.Fake) {
	t.Helper()
	if reads, answers, emails := len(fake.CallsOfRead()), len(fake.Answers()), len(fake.Emails()); reads+answers+emails > 0 {
		t.Errorf("%d reads, %d decisions and %d e-mails, want none", reads, answers, emails)
	}
}

func TestGatewayCannotReachSendRequest(t *testing.T) {
	event := readClick(t)
	event.RawPath, event.RequestContext.HTTP.Path, event.RequestContext.HTTP.Method = "/send-request", "/send-request", "POST"
	event.Body = string(readFile(t, "task.json"))
	fake := approvaltest.New(jo)
	if got := invoke(t, newHandler(fake, io.Discard), event).StatusCode; got != 404 {
		t.Errorf("status = %d, want 404", got)
	}
	checkUntouched(t, fake)
}
