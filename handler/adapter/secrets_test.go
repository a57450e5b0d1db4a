package adapter_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"approval-workflow/handler/approval"
)

const secret = "S3CRET+token/="

// TestNoSecretIsPrinted sends the token and signed links through every route, method and failure, and looks for both in
// everything that is printed: our log, the errors, the standard output, and the standard logger, which the proxy uses.
func TestNoSecretIsPrinted(t *testing.T) {
	stdout := captureStdout(t)
	var printed bytes.Buffer
	log.SetOutput(&printed)
	defer log.SetOutput(os.Stderr)
	synctest.Test(t, func(t *testing.T) { printEverything(t, &printed) })
	text := printed.String() + stdout()
	for name, part := range map[string]string{
		"token": "S3CRET", "signature": signature(t), "beginning of a signature": signature(t)[:12], "query": "signature=",
	} {
		if n := strings.Count(text, part); n > 0 {
			t.Errorf("the %s was printed %d times", name, n)
		}
	}
	for _, want := range []string{
		`"outcome":"approved"`, `"outcome":"rejected"`, `"outcome":"requested"`, `"outcome":"asked"`, `"outcome":"Unavailable"`,
		`"outcome":"InvalidLink"`, `"outcome":"Internal"`, `"outcome":"NotFound"`, `"outcome":"MethodNotAllowed"`,
		`"outcome":"reported"`, "InvalidEvent", "NotificationRefusedError", "NotificationUnavailableError", "InvalidRequestError", "illegal base64",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("nothing printed %s, so that the test proves too little", want)
		}
	}
}

// captureStdout redirects the standard output to a file until the end of the test. The result reads the file.
func captureStdout(t *testing.T) func() string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "stdout")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	stdout := os.Stdout
	os.Stdout = file
	t.Cleanup(func() { os.Stdout = stdout; _ = file.Close() })
	return func() string {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
}

// printEverything invokes the function with every payload and every failure of AWS.
func printEverything(t *testing.T, printed *bytes.Buffer) {
	succeed := func(string) error { return nil }
	for _, payload := range slices.Concat(secretClicks(t), secretTasks(t), secretEvents(t)) {
		for _, fail := range []func(token string) error{succeed, refused, late, closed} {
			fake := newFake(t, jo, readTask(t, map[string]any{"taskToken": secret}))
			err := fail(secret)
			if bytes.Contains(payload, []byte("detail-type")) {
				fake.Stop("release-42", secret)
			}
			fake.AnnounceErr = func(approval.Notice) error { return err }
			fake.NotifyErr, fake.SucceedErr = always(err), err
			_, err = newHandler(fake, printed, jo).Invoke(context.Background(), payload)
			fmt.Fprintln(printed, err)
		}
	}
}

func closed(token string) error {
	return fmt.Errorf("%w: %s", approval.ErrClosed, url.QueryEscape(token))
}

// signature returns the signature in click.json.
func signature(t testing.TB) string {
	t.Helper()
	_, signature, _ := strings.Cut(readClick(t).RawQueryString, "&signature=")
	return signature
}

// secretClicks returns events of the gateway with the token and a signed link in valid and malformed URLs.
func secretClicks(t *testing.T) [][]byte {
	t.Helper()
	signed, token := readClick(t).RawQueryString, url.QueryEscape(secret)
	queries := []string{
		signed, "utm=1&" + signed, signed + "%", signed + "\x7f", signed + "&" + signed, signed + "x", url.QueryEscape(signed),
		"token=" + token, "token=" + secret, "token=" + secret + "%", "token=" + secret + "\x7f", secret,
		signed + "&token=" + token, "execution=" + secret, "signature=" + token, strings.Replace(signed, signature(t), token, 1),
		strings.Replace(signed, "release-42", token, 1),
	}
	paths := []string{
		"/approve", "/reject", "/send-request", "//approve", "/%zz", "/\x7f", "/other", "",
		"/approve/" + secret, "/approve/" + signature(t),
	}
	var clicks [][]byte
	for _, path := range paths {
		for _, method := range []string{"GET", "HEAD", "POST", "DELETE"} {
			for _, query := range queries {
				event := clickOn(t, path, query)
				event.RequestContext.HTTP.Method = method
				event.Headers["referer"] = apiURL + "/approve?" + signed
				event.Headers["content-type"], event.Body = "application/x-www-form-urlencoded", "token="+secret+"&"+signed
				clicks = append(clicks, encode(t, event))
			}
		}
	}
	asking, damaged := readClick(t), readClick(t)
	asking.Headers["accept-language"] = ""
	damaged.Body, damaged.IsBase64Encoded = "token="+secret+"&"+signed, true
	return append(clicks, encode(t, asking), encode(t, damaged))
}

// secretEvents returns events about the end of an execution with the token.
func secretEvents(t *testing.T) [][]byte {
	t.Helper()
	event := string(readFile(t, "event.json"))
	return [][]byte{
		[]byte(strings.Replace(event, "Typo", secret, 1)),
		[]byte(strings.Replace(event, "aws.states", secret, 1)),
		[]byte(strings.Replace(event, "1795339805123", `"`+secret+`"`, 1)),
		[]byte(strings.Replace(event, `"release-42"`, `"`+secret+`"`, 1)),
	}
}

// secretTasks returns a payload of the task with the token, and some that are not valid.
func secretTasks(t *testing.T) [][]byte {
	t.Helper()
	return [][]byte{
		readTask(t, map[string]any{"taskToken": secret}),
		readTask(t, map[string]any{"taskToken": secret, "input": nil}),
		readTask(t, map[string]any{"taskToken": secret, "approvals": secret}),
		readTask(t, map[string]any{"taskToken": secret, "enteredAt": secret}),
		readTask(t, map[string]any{"taskToken": secret, "execution": secret}),
		readTask(t, map[string]any{"taskToken": strings.Repeat(secret, 200)}),
	}
}
