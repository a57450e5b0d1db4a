//go:build e2e

package e2e

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
)

// answer is what the API answered.
type answer struct {
	status int
	header http.Header
	body   string
}

// open opens a link as a script does.
func (s *stack) open(t *testing.T, link *url.URL, wantStatus int, wantBody string) {
	t.Helper()
	send(t, http.MethodGet, link, nil, "").check(t, wantStatus, wantBody)
}

// check checks the status of an answer and a part of its body.
func (a answer) check(t *testing.T, wantStatus int, wantBody string) {
	t.Helper()
	if a.status != wantStatus || !strings.Contains(a.body, wantBody) {
		t.Errorf("answer = %d %s, want %d and %q", a.status, a.body, wantStatus, wantBody)
	}
}

// send sends a request to a link, with a form unless it is empty.
func send(t *testing.T, method string, link *url.URL, header http.Header, form string) answer {
	t.Helper()
	request, err := newRequest(method, link)
	if err != nil {
		t.Fatal(err)
	}
	request.Header = http.Header{}
	if header != nil {
		request.Header = header.Clone()
	}
	if form != "" {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Body, request.ContentLength = io.NopCloser(strings.NewReader(form)), int64(len(form))
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(errors.Unwrap(err)) // without the URL, which decides
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, string(body)}
}

// newRequest returns a request to a link. On an emulator the request goes to the emulator's gateway.
func newRequest(method string, link *url.URL) (*http.Request, error) {
	target := *link
	if gateway := os.Getenv("SANDBOX_GATEWAY"); gateway != "" {
		base, err := url.Parse(gateway)
		if err != nil {
			return nil, err
		}
		target.Scheme, target.Host = base.Scheme, base.Host
	}
	return &http.Request{Method: method, URL: &target, Host: link.Host}, nil
}
