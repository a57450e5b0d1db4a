//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// groupMembers are the approvers of each group. Both of the group dba have to agree.
var groupMembers = map[string][]int{"dba": {ann, bob}, "leads": {bob, cy}, "oncall": {cy}}

// setGroup sets the members of a group in the configuration.
func (g *gate) setGroup(t *testing.T, group string, members ...int) {
	t.Helper()
	var addresses []string
	for _, member := range members {
		addresses = append(addresses, g.approvers[member])
	}
	g.pulumi(t, "config", "set", "--path", "groups."+group+".email", strings.Join(addresses, ","))
}

// askGroup starts an execution that asks a group. The members get the e-mail.
func (g *gate) askGroup(t *testing.T, group string) *request {
	t.Helper()
	r := g.ask(t, fmt.Sprintf(`{"group":%q,"subject":"Drop orders_2019"}`, group))
	r.asked = groupMembers[group]
	return r
}

// groups deploys three groups. Requests that name none still ask all three approvers.
func groups(t *testing.T, g *gate) {
	for group, members := range groupMembers {
		g.setGroup(t, group, members...)
	}
	g.pulumi(t, "config", "set", "--path", "groups.dba.approvals", "2")
	g.set(t, "timeout=301s", "reminders=1")
	g.setOutcomes(t, "deciders", g.approvers...)
	g.up(t)
	t.Run("side by side", func(t *testing.T) { askSideBySide(t, g) })
	t.Run("input", func(t *testing.T) { chooseGroups(t, g) })
	for group, steps := range ends {
		t.Run("attacks on "+group, func(t *testing.T) { attackGroup(t, g, group, steps) })
	}
}

// askSideBySide asks all groups at the same time, and all approvers.
func askSideBySide(t *testing.T, g *gate) {
	requests := map[string]*request{"": g.ask(t, `{}`)}
	for group := range groupMembers {
		requests[group] = g.askGroup(t, group)
	}
	for _, r := range requests {
		r.receive(t)
	}
	requests["dba"].do(t, approve(ann, 200, counted))
	requests["leads"].do(t, approve(cy, 200, approved))
	requests[""].do(t, approve(cy, 200, counted))
	requests["oncall"].do(t, reject(cy, 200, rejected))
	requests["dba"].do(t, approve(bob, 200, approved), approvedBy(ann, bob))
	requests["leads"].do(t, approvedBy(cy), approve(bob, 409, "approved before"))
	requests[""].do(t, approve(ann, 200, approved), approvedBy(cy, ann))
	requests["oncall"].do(t, rejectedBy(cy), failed("Rejected", `"group":"oncall"`))
	g.noEmails(t, requests)
}

// noEmails checks that nobody got more e-mails that ask about these requests.
func (g *gate) noEmails(t *testing.T, requests map[string]*request) {
	t.Helper()
	g.box.rest(t, "", "")
	for to, emails := range g.box.emails {
		for _, r := range requests {
			if to.execution == r.execution && len(emails) > 0 {
				t.Errorf("%d e-mails too many about %s went to %s", len(emails), r.input, to.approver)
			}
		}
	}
}

// chooseGroups starts executions whose input chooses who is asked, and how many of them have to agree.
func chooseGroups(t *testing.T, g *gate) {
	t.Run("stricter", func(t *testing.T) {
		r := g.ask(t, `{"group":"leads","approvals":2}`)
		r.asked = groupMembers["leads"]
		r.receive(t)
		r.do(t, approve(bob, 200, counted), approve(cy, 200, approved), approvedBy(bob, cy))
	})
	const known = "one of these strings, or left out: dba, leads, oncall"
	wrong := map[string][2]string{ // error and cause
		`{"group":"dbas"}`:                {"NotSent", known},
		`{"group":["dba"]}`:               {"NotSent", known},
		`{"Group":"dba"}`:                 {"NotSent", "group"},
		`{"group":"dba","approvals":1}`:   {"NotSent", "approvals must be the number 2, or left out"},
		`{"group":"dba","approvals":3}`:   {"NotSent", "the group dba needs 2 and has 2 approvers"},
		`{"group":"leads","approvals":0}`: {"NotSent", "approvals must be a whole number from 1 to 2"},
		fmt.Sprintf(`{"group":"oncall","requester":%q}`, g.approvers[cy]): {"TooFewApproversError", "Members of the group oncall"},
	}
	requests := map[string]*request{}
	for input := range wrong {
		requests[input] = g.ask(t, input)
	}
	for input, r := range requests {
		t.Run(input, func(t *testing.T) { r.do(t, failed(wrong[input][0], wrong[input][1])) })
	}
	g.noEmails(t, requests)
}

// ends are the steps to the end of a request to each group.
var ends = map[string][]action{
	"dba":    {approve(ann, 200, counted), approve(bob, 200, approved), approvedBy(ann, bob)},
	"leads":  {reject(bob, 200, rejected), rejectedBy(bob)},
	"oncall": {stop},
}

// attackGroup lets everybody of the other groups open links for a request, before and after each step. The links are signed well,
// but their approvers are not in the group that the execution asks.
func attackGroup(t *testing.T, g *gate, group string, steps []action) {
	r := g.askGroup(t, group)
	r.receive(t)
	links := signForStrangers(t, r, group)
	try := func(t *testing.T, r *request) {
		for stranger, e := range links {
			refuse(t, r, stranger, e)
		}
	}
	r.do(t, try)
	for _, step := range steps {
		r.do(t, step, try)
	}
	t.Logf("the links of %d approvers of other groups were refused at %d moments", len(links), 1+len(steps))
}

// signForStrangers returns e-mails about a request to the approvers who are not in its group, by their numbers. It invokes the
// function, which signs links for the payload that it gets. Only an administrator can do that.
func signForStrangers(t *testing.T, r *request, group string) map[int]email {
	var payload map[string]any
	decode(t, []byte(r.newestTask(t, r.execution).text), &payload)
	links := map[int]email{}
	for other, members := range groupMembers {
		if !slices.ContainsFunc(members, func(m int) bool { return !slices.Contains(groupMembers[group], m) && links[m] == "" }) {
			continue
		}
		payload["input"] = map[string]string{"group": other}
		text, err := json.Marshal(payload)
		if err != nil {
			t.Fatal(err)
		}
		r.invoke(t, string(text))
		for _, member := range members {
			if e := r.next(t, member); !slices.Contains(groupMembers[group], member) {
				links[member] = e
			}
		}
	}
	return links
}

// notAnApprover is the answer to whoever is not in the group of a request.
const notAnApprover = `{"error":"NotAnApprover","message":"This request asks other people, or the operators of this workflow changed who approves ` +
	`it. Nothing was decided."}`

// refuse opens both links of an e-mail as a program, a person and a form do. The answers say nothing about the request, and the
// same at each moment.
func refuse(t *testing.T, r *request, stranger int, e email) {
	t.Helper()
	for path, link := range e.links() {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			if got := send(t, method, link, nil, ""); got.status != http.StatusForbidden || strings.TrimSpace(got.body) != notAnApprover {
				t.Errorf("%s %s by %s = %d %s, want %s", method, path, r.approvers[stranger], got.status, got, notAnApprover)
			}
		}
		page := send(t, http.MethodGet, link, browser, "")
		page.check(t, http.StatusForbidden, "<h1>You are not an approver of this request</h1>")
		secrets := []string{r.name(), "orders_2019"}
		for _, asked := range slices.DeleteFunc(slices.Clone(r.asked), func(a int) bool { return a == stranger }) {
			secrets = append(secrets, r.approvers[asked])
		}
		for _, secret := range secrets {
			if strings.Contains(page.body, secret) {
				t.Errorf("the page for %s contains %s", r.approvers[stranger], secret)
			}
		}
	}
}

// memberChange has requests that are open while the members of their groups change.
type memberChange struct{ moved, orphan *request }

// beginChange sends requests to Ann and Bob and to Cy. Then it puts Cy in Bob's place and removes Cy's group. Bob is still in
// another group. The next deployment applies that.
func beginChange(t *testing.T, g *gate) memberChange {
	c := memberChange{g.askGroup(t, "dba"), g.askGroup(t, "oncall")}
	c.moved.receive(t)
	c.orphan.receive(t)
	g.setGroup(t, "dba", ann, cy)
	g.pulumi(t, "config", "rm", "--path", "groups.oncall")
	return c
}

// applied checks the links after the deployment. The group keeps Ann, so her old link works.
func (c memberChange) applied(t *testing.T) {
	refuse(t, c.moved, bob, c.moved.emails[bob])
	refuse(t, c.orphan, cy, c.orphan.emails[cy])
	c.moved.do(t, approve(ann, 200, counted))
}

// end waits for the reminders. Cy, who was added, gets one, and it decides. The links ask to confirm meanwhile.
func (c memberChange) end(t *testing.T) {
	const cause = "The configuration has no group oncall any more: add it again, run pulumi up"
	c.orphan.do(t, failed("TooFewApproversError", cause), noEmail(cy))
	refuse(t, c.orphan, cy, c.orphan.emails[cy])
	e := c.moved.next(t, cy)
	if !strings.HasPrefix(string(e), "Reminder 1 of 1: ") {
		t.Errorf("the e-mail to %s is not a reminder", c.moved.approvers[cy])
	}
	send(t, http.MethodPost, e.link(t, "/approve"), nil, "").check(t, http.StatusOK, approved)
	c.moved.do(t, approvedBy(ann, cy), noEmail(ann), noEmail(bob))
	refuse(t, c.moved, bob, c.moved.emails[bob])
}
