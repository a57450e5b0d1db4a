package web_test

import (
	"fmt"
	"net/http"
	"net/url"
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
		c.check(c.get(c.approve()), confirmationRequired)
		c.checkPage(c.getPage(c.approve()), askedToApprove)
		c.checkPage(c.getPage(c.reject()), askedToReject)
		c.checkPage(c.do(newRequest("HEAD", c.approve(), firefox)), methodNotAllowed)
		c.checkPage(c.do(newRequest("POST", c.approve(), firefox)), approved)
		elinks := but(curl, "User-Agent", "ELinks/0.13.2 (textmode; Linux 6.1.0 x86_64; 100x30-2)") // which cannot show JSON
		c.checkPage(c.do(newRequest("GET", c.approve(), elinks)), alreadyApproved.with("This request was approved before, by you at "+
			c.record().DecidedAt.UTC().Format(approval.TimeLayout)+"."+nothingLeft))
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
		want := []element{{tag: "form", attributes: map[string]string{"method": "post", "action": decision.Path + "?" + c.query()}}}
		for _, d := range []approval.Decision{decision, decision.Other()} {
			want = append(want, element{tag: "button", text: d.Verb, attributes: map[string]string{
				"class": strings.ToLower(d.Verb), "formaction": d.Path + "?" + c.query(), "name": "decision", "value": d.Status,
				"aria-label": d.Verb + " release-42",
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
	{name: "confirm mode", needed: 1, confirm: true, header: firefox},
	{name: "first of two", needed: 2, confirm: true, header: firefox,
		says: "Nothing is decided until you press a button. After your approval, 1 more approval is needed. A rejection is final."},
	{name: "first of three", needed: 3, confirm: true, header: firefox,
		says: "Nothing is decided until you press a button. After your approval, 2 more approvals are needed. A rejection is final."},
	{name: "own approval before", needed: 2, confirm: true, before: ann, header: firefox,
		says: "You have approved this request before. Nothing changes until you press the button. A rejection is final."},
	{name: "another approval before", needed: 2, confirm: true, before: bob, header: firefox},
	{name: "prefetch", needed: 1, header: but(firefox, "Sec-Purpose", "prefetch")},
	{name: "no language", needed: 1, header: but(firefox, "Accept-Language", "")},
}

// TestPagesKeepTheirPromise checks what each page that asks says, follows its links as a scanner does, and presses each of its
// buttons. Only a button decides, by POST: to its own address, or as text browsers do, to that of the form.
func TestPagesKeepTheirPromise(t *testing.T) {
	for i := range askingPages {
		for _, link := range approval.Decisions() {
			for _, pressed := range approval.Decisions() {
				if askingPages[i].before == ann && (link == approval.Approve || pressed == approval.Approve) {
					continue // the page of this link asks nothing, and the other page has no such button
				}
				for _, address := range []approval.Decision{pressed, link} {
					t.Run(fmt.Sprintf("%s %s %s at %s", askingPages[i].name, link.Verb, pressed.Verb, address.Path), func(t *testing.T) {
						checkPromise(t, i, link, pressed, address)
					})
				}
			}
		}
	}
}

// checkPromise opens a link whose page asks and presses a button, which posts to the address of a decision.
func checkPromise(t *testing.T, i int, link, pressed, address approval.Decision) {
	test, want := askingPages[i], askedToApprove
	if link == approval.Reject {
		want = askedToReject
	}
	c := newClientOf(t, test.confirm, payload(release, test.needed))
	if test.before != "" {
		c.decide(approval.Approve, test.before)
	}
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
	c.post(buttons[address.Verb], url.Values{"reason": {"because"}, "decision": {pressed.Status}})
	c.checkDecisions(1)
	if got := c.record(); got.Reason != "because" || got.Approver != ann {
		t.Errorf("record of %s with the reason %q, want %s and because", got.Approver, got.Reason, ann)
	}
	if got := c.lastLog()["outcome"]; got != pressed.Status && (got != "counted" || test.needed == 1) {
		t.Errorf("outcome = %v after the button %s", got, pressed.Verb)
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
