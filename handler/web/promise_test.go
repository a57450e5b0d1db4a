package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"approval-workflow/handler/approval"
)

// askingPages are the ways to a page that promises to decide nothing until a button is pressed.
var askingPages = []struct {
	name    string
	needed  int
	confirm bool
	before  string // who has approved before
	header  http.Header
}{
	{name: "confirm mode", needed: 1, confirm: true, header: browsers["Firefox"]},
	{name: "own approval before", needed: 2, confirm: true, before: ann, header: browsers["Firefox"]},
	{name: "another approval before", needed: 2, confirm: true, before: bob, header: browsers["Firefox"]},
	{name: "prefetch", needed: 1, header: but(browsers["Chrome"], "Sec-Purpose", "prefetch")},
	{name: "no language", needed: 1, header: but(browsers["Safari"], "Accept-Language", "")},
}

// TestPagesKeepTheirPromise walks every link and form of each page that asks. Only a button decides, by POST.
func TestPagesKeepTheirPromise(t *testing.T) {
	for _, test := range askingPages {
		for _, decision := range approval.Decisions() {
			if test.before == ann && decision == approval.Approve {
				continue // this page asks nothing
			}
			t.Run(test.name, func(t *testing.T) {
				c := newClientOf(t, approval.Config{Confirm: test.confirm}, payload(release, test.needed))
				if test.before != "" {
					c.decide(approval.Approve, test.before)
				}
				page := c.do(newRequest(decision.Path+"?"+c.query(ann), test.header)).Body.String()
				c.checkDecisions(0)
				if !strings.Contains(page, "until you press") {
					t.Fatal("the page promises nothing")
				}
				buttons := c.checkLinks(page)
				if len(buttons) == 0 {
					t.Fatal("the page has no button")
				}
				for _, target := range buttons {
					response := c.do(newRequest(target, test.header)) // as a scanner that follows every address of the page
					c.checkDecisions(0)
					if !strings.Contains(response.Body.String(), "until you press") && response.Code != http.StatusConflict {
						t.Errorf("status = %d, want the page that asks", response.Code)
					}
				}
				c.post(buttons[0], nil)
				c.checkDecisions(1)
			})
		}
	}
}

// TestClosedPagesLinkToNoDecision walks the pages without a question: they have no button, and no link to this workflow.
func TestClosedPagesLinkToNoDecision(t *testing.T) {
	for _, test := range pages {
		c := newClient(t)
		if test.prepare != nil {
			test.prepare(c)
		}
		target := test.target
		if target == "" {
			target = "/approve?"
		}
		if got := c.checkLinks(c.browse(http.MethodGet, target+c.query(ann))); len(got) > 0 {
			t.Errorf("%s: the page has %d buttons, want none", test.name, len(got))
		}
	}
}

// checkLinks checks that every form of a page posts, and that no link leads to this workflow. It returns where the buttons
// lead.
func (c *client) checkLinks(page string) []string {
	c.t.Helper()
	for _, e := range elements(c.t, page, "form") {
		if e.attributes["method"] != "post" || e.attributes["action"] != "" {
			c.t.Errorf("the page has a form with the method %q and the action %q", e.attributes["method"], e.attributes["action"])
		}
	}
	var buttons []string
	for _, e := range elements(c.t, page, "a", "area", "link", "base", "iframe", "img", "script", "meta", "button", "input") {
		for name, value := range e.attributes {
			address, err := url.Parse(value)
			switch {
			case name == "formaction" && e.tag == "button":
				buttons = append(buttons, value)
			case !slices.Contains([]string{"href", "src", "formmethod", "http-equiv"}, name):
			case e.tag != "a" || err != nil || address.Host == "" || strings.HasPrefix(value, apiURL):
				c.t.Errorf("the page has a <%s> with the attribute %s", e.tag, name)
			}
		}
	}
	return buttons
}
