package web_test

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// element is an element of a page as a browser sees it.
type element struct {
	tag, text  string
	attributes map[string]string
}

// elements returns the elements of a page with one of the tags, in their order.
func elements(t *testing.T, page string, tags ...string) []element {
	t.Helper()
	document, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var found []element
	for node := range document.Descendants() {
		for _, tag := range tags {
			if node.Type == html.ElementNode && node.Data == tag {
				found = append(found, newElement(node))
			}
		}
	}
	return found
}

func newElement(node *html.Node) element {
	e := element{tag: node.Data, attributes: map[string]string{}}
	for _, attribute := range node.Attr {
		e.attributes[attribute.Key] = attribute.Val
	}
	for child := range node.Descendants() {
		if child.Type == html.TextNode {
			e.text += child.Data
		}
	}
	return e
}

// details returns the list of what the page shows of the request: a name and a value, one after the other.
func details(t *testing.T, page string) []string {
	t.Helper()
	var list []string
	for _, e := range elements(t, page, "dt", "dd") {
		list = append(list, e.text)
	}
	return list
}
