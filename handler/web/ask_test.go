package web_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
)

var (
	askedToApprove = expected{status: 200, outcome: "asked", kind: "asked", title: "Approve this request?",
		message: "Nothing is decided until you press a button. Your decision is final."}
	askedToReject = expected{status: 200, outcome: "asked", kind: "asked", title: "Reject this request?",
		message: askedToApprove.message}
	confirmationRequired = expected{status: 405, outcome: "ConfirmationRequired", header: http.Header{"Allow": {"POST"}},
		message: "This link asks to confirm. Nothing was decided. To decide, send a POST request to the same address."}
)

// TestLinksThatAsk checks when a GET asks: if the workflow's mode is so, or was so when the e-mail was sent.
func TestLinksThatAsk(t *testing.T) {
	for _, modes := range []struct{ sent, now bool }{{true, true}, {true, false}, {false, true}} {
		c := newClientOf(t, modes.sent, one)
		c.configure(modes.now, ann, bob, carol)
		for name, header := range programs {
			request := newRequest("GET", c.approve(), header)
			if name == "wants a page" {
				c.checkPage(c.do(request), askedToApprove)
			} else {
				c.check(c.do(request), confirmationRequired)
			}
		}
		c.checkPage(c.getPage(c.approve()), askedToApprove)
		c.checkPage(c.getPage(c.reject()), askedToReject)
		c.checkPage(c.do(newRequest("HEAD", c.approve(), browsers["Firefox"])), methodNotAllowed)
		c.checkPage(c.do(newRequest("POST", c.approve(), browsers["Firefox"])), approved)
	}
}

// TestForm checks that the page has one form with both buttons, the link's own decision first, so that a reason is never lost.
// Its only other control has a label.
func TestForm(t *testing.T) {
	for _, decision := range approval.Decisions() {
		c := newClientOf(t, true, one)
		page := c.getPage(c.link(decision, ann)).Body.String()
		forms := elements(t, page, "form")
		for i := range forms {
			forms[i].text = ""
		}
		want := []element{{tag: "form", attributes: map[string]string{"method": "post"}}}
		for _, d := range []approval.Decision{decision, decision.Other()} {
			want = append(want, element{tag: "button", text: d.Verb, attributes: map[string]string{
				"class": strings.ToLower(d.Verb), "formaction": d.Path + "?" + c.query(), "aria-label": d.Verb + " release-42",
			}})
		}
		if got := slices.Concat(forms, elements(t, page, "button")); !cmp.Equal(want, got, cmp.AllowUnexported(element{})) {
			t.Errorf("%d forms and buttons, want %d with other attributes or texts", len(got), len(want))
		}
		fields := elements(t, page, "label", "textarea")
		if len(fields) != 2 || fields[0].attributes["for"] != fields[1].attributes["id"] || fields[1].attributes["name"] != "reason" {
			t.Error("the page has no labelled text area for the reason")
		}
	}
}

// askingPages are the ways to a page that promises to decide nothing until a button is pressed.
var askingPages = []struct {
	name    string
	needed  int
	confirm bool
	before  string // who has approved before
	header  http.Header
	says    string // unless it is the message of askedToApprove
}{
	{name: "confirm mode", needed: 1, confirm: true, header: browsers["Firefox"]},
	{name: "first of two", needed: 2, confirm: true, header: browsers["Firefox"],
		says: "Nothing is decided until you press a button. After your approval, 1 more approval is needed. A rejection is final."},
	{name: "first of three", needed: 3, confirm: true, header: browsers["Firefox"],
		says: "Nothing is decided until you press a button. After your approval, 2 more approvals are needed. A rejection is final."},
	{name: "own approval before", needed: 2, confirm: true, before: ann, header: browsers["Firefox"],
		says: "You have approved this request before. Nothing changes until you press the button. A rejection is final."},
	{name: "another approval before", needed: 2, confirm: true, before: bob, header: browsers["Firefox"]},
	{name: "prefetch", needed: 1, header: but(browsers["Chrome"], "Sec-Purpose", "prefetch")},
	{name: "no language", needed: 1, header: but(browsers["Safari"], "Accept-Language", "")},
}

// TestPagesKeepTheirPromise checks what each page that asks says, follows its links as a scanner does, and presses each of its
// buttons. Only a button decides, by POST.
func TestPagesKeepTheirPromise(t *testing.T) {
	asked := map[approval.Decision]expected{approval.Approve: askedToApprove, approval.Reject: askedToReject}
	for _, test := range askingPages {
		for _, link := range approval.Decisions() {
			for _, pressed := range approval.Decisions() {
				if test.before == ann && (link == approval.Approve || pressed == approval.Approve) {
					continue // the page of this link asks nothing, and the other page has no such button
				}
				t.Run(test.name+" "+link.Verb+" "+pressed.Verb, func(t *testing.T) {
					c := newClientOf(t, test.confirm, payload(release, test.needed))
					if test.before != "" {
						c.decide(approval.Approve, test.before)
					}
					want := asked[link]
					if test.says != "" {
						want.message = test.says
					}
					buttons := c.checkLinks(c.checkPage(c.do(newRequest("GET", c.link(link, ann), test.header)), want))
					if _, approve := buttons["Approve"]; approve != (test.before != ann) || buttons["Reject"] == "" {
						t.Fatalf("the page has %d buttons, one to approve: %t", len(buttons), approve)
					}
					for verb, target := range buttons {
						want.title = verb + " this request?"
						c.checkPage(c.do(newRequest("GET", target, test.header)), want)
					}
					c.post(buttons[pressed.Verb], reasonForm("because"))
					c.checkDecisions(1)
					if got := c.record(); got.Reason != "because" || got.Approver != ann {
						t.Errorf("record of %s with the reason %q, want %s and because", got.Approver, got.Reason, ann)
					}
					if got := c.lastLog()["outcome"]; got != pressed.Status && (got != "counted" || test.needed == 1) {
						t.Errorf("outcome = %v after the button %s", got, pressed.Verb)
					}
				})
			}
		}
	}
}

// TestHostileParameter checks that whatever somebody adds to a link stays in the address of the buttons, which leads here.
func TestHostileParameter(t *testing.T) {
	c := newClientOf(t, true, one)
	query := `x"><script>alert(1)</script>&javascript:alert(1)&` + c.query()
	page := c.checkPage(c.getPage("/approve?"+query), askedToApprove)
	want := map[string]string{"Approve": "/approve?" + query, "Reject": "/reject?" + query}
	if got := c.checkLinks(page); !cmp.Equal(want, got) {
		t.Errorf("%d buttons, want 2 whose address ends with the query", len(got))
	}
}
