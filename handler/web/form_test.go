package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
)

// TestForm checks that the page has one form with both buttons, the link's own decision first, so that a reason is never
// lost.
func TestForm(t *testing.T) {
	for _, decision := range approval.Decisions() {
		c := newConfirmClient(t)
		query := c.query(ann)
		page := c.browse(http.MethodGet, decision.Path+"?"+query)
		wantForm := []element{{tag: "form", attributes: map[string]string{"method": "post"}}}
		forms := elements(t, page, "form")
		for i := range forms {
			forms[i].text = ""
		}
		checkElements(t, wantForm, forms)
		var want []element
		for _, d := range []approval.Decision{decision, decision.Other()} {
			want = append(want, element{tag: "button", text: d.Verb, attributes: map[string]string{
				"class": strings.ToLower(d.Verb), "formaction": d.Path + "?" + query, "aria-label": d.Verb + " release-42",
			}})
		}
		checkElements(t, want, elements(t, page, "button"))
	}
}

// checkElements compares elements without printing the addresses of buttons.
func checkElements(t *testing.T, want, got []element) {
	t.Helper()
	if !cmp.Equal(want, got, cmp.AllowUnexported(element{})) {
		t.Errorf("%d elements, want %d with other attributes or texts", len(got), len(want))
	}
}

// TestButtonsDecide follows each button of each page that asks, with a reason.
func TestButtonsDecide(t *testing.T) {
	for _, link := range approval.Decisions() {
		for _, button := range approval.Decisions() {
			c := newConfirmClient(t)
			for _, e := range elements(t, c.browse(http.MethodGet, link.Path+"?"+c.query(ann)), "button") {
				if e.text == button.Verb {
					c.check(c.post(e.attributes["formaction"], reasonForm("because")), expected{
						status: http.StatusOK, message: button.Message, outcome: button.Status,
					})
				}
			}
			if got := c.record().Reason; got != "because" {
				t.Errorf("reason = %q, want because", got)
			}
		}
	}
}

// TestPageWithoutScripts checks that the page needs no script, loads nothing, and links to nothing that could get its
// address. The only control without a button has a label.
func TestPageWithoutScripts(t *testing.T) {
	c := newConfirmClient(t)
	page := c.browse(http.MethodGet, c.approve())
	if got := elements(t, page, "script", "img", "link", "iframe", "a", "input", "object", "base"); len(got) > 0 {
		t.Errorf("the page has a <%s>", got[0].tag)
	}
	label, area := elements(t, page, "label"), elements(t, page, "textarea")
	if len(label) != 1 || len(area) != 1 || label[0].attributes["for"] != area[0].attributes["id"] || area[0].attributes["name"] != "reason" {
		t.Error("the page has no labelled text area for the reason")
	}
	for _, e := range elements(t, page, "html", "body", "main", "form", "button", "textarea", "dd") {
		for name := range e.attributes {
			if strings.HasPrefix(name, "on") || name == "style" {
				t.Errorf("<%s> has the attribute %s", e.tag, name)
			}
		}
	}
}

// TestHostileParameter checks that whatever somebody adds to a link stays in the address of the buttons, which leads here.
func TestHostileParameter(t *testing.T) {
	c := newConfirmClient(t)
	query := `x"><script>alert(1)</script>&javascript:alert(1)&` + c.query(ann)
	request := newRequest("/approve", browsers["Safari"])
	request.URL.RawQuery = query
	page := c.do(request).Body.String()
	buttons := elements(t, page, "button")
	if len(buttons) != 2 || buttons[0].attributes["formaction"] != "/approve?"+query || buttons[1].attributes["formaction"] != "/reject?"+query {
		t.Errorf("%d buttons, want 2 whose address ends with the query", len(buttons))
	}
	if got := elements(t, page, "script"); len(got) > 0 {
		t.Error("the page has a script")
	}
}

// TestWhatThePageSays checks that the page says what its buttons will do.
func TestWhatThePageSays(t *testing.T) {
	tests := []struct {
		needed, before int
		want           string
	}{
		{1, 0, "Nothing is decided until you press a button. Your decision is final."},
		{2, 0, "Nothing is decided until you press a button. After your approval, 1 more approval is needed. A rejection is final."},
		{2, 1, "Nothing is decided until you press a button. Your decision is final."},
		{3, 0, "Nothing is decided until you press a button. After your approval, 2 more approvals are needed. A rejection is final."},
	}
	for _, test := range tests {
		c := newClientOf(t, approval.Config{Confirm: true}, payload("{}", test.needed))
		if test.before > 0 {
			c.decide(approval.Approve, bob)
		}
		if got := elements(t, c.browse(http.MethodGet, c.approve()), "p"); len(got) != 1 || got[0].text != test.want {
			t.Errorf("the page says %v, want %q", got, test.want)
		}
	}
}
