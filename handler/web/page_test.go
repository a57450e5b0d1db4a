package web

import (
	"bytes"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"approval-workflow/handler/approval"
)

// source is a page that uses every name.
var source = beforeForm + "<dl>" + quoteSource + detailSource + reasonSource + linkSource + "</dl>" + inputSource +
	beforeButtons + buttonSource + afterButtons + afterForm

// hostile are texts that try to leave their place on a page.
var hostile = []string{
	`"><script>alert(1)</script>`, `' onclick='alert(1)`, "` onclick=alert(1) x=`", `x autofocus onfocus=alert(1)`,
	`</title></style></textarea><img src=x onerror=alert(1)>`, `<!--`, `]]>`, `&lt;b&gt;`, `&#34;`, `\"`, `{{message}}`, `{{`,
	`</dd></dl></main><button formaction="https://evil.example">Approve</button>`, `javascript:alert(1)`,
}

// TestFillEscapes fills each name with hostile values. A browser's parser must find them as text or as the value of an
// attribute, on a page that is otherwise the same.
func TestFillEscapes(t *testing.T) {
	harmless := map[string]string{}
	for _, match := range regexp.MustCompile(`{{(\w+)}}`).FindAllStringSubmatch(source, -1) {
		harmless[match[1]] = "harmless"
	}
	if len(harmless) != 12 {
		t.Fatalf("the page has %d names, want 12", len(harmless))
	}
	for name := range harmless {
		for _, value := range append(hostile, strings.Join(hostile, " ")) {
			checkFill(t, harmless, name, value)
		}
	}
}

// filled returns the page with these values.
func filled(values map[string]string) string {
	var page bytes.Buffer
	fill(&page, source, values)
	return page.String()
}

// checkFill compares a page with value for name with the page that has only harmless values.
func checkFill(t *testing.T, harmless map[string]string, name, value string) {
	t.Helper()
	want := parse(t, filled(harmless))
	for i, part := range want {
		want[i] = strings.ReplaceAll(part, "harmless", "")
	}
	values := maps.Clone(harmless)
	values[name] = value
	got, found := parse(t, filled(values)), 0
	for i, part := range got {
		found += strings.Count(part, value)
		got[i] = strings.ReplaceAll(strings.ReplaceAll(part, value, ""), "harmless", "")
	}
	if diff := cmp.Diff(want, got); diff != "" || found == 0 {
		t.Errorf("%s = %s is on the page %d times; page (-want +got):\n%s", name, value, found, diff)
	}
}

// TestNamesAreWhereEscapingIsEnough checks that no name is in a script, in a style, or at the start of a URL, where a
// value could be a scheme. The action of a button begins with a path of ours, and webAddress checks the link in the list.
func TestNamesAreWhereEscapingIsEnough(t *testing.T) {
	document, err := html.Parse(strings.NewReader(source))
	if err != nil {
		t.Fatal(err)
	}
	for node := range document.Descendants() {
		if strings.Contains(node.Data, "{{") &&
			(node.Type != html.TextNode || node.Parent.Data == "script" || node.Parent.Data == "style") {
			t.Errorf("%s contains a name", node.Data)
		}
		for _, attribute := range node.Attr {
			safe := slices.Contains([]string{"class", "maxlength", "value", "aria-label"}, attribute.Key) ||
				attribute.Val == "{{action}}" || node.Data == "a" && attribute.Val == "{{value}}"
			if strings.Contains(attribute.Key+attribute.Val, "{{") && !safe {
				t.Errorf("<%s %s=%q> contains a name", node.Data, attribute.Key, attribute.Val)
			}
		}
	}
}

// parse lists the tags, attributes and texts of a page.
func parse(t *testing.T, page string) []string {
	t.Helper()
	document, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var parts []string
	for node := range document.Descendants() {
		parts = append(parts, node.Data)
		for _, attribute := range node.Attr {
			parts = append(parts, attribute.Key+"="+attribute.Val)
		}
	}
	return parts
}

// TestReviewIsAWebAddress checks that only the address of a website becomes a link, whoever checked it before.
func TestReviewIsAWebAddress(t *testing.T) {
	for review, want := range map[string]bool{
		"https://example.com": true, "http://10.0.0.1:8080/x": true, "HTTPS://example.com/": true,
		"javascript:alert(1)": false, "JavaScript://example.com/%0aalert(1)": false, "data:text/html,x": false, "ftp://example.com": false,
		"//example.com": false, "/approve?x=1": false, "?x=1": false, "": false, "https:": false, "https:example.com": false,
		" https://example.com": false, "java\nscript:alert(1)": false, "https:///approve": false, "https://exa mple.com": false,
	} {
		var page bytes.Buffer
		question(&page, approval.View{Review: review})
		if got := strings.Contains(page.String(), "<a "); got != want {
			t.Errorf("%q is a link: %t, want %t", review, got, want)
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

func TestTimesAreInUTC(t *testing.T) {
	at := time.Date(2026, 11, 22, 10, 30, 0, 0, time.FixedZone("CET", 3600))
	if got, want := formatTime(at), "2026-11-22 09:30:00 UTC"; got != want {
		t.Errorf("time = %s, want %s", got, want)
	}
}
