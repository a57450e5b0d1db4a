package adapter_test

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/approval/approvaltest"
)

var links = regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(apiURL) + `(/approve|/reject)\?(\S+)$`)

// roundTrip sends a request with the token and clicks on each link of the e-mail. Like the gateway, it passes the query on
// unchanged.
func roundTrip(t testing.TB, token string) {
	t.Helper()
	sender := approvaltest.New()
	if _, err := newHandler(sender, io.Discard).Invoke(t.Context(), encode(t, readTask(t, token))); err != nil {
		t.Fatal(err)
	}
	found := links.FindAllStringSubmatch(sender.Emails()[0].Body, -1)
	if len(found) != 2 || found[0][1] != "/approve" || found[1][1] != "/reject" {
		t.Fatalf("the e-mail has %d links, want one to approve and one to reject", len(found))
	}
	for _, link := range found {
		event := readClick(t)
		event.RawPath, event.RawQueryString, event.QueryStringParameters = link[1], link[2], nil
		fake := approvaltest.New(token)
		if got := invoke(t, newHandler(fake, io.Discard), event).StatusCode; got != 200 {
			t.Fatalf("status = %d, want 200", got)
		}
		checkDecided(t, fake, token)
	}
}

func TestTokenRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		token := rapid.OneOf(
			rapid.StringN(1, 2048, -1),
			rapid.StringOfN(rapid.RuneFrom([]rune("+/=%&;#? \x00\r\n\"'<>,")), 1, 2048, -1),
		).Draw(rt, "token")
		if !utf8.ValidString(token) {
			rt.Skip("JSON contains only valid UTF-8")
		}
		roundTrip(t, token)
	})
}

func FuzzTokenRoundTrip(f *testing.F) {
	f.Add("AQDEAAAAKgAAAA+token/with=all==")
	f.Add("%2B+ &token=x#;?\x00")
	f.Fuzz(func(t *testing.T, token string) {
		if length := utf8.RuneCountInString(token); length < 1 || length > 2048 || !utf8.ValidString(token) {
			t.Skip("not a token that JSON can contain")
		}
		roundTrip(t, token)
	})
}

const secret = "S3CRET+token/="

// TestNoTokenIsPrinted sends the token through every route, method and failure, and looks for it in everything that is
// printed: our log, the errors, and the standard logger, which the proxy uses.
func TestNoTokenIsPrinted(t *testing.T) {
	var printed bytes.Buffer
	log.SetOutput(&printed)
	defer log.SetOutput(os.Stderr)

	succeed := func(string) error { return nil }
	for _, event := range append(secretClicks(t), secretTasks(t)...) {
		for _, fail := range []func(token string) error{succeed, refused, late, closed} {
			fake, err := approvaltest.New(event.token), fail(event.token)
			fake.NotifyErr, fake.SucceedErr, fake.DescribeErr = err, err, err
			_, err = newHandler(fake, &printed).Invoke(t.Context(), event.payload)
			fmt.Fprintln(&printed, err)
		}
	}
	if n := strings.Count(printed.String(), "S3CRET"); n > 0 {
		t.Errorf("the token was printed %d times", n)
	}
	for _, want := range []string{
		`"outcome":"approved"`, `"outcome":"rejected"`, `"outcome":"requested"`, `"outcome":"Closed"`, `"outcome":"InvalidToken"`,
		"NotificationRefusedError", "NotificationUnavailableError", "InvalidRequestError",
	} {
		if !strings.Contains(printed.String(), want) {
			t.Errorf("nothing printed %s, so that the test proves too little", want)
		}
	}
}

func closed(token string) error {
	return &approval.Error{Code: approval.CodeClosed, Err: fmt.Errorf("closed: %s", url.QueryEscape(token))}
}

// secretEvent is the payload of an invocation and the token in it, as the ports get it.
type secretEvent struct {
	token   string
	payload []byte
}

// secretClicks returns events of the gateway with the secret in valid and malformed URLs.
func secretClicks(t *testing.T) []secretEvent {
	t.Helper()
	queries := []string{
		"token=" + url.QueryEscape(secret), "token=" + secret, "token=" + secret + "%", "token=" + secret + "\x7f",
		"token=" + secret + "&token=" + secret, "execution=" + secret, secret,
		"workflow=w&execution=x&started=1&sent=1&token=" + url.QueryEscape(secret),
	}
	var clicks []secretEvent
	for _, path := range []string{"/approve", "/reject", "/send-request", "//approve", "/%zz", "/\x7f", "/other", ""} {
		for _, method := range []string{"GET", "HEAD", "POST", "DELETE"} {
			for _, query := range queries {
				event := readClick(t)
				event.RawPath, event.RawQueryString, event.RequestContext.HTTP.Method = path, query, method
				values, _ := url.ParseQuery(query) // no port gets the token of a malformed query
				clicks = append(clicks, secretEvent{values.Get("token"), encode(t, event)})
			}
		}
	}
	return clicks
}

// secretTasks returns a payload of the task with the secret, and two that are not valid.
func secretTasks(t *testing.T) []secretEvent {
	t.Helper()
	valid, noInput, secretExecution := readTask(t, secret), readTask(t, secret), readTask(t, secret)
	delete(noInput, "input")
	secretExecution["execution"] = secret
	var tasks []secretEvent
	for _, task := range []map[string]any{valid, noInput, secretExecution} {
		tasks = append(tasks, secretEvent{secret, encode(t, task)})
	}
	return tasks
}
