package web_test

import (
	"crypto/sha256"
	"encoding/base64"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata")

// release is an input with everything that a page quotes.
const release = `{"subject": "Deploy release 42", "message": "All tests passed:\n- unit\n- end to end\n\nMay I deploy it?"}`

// browse returns the page for target without its style, which testdata omits. It checks that the page allows that style
// and nothing else.
func (c *client) browse(method, target string) string {
	c.t.Helper()
	request := newRequest(target, browsers["Firefox"])
	request.Method = method
	response := c.do(request)
	before, rest, _ := strings.Cut(response.Body.String(), "<style>")
	style, after, found := strings.Cut(rest, "</style>")
	if !found || style == "" {
		c.t.Error("the page has no style")
	}
	hash := sha256.Sum256([]byte(style))
	want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) +
		"'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
	if got := response.Header().Get("Content-Security-Policy"); got != want {
		c.t.Errorf("Content-Security-Policy = %q, want %q", got, want)
	}
	return before + "<style></style>" + after
}

// golden returns the content of a file in testdata. With -update it writes page there first.
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

// checkPage compares two pages. It does not print where the buttons lead.
func checkPage(t *testing.T, want, got string) {
	t.Helper()
	if want != got {
		t.Errorf("page (-want +got):\n%s", cmp.Diff(withoutActions(want), withoutActions(got)))
	}
}

// TestGoldenPages compares a page that asks and a result with the files in testdata. The time in the bubble begins with
// the year 2000.
func TestGoldenPages(t *testing.T) {
	tests := []struct {
		file, method    string
		approvalsNeeded int
	}{
		{"confirm-approve.html", http.MethodGet, 2},
		{"approved.html", http.MethodPost, 1},
	}
	for _, test := range tests {
		t.Run(test.file, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newClientOf(t, approval.Config{Confirm: true}, payload(release, test.approvalsNeeded))
				page := c.browse(test.method, c.approve())
				checkPage(t, golden(t, test.file, page), page)
			})
		})
	}
}

// TestRejectPageThatAsks checks that the page of the other decision differs only in its title and the order of its buttons.
func TestRejectPageThatAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClientOf(t, approval.Config{Confirm: true}, payload(release, 2))
		head, buttons, _ := strings.Cut(golden(t, "confirm-approve.html", ""), "<button")
		first, rest, _ := strings.Cut("<button"+buttons, "\n")
		second, tail, _ := strings.Cut(rest, "\n")
		want := strings.ReplaceAll(head, "Approve this", "Reject this") + second + "\n" + first + "\n" + tail
		checkPage(t, want, c.browse(http.MethodGet, c.reject()))
	})
}
