package web_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
)

// release is an input with everything that a page quotes.
const release = `{"subject": "Deploy release 42", "message": "All tests passed:\n- unit\n- end to end\n\nMay I deploy it?",
	"requester": "octo<cat>", "review": "https://example.com/pull/7?a=1&b=2"}`

// TestGoldenPages compares the pages that ask and a result with the files in testdata. The time in the bubble begins with the
// year 2000. The page of the other decision differs only in its title, the address of its form and the order of its buttons.
func TestGoldenPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClientOf(t, true, payload(release, 2))
		_, page := cutStyle(c.getPage(c.approve()).Body.String())
		want := golden(t, "confirm-approve.html", page)
		checkGolden(t, want, page)
		head, buttons, _ := strings.Cut(want, "<button")
		first, rest, _ := strings.Cut("<button"+buttons, "\n")
		second, tail, _ := strings.Cut(rest, "\n")
		other := strings.NewReplacer("Approve this", "Reject this", `action="/approve?`, `action="/reject?`)
		want = other.Replace(head) + second + "\n" + first + "\n" + tail
		checkGolden(t, want, c.getPage(c.reject()).Body.String())

		c = newClientOf(t, true, payload(release, 1))
		_, page = cutStyle(c.do(newRequest("POST", c.approve(), firefox)).Body.String())
		checkGolden(t, golden(t, "approved.html", page), page)
	})
}

// releaseMessage is the message in release.
const releaseMessage = "All tests passed:\n- unit\n- end to end\n\nMay I deploy it?"

// Ten seconds after the e-mail, a request with two intervals of 60 s and a pause is open until the first time. Another
// approval starts the time again.
const openUntil, tenSecondsLater = "2000-01-01 00:02:01 UTC", "2000-01-01 00:02:11 UTC"

var detailTests = []struct {
	name                 string
	method               string
	prepare              func(*client)
	approvals, openUntil string
}{
	{name: "page that asks", method: "GET", approvals: "0 of 2", openUntil: openUntil},
	{name: "page that asks for the last approval", method: "GET", openUntil: openUntil, approvals: "1 of 2: " + bob,
		prepare: func(c *client) { c.decide(approval.Approve, bob) }},
	{name: "counted", method: "POST", approvals: "1 of 2: " + ann, openUntil: tenSecondsLater},
	{name: "approved", method: "POST", approvals: "2 of 2: " + bob + ", " + ann,
		prepare: func(c *client) { c.decide(approval.Approve, bob) }},
	{name: "approved before", method: "GET", approvals: "2 of 2: " + bob + ", " + carol,
		prepare: func(c *client) { c.decide(approval.Approve, bob); c.decide(approval.Approve, carol) }},
	{name: "counted before", method: "GET", approvals: "1 of 2: " + ann, openUntil: openUntil,
		prepare: func(c *client) { c.decide(approval.Approve, ann) }},
	{name: "stopped after an approval", method: "POST", approvals: "1 of 2: " + bob,
		prepare: func(c *client) { c.decide(approval.Approve, bob); c.aws.End("release-42", approval.StatusAborted, "") }},
}

// TestDetails checks that the page that asks and every result show what is decided.
func TestDetails(t *testing.T) {
	for _, test := range detailTests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newClientOf(t, true, payload(release, 2))
				if test.prepare != nil {
					test.prepare(c)
				}
				time.Sleep(10 * time.Second)
				page := c.do(newRequest(test.method, c.approve(), firefox)).Body.String()
				want := []string{
					"Subject", "Deploy release 42", "Message", releaseMessage, "Requester", "octo<cat>",
					"Review (the requester's link)", "https://example.com/pull/7?a=1&b=2", "Workflow", "approval-workflow",
					"Execution", "release-42", "Approver", ann, "Approvals", test.approvals,
				}
				if test.openUntil != "" {
					want = append(want, "Open until", test.openUntil)
				}
				if diff := cmp.Diff(want, details(t, page)); diff != "" {
					t.Errorf("details (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestDetailsOfASimpleRequest checks that the page leaves out what a request does not have, and begins with the execution
// instead of a subject.
func TestDetailsOfASimpleRequest(t *testing.T) {
	for _, input := range []string{`{}`, `null`, `"text"`, `[1]`, `{"Subject": "x"}`, `{"subject": " ", "message": "\n"}`} {
		c := newClientOf(t, false, payload(input, 1))
		want := []string{"Execution", "release-42", "Workflow", "approval-workflow", "Approver", ann, "Approvals", "1 of 1: " + ann}
		page := c.getPage(c.approve()).Body.String()
		if diff := cmp.Diff(want, details(t, page)); diff != "" {
			t.Errorf("details for the input %s (-want +got):\n%s", input, diff)
		}
		if got := elements(t, page, "pre"); len(got) != 1 || got[0].text != approval.FormatInput([]byte(input), len(page)) {
			t.Errorf("input on the page = %v, want %s", got, input)
		}
	}
}

var visible = strings.NewReplacer("\u202e", `\u202e`, "\u2066", `\u2066`, "\a", `\u0007`)

// TestHostileInput checks that a browser finds the requester's text as text, whatever it contains. Marks that change the
// direction of the text are visible.
func TestHostileInput(t *testing.T) {
	for _, text := range []string{
		`"><script>alert(1)</script>`, `</dd></dl><form action="https://evil.example"><button>Approve</button></form>`, `<!--`, `]]>`,
		`</title></style><img src=x onerror=alert(1)>`, `&lt;b&gt; &#34; &amp;`, `{{message}} {{form}} {{`, "' onclick='alert(1)",
		"승인 é 😀 \u202e\u2066", "bell \a", strings.Repeat("<", 10_000),
	} {
		input, err := json.Marshal(map[string]string{"subject": text, "message": text})
		if err != nil {
			t.Fatal(err)
		}
		c := newClientOf(t, true, payload(string(input), 1))
		want := visible.Replace(text)
		page := c.checkPage(c.getPage(c.approve()), askedToApprove)
		if got := details(t, page); len(got) != 12 || got[1] != want || got[3] != want {
			t.Errorf("details = %.200q, want the subject and the message %.200q", got, want)
		}
		if got := elements(t, page, "pre"); len(got) != 1 || got[0].text != approval.FormatInput(input, 64<<10) {
			t.Errorf("input = %.200v, want the first 64 KiB of it as text", got)
		}
	}
}
