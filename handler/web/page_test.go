package web

import (
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"approval-workflow/handler/approval"
)

// TestFillEscapes puts hostile values for each name in the pages, and has a browser's parser look whether they are what
// they should be: text and attributes, and nothing else.
func TestFillEscapes(t *testing.T) {
	source := beforeForm + formSource + afterForm
	hostile := []string{
		`"><script>alert(1)</script>`, `' onclick='alert(1)`, "` onclick=alert(1) x=`", `x autofocus onfocus=alert(1)`,
		`</title></style></textarea><img src=x onerror=alert(1)>`, `<!--`, `]]>`, `&lt;b&gt;`, `&#34;`, `\"`, `{{message}}`, `{{`,
	}
	names := regexp.MustCompile(`{{(\w+)}}`).FindAllStringSubmatch(source, -1)
	if len(names) < 10 {
		t.Fatalf("the pages have only %d names", len(names))
	}
	for _, value := range append(hostile, strings.Join(hostile, " ")) {
		for _, name := range names {
			filled := map[string]string{}
			for _, other := range names {
				filled[other[1]] = "harmless"
			}
			want := parse(t, fill(source, filled))
			for i, part := range want {
				want[i] = strings.ReplaceAll(part, "harmless", "")
			}
			filled[name[1]] = value
			got, seen := parse(t, fill(source, filled)), 0
			for i, part := range got {
				seen += strings.Count(part, value)
				got[i] = strings.ReplaceAll(strings.ReplaceAll(part, value, ""), "harmless", "")
			}
			if diff := cmp.Diff(want, got); diff != "" || seen == 0 {
				t.Errorf("%s = %s: seen %d times, page (-want +got):\n%s", name[1], value, seen, diff)
			}
		}
	}
}

// TestNamesStandWhereEscapingIsEnough: not in a script, a style or an address whose scheme they could be.
func TestNamesStandWhereEscapingIsEnough(t *testing.T) {
	document, err := html.Parse(strings.NewReader(beforeForm + formSource + afterForm))
	if err != nil {
		t.Fatal(err)
	}
	for node := range document.Descendants() {
		if strings.Contains(node.Data, "{{") &&
			(node.Type != html.TextNode || node.Parent.Data == "script" || node.Parent.Data == "style") {
			t.Errorf("%s holds a name", node.Data)
		}
		for _, attribute := range node.Attr {
			safe := attribute.Key == "class" || attribute.Key == "maxlength" || attribute.Val == "{{otherURL}}"
			if strings.Contains(attribute.Key+attribute.Val, "{{") && !safe {
				t.Errorf("<%s %s=%q> holds a name", node.Data, attribute.Key, attribute.Val)
			}
		}
	}
}

// TestPageOfADamagedLink: whatever the query is, it stays one, and what it does not name is said so.
func TestPageOfADamagedLink(t *testing.T) {
	const query = `token=x&"><script>alert(1)</script>&javascript:alert(1)`
	request := httptest.NewRequest("GET", "/approve", nil)
	request.Header.Set("Accept", "text/html")
	request.URL.RawQuery = query
	page := parse(t, string(ask(request, approve, approval.Link{}).page()))
	if !slices.Contains(page, "href=/reject?"+query) {
		t.Errorf("the page does not link to /reject?%s: %q", query, page)
	}
	if n := strings.Count(strings.Join(page, "\n"), untold); n != 3 {
		t.Errorf("%q stands there %d times, want 3", untold, n)
	}
}

// parse lists a page's tags, attributes and texts.
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
