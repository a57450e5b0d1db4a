package web

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
)

// TestDetailsOfTheRequester checks that the list has who asks and what to review, and where it stands.
func TestDetailsOfTheRequester(t *testing.T) {
	got := details(approval.View{
		Message: "Please.", Requester: "octo<cat>", Review: "https://example.com/pull/7?a=1&b=\"2\"", StateMachine: "approval-workflow",
	})
	want := `<h2>The request</h2>
<dl>
<dt>Message</dt>
<dd class="quote" dir="auto">Please.</dd>
<dt>Requester</dt>
<dd class="quote" dir="auto">octo&lt;cat&gt;</dd>
<dt>Review (the requester&#39;s link)</dt>
<dd class="quote"><a href="https://example.com/pull/7?a=1&amp;b=&#34;2&#34;" target="_blank" rel="noopener noreferrer nofollow">` +
		`https://example.com/pull/7?a=1&amp;b=&#34;2&#34;</a></dd>
<dt>Workflow</dt>
<dd>approval-workflow</dd>
</dl>
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("details (-want +got):\n%s", diff)
	}
}

// TestReviewIsAWebAddress checks that nothing else than the address of a website becomes a link, whoever checked it before.
func TestReviewIsAWebAddress(t *testing.T) {
	for review, want := range map[string]bool{
		"https://example.com": true, "http://10.0.0.1:8080/x": true, "HTTPS://example.com/": true,
		"javascript:alert(1)": false, "JavaScript://example.com/%0aalert(1)": false, "data:text/html,x": false, "ftp://example.com": false,
		"//example.com": false, "/approve?x=1": false, "?x=1": false, "": false, "https:": false, "https:example.com": false,
		" https://example.com": false, "java\nscript:alert(1)": false, "https:///approve": false, "https://exa mple.com": false,
	} {
		if got := strings.Contains(details(approval.View{Review: review}), "<a "); got != want {
			t.Errorf("%q is a link: %t, want %t", review, got, want)
		}
	}
}

// TestAdviceNamesTheRequester checks that whoever objects learns whom to ask, with the requester's name as a quotation.
func TestAdviceNamesTheRequester(t *testing.T) {
	view := approval.View{Requester: "octocat"}
	for code, want := range map[approval.Code]string{
		approval.CodeAlreadyApproved: `If you object, ask the requester ("octocat") what can still be done.`,
		approval.CodeAlreadyRejected: `To ask again, the requester ("octocat") has to start a new execution.`,
	} {
		a := withRequest(answer{code: string(code)}, approval.Reject, view)
		if !strings.HasSuffix(a.message, want) {
			t.Errorf("message = %q, want %q at its end", a.message, want)
		}
	}
}

// TestButtonNamesAreShort checks that a long subject does not make the name of a button long.
func TestButtonNamesAreShort(t *testing.T) {
	for text, want := range map[string]string{
		strings.Repeat("é", 100): strings.Repeat("é", 100),
		strings.Repeat("é", 101): strings.Repeat("é", 100) + "…",
	} {
		if got := shorten(text); got != want {
			t.Errorf("%d bytes became %q, want %q", len(text), got, want)
		}
	}
}
