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

// open opens a link as a script does.
func (s *stack) open(t *testing.T, link *url.URL, wantStatus int, wantBody string) {
	t.Helper()
	s.send(t, http.MethodGet, link, nil, wantStatus, wantBody)
}

// send sends a request to a link and checks the answer.
func (s *stack) send(t *testing.T, method string, link *url.URL, header http.Header, wantStatus int, wantBody string) {
	t.Helper()
	if got, want := link.Scheme+"://"+link.Host, s.output(t, "apiUrl"); got != want {
		t.Errorf("the link leads to %s, want %s", got, want)
	}
	request, err := newRequest(method, link)
	if err != nil {
		t.Fatal(err)
	}
	request.Header = header
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(errors.Unwrap(err)) // without the URL, which contains the token
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != wantStatus || !strings.Contains(string(body), wantBody) {
		t.Errorf("%s %s = %d %s, want %d and %q", method, link.Path, response.StatusCode, body, wantStatus, wantBody)
	}
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
