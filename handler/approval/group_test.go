package approval_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
)

const dora, dan, lea = "dora@example.com", "dan@example.com", "lea@example.com"

// team has two approvers and two groups. Jo is in all of them.
var team = map[string][]string{"": {jo, ed}, "dba": {dora, dan, jo}, "leads": {lea, jo}}

// atTeam runs a test with an execution that has an input, in a workflow with the groups of team. The dba need two approvals.
func atTeam(t *testing.T, name, input string, test func(*gate), edits ...func(*approval.Request)) {
	t.Helper()
	edits = append([]func(*approval.Request){withInput(input), func(r *approval.Request) {
		r.Groups = map[string]int{"dba": 2, "leads": 1}
	}}, edits...)
	runAtGate(t, name, 1, func(g *gate) {
		g.configureGroups(team)
		test(g)
	}, edits...)
}

// configureGroups replaces the service by one with these groups, whose members have all confirmed.
func (g *gate) configureGroups(groups map[string][]string) {
	others := maps.Clone(groups)
	delete(others, "")
	config := approval.Config{APIURL: approval.TestAPI, Approvers: groups[""], Groups: others}
	g.service = approval.NewService(config, g.fake.Ports())
	g.fake.ConfirmedAddresses = nil
	for _, members := range groups {
		g.fake.ConfirmedAddresses = append(g.fake.ConfirmedAddresses, members...)
	}
}

// TestSendToGroup checks that an input chooses who is asked, and that it can ask for more approvals but not for fewer.
func TestSendToGroup(t *testing.T) {
	for input, want := range map[string]struct {
		recipients []string
		approvals  string // in the e-mail
	}{
		`{}`:                                           {[]string{jo, ed}, ""},
		`{"approvals":1}`:                              {[]string{jo, ed}, ""},
		`{"approvals":2}`:                              {[]string{jo, ed}, "2 needed"},
		`{"group":"dba"}`:                              {[]string{dora, dan, jo}, "2 needed"},
		`{"group":"dba","approvals":2}`:                {[]string{dora, dan, jo}, "2 needed"},
		`{"group":"dba","approvals":3}`:                {[]string{dora, dan, jo}, "3 needed"},
		`{"group":"leads"}`:                            {[]string{lea, jo}, ""},
		`{"group":"x","group":"leads"}`:                {[]string{lea, jo}, ""},
		`{"a":{"group":"dba"}}`:                        {[]string{jo, ed}, ""},
		`{"group":"dba","requester":"Jo"}`:             {[]string{dora, dan, jo}, "2 needed"},
		`{"group":"dba","requester":"JO@example.com"}`: {[]string{dora, dan}, "2 needed"},
		`{"group":"leads","requester":"` + jo + `"}`:   {[]string{lea}, ""},
		`{"group":"leads","approvals":1,"requester":"` + jo + `"}`: {[]string{lea}, ""},
		`["group"]`: {[]string{jo, ed}, ""}, `null`: {[]string{jo, ed}, ""},
	} {
		atTeam(t, input, input, func(g *gate) {
			g.send(g.request, approval.Sent{Emails: len(want.recipients)}, "")
			g.checkRecipients(want.recipients...)
			body := g.fake.Emails()[0].Body
			for line, wanted := range map[string]bool{
				"\nGroup:      dba\n":             want.recipients[0] == dora,
				"\nGroup:      leads\n":           want.recipients[0] == lea,
				"\nApprovals:  " + want.approvals: want.approvals != "",
			} {
				if strings.Contains(body, line) != wanted {
					g.t.Errorf("%q is in the e-mail: %t, want %t", line, !wanted, wanted)
				}
			}
		})
	}
}

// TestSendRefusesRule checks that nobody is asked if the keys that say who is asked are wrong, and what the error says.
func TestSendRefusesRule(t *testing.T) {
	const (
		groups   = "group must be one of these strings, or left out: dba, leads"
		dbas     = "approvals must be a whole number from 2 to 3, or left out: the group dba needs 2 and has 3 approvers who can decide"
		workflow = "approvals must be a whole number from 1 to 2, or left out: the workflow needs 1 and has 2 approvers who can decide"
	)
	for input, want := range map[string]string{
		`{"group":"ops"}`: groups, `{"group":""}`: groups, `{"group":"DBA"}`: groups, `{"group":" dba"}`: groups, `{"group":"dba,leads"}`: groups,
		`{"group":5}`: groups, `{"group":null}`: groups, `{"group":["dba"]}`: groups, `{"group":{"dba":1}}`: groups, `{"group":true}`: groups,
		`{"group":"?"}`: groups, `{"group":"dba","group":"x"}`: groups, `{"group":"ops","approvals":"x"}`: groups,
		`{"Group":"dba"}`:                          `the key must be "group", in small letters`,
		`{"group":"dba","GROUP":"leads"}`:          `the key must be "group", in small letters`,
		`{"Approvals":2}`:                          `the key must be "approvals", in small letters`,
		`{"group":"dba","approvals":1}`:            dbas,
		`{"group":"dba","approvals":4}`:            dbas,
		`{"approvals":0}`:                          workflow,
		`{"approvals":-1}`:                         workflow,
		`{"approvals":1.5}`:                        workflow,
		`{"approvals":"2"}`:                        workflow,
		`{"approvals":null}`:                       workflow,
		`{"approvals":[2]}`:                        workflow,
		`{"approvals":true}`:                       workflow,
		`{"approvals":3}`:                          workflow,
		`{"approvals":99999999999999999999}`:       workflow,
		`{"approvals":2,"requester":"` + jo + `"}`: "approvals must be the number 1, or left out: the workflow needs 1 and has 1 approvers",
		`{"group":"dba","approvals":3,"requester":"Jo <` + jo + `>"}`: "the number 2, or left out: the group dba needs 2 and has 2 approvers",
		`{"subject":1,"group":"x"}`:                                   "refused: subject must be a string; group must be one of",
	} {
		atTeam(t, input, input, func(g *gate) {
			err := g.send(g.request, approval.Sent{}, approval.CodeInvalidRequest)
			if got := approval.MessageOf(err); !strings.Contains(got, want) {
				g.t.Errorf("message = %q, want %q", got, want)
			}
			g.checkRecipients()
		})
	}
	atGate(t, 1, func(g *gate) {
		err := g.send(g.request, approval.Sent{}, approval.CodeInvalidRequest)
		if got, want := approval.MessageOf(err), "group must be left out: this workflow has no groups"; !strings.Contains(got, want) {
			t.Errorf("message = %q, want %q", got, want)
		}
	}, withInput(`{"group":"dba"}`))
}

// TestStricterWithinTheYear checks that an input cannot ask for so many approvals that the execution ends before them.
func TestStricterWithinTheYear(t *testing.T) {
	long := func(r *approval.Request) { r.Schedule = approval.Schedule{IntervalSeconds: 121 * 24 * 3600} }
	atTeam(t, "three", `{"group":"dba","approvals":3}`, func(g *gate) { g.send(g.request, approval.Sent{Emails: 3}, "") }, long)
	longer := func(r *approval.Request) { r.Schedule = approval.Schedule{IntervalSeconds: 122 * 24 * 3600} }
	atTeam(t, "two", `{"group":"dba","approvals":3}`, func(g *gate) {
		g.send(g.request, approval.Sent{}, approval.CodeInvalidRequest)
	}, longer)
}

// TestRuleOfAReminder checks that a wrong value is refused although the first e-mail was never sent, and that it does not lower the number
// of the group.
func TestRuleOfAReminder(t *testing.T) {
	for _, input := range []string{`{"group":"dba","approvals":"x"}`, `{"group":"dba","approvals":1}`, `{"approvals":0}`, `{"group":"ops"}`} {
		atTeam(t, input, input, func(g *gate) {
			time.Sleep(time.Hour + time.Second)
			g.send(g.fake.Retry(release), approval.Sent{}, approval.CodeInvalidRequest)
		}, withReminders)
	}
	atTeam(t, "fewer than the group needs", `{"group":"dba","approvals":1}`, func(g *gate) {
		g.decide(jo, approval.Approve, "")
		if status := g.execution().Status; status != approval.StatusWaiting {
			g.t.Errorf("the execution is %s after one of two approvals", status)
		}
	})
}

// TestMostApprovals checks that an input cannot ask for more approvals than have room in the output.
func TestMostApprovals(t *testing.T) {
	crowd := make([]string, approval.MaxApprovals+5)
	for i := range crowd {
		crowd[i] = fmt.Sprintf("approver-%d@example.com", i)
	}
	for approvals, want := range map[int]approval.Code{approval.MaxApprovals: "", approval.MaxApprovals + 1: approval.CodeInvalidRequest} {
		atTeam(t, fmt.Sprint(approvals), fmt.Sprintf(`{"group":"dba","approvals":%d}`, approvals), func(g *gate) {
			g.configureGroups(map[string][]string{"": {jo}, "dba": crowd})
			sent := approval.Sent{Emails: len(crowd)}
			if want != "" {
				sent = approval.Sent{}
			}
			g.send(g.request, sent, want)
		})
	}
}

// TestLinkOfEarlierExecution checks that a link for an execution whose name belongs to one of another group now says that the request
// is closed, and shows nothing.
func TestLinkOfEarlierExecution(t *testing.T) {
	atTeam(t, "earlier", `{"subject":"Secret plan","group":"leads"}`, func(g *gate) {
		click := g.click(dora, approval.Approve)
		click.Link.Execution.StartedAt = click.Link.Execution.StartedAt.Add(-91 * 24 * time.Hour)
		outcome, err := g.service.Decide(g.limited(), click)
		g.checkCode(err, approval.CodeClosed)
		if diff := cmp.Diff(approval.View{Approver: dora}, outcome.View); diff != "" {
			g.t.Errorf("view (-want +got):\n%s", diff)
		}
	})
}

// TestSendRoom checks the limit of the input, which each approval that is needed makes smaller.
func TestSendRoom(t *testing.T) {
	for rule, limit := range map[string]int{``: 253_952, `"approvals":2,`: 245_760, `"group":"dba",`: 245_760, `"group":"dba","approvals":3,`: 237_568} {
		head, tail := `{`+rule+`"x":"`, `"}`
		fits := head + strings.Repeat("x", limit-len(head+tail)) + tail
		atTeam(t, "fits "+rule, fits, func(g *gate) { g.send(g.request, approval.Sent{Emails: len(g.askedAbout(rule))}, "") })
		atTeam(t, "too long "+rule, head+"x"+fits[len(head):], func(g *gate) {
			err := g.send(g.request, approval.Sent{}, approval.CodeInvalidRequest)
			want := fmt.Sprintf("refused: it has %d bytes, and more than %d leave no room for the decisions", limit+1, limit)
			if got := approval.MessageOf(err); !strings.Contains(got, want) {
				g.t.Errorf("message = %q, want %q", got, want)
			}
		})
	}
}

// askedAbout returns the members of the group that an input names.
func (g *gate) askedAbout(input string) []string {
	for group, members := range team {
		if group != "" && strings.Contains(input, `"`+group+`"`) {
			return members
		}
	}
	return team[""]
}

// TestTooFewInGroup checks that the members of other groups do not count, and that the error names the group.
func TestTooFewInGroup(t *testing.T) {
	for name, test := range map[string]struct {
		requester string
		confirmed []string
		want      string
		unasked   string
	}{
		"too few": {"", []string{dora, ed, lea}, "Approvals still needed: 2. Members of the group dba who would get the e-mail: 1. " +
			"Not confirmed: dan@example.com, jo@example.com. Have them confirm", dan + ", " + jo},
		"nobody": {"", nil, "Members of the group dba who would get the e-mail: 0. Not confirmed: dora@example.com, dan@example.com, jo@", dora + ", " + dan + ", " + jo},
		"requester": {dan, []string{dora, dan, ed}, "would get the e-mail: 1. dan@example.com is the requester and does not count " +
			"as an approver. Not confirmed: jo@example.com.", jo},
	} {
		atTeam(t, name, `{"group":"dba","requester":"x`+test.requester+`"}`, func(g *gate) {
			g.request.Input = []byte(strings.Replace(string(g.request.Input), "x"+test.requester, test.requester+" ", 1))
			if test.requester == "" {
				g.request.Input = []byte(`{"group":"dba"}`)
			}
			g.fake.ConfirmedAddresses = test.confirmed
			err := g.send(g.request, approval.Sent{Unreachable: test.unasked}, approval.CodeTooFewApprovers)
			if got := approval.MessageOf(err); !strings.Contains(got, test.want) {
				g.t.Errorf("message = %q, want %q", got, test.want)
			}
			g.checkRecipients()
		})
	}
}

// moments bring an execution of two approvals into every state.
var moments = map[string]func(*gate){
	"before anybody decided": func(*gate) {},
	"after a reminder":       func(g *gate) { g.fake.Retry(release) },
	"after an approval":      func(g *gate) { g.decide(jo, approval.Approve, "") },
	"approved": func(g *gate) {
		g.decide(jo, approval.Approve, "")
		g.decide(g.askedAbout(string(g.request.Input))[0], approval.Approve, "")
	},
	"rejected":  func(g *gate) { g.decide(jo, approval.Reject, "") },
	"expired":   func(g *gate) { g.fake.End(release, approval.StatusFailed, "Expired") },
	"stopped":   func(g *gate) { g.fake.End(release, approval.StatusAborted, "") },
	"timed out": func(g *gate) { g.fake.End(release, approval.StatusTimedOut, "") },
	"not sent":  func(g *gate) { g.fake.End(release, approval.StatusFailed, "NotSent") },
	"moving":    func(g *gate) { g.fake.End(release, approval.StatusMoving, "") },
}

// TestLinkOfAnotherGroup has every approver of other groups use a well signed link for an execution at every moment. They neither
// decide nor learn anything about it: whom it asks follows from its input, which no link can change.
func TestLinkOfAnotherGroup(t *testing.T) {
	for group := range team {
		input := fmt.Sprintf(`{"subject":"Secret plan","group":%q,"approvals":2}`, group)
		if group == "" {
			input = `{"subject":"Secret plan","approvals":2}`
		}
		for name, move := range moments {
			if group == "" && name == "approved" {
				continue // askedAbout returns jo first
			}
			atTeam(t, group+" "+name, input, func(g *gate) {
				move(g)
				before, answers := g.execution(), len(g.fake.Answers())
				for _, approver := range []string{jo, ed, dora, dan, lea, "JO@example.com.au", "", "ann@example.com"} {
					if !slices.Contains(team[group], approver) {
						g.checkStranger(approver)
					}
				}
				g.checkAnswers(answers)
				if diff := cmp.Diff(before, g.execution()); diff != "" {
					g.t.Errorf("the execution changed (-before +after):\n%s", diff)
				}
			})
		}
	}
}

// checkStranger checks that an approver can neither see nor decide the request.
func (g *gate) checkStranger(approver string) {
	g.t.Helper()
	for _, decision := range approval.Decisions() {
		view := g.look(approver, decision, approval.CodeNotApprover)
		outcome := g.decide(approver, decision, approval.CodeNotApprover)
		if text := fmt.Sprintf("%+v %+v", view, outcome.View); strings.Contains(text, "Secret") || strings.Contains(text, release) {
			g.t.Errorf("%s learns of the request: %s", approver, text)
		}
	}
}

// TestGroupChanges changes the members of a group while a request of it is open.
func TestGroupChanges(t *testing.T) {
	const dba = `{"subject":"Secret plan","group":"dba"}`
	with := func(members ...string) map[string][]string {
		changed := maps.Clone(team)
		changed["dba"] = members
		return changed
	}
	remind := func(g *gate, want approval.Sent, code approval.Code) error {
		time.Sleep(time.Hour + time.Second)
		return g.send(g.fake.Retry(release), want, code)
	}
	atTeam(t, "removed", dba, func(g *gate) {
		g.configureGroups(with(dan, jo))
		g.checkStranger(dora)
		remind(g, approval.Sent{Emails: 2, Reminder: 1}, "")
		g.checkRecipients(dan, jo)
	}, withReminders)
	atTeam(t, "removed after an approval, which counts", dba, func(g *gate) {
		g.decide(dora, approval.Approve, "")
		g.configureGroups(with(dan, jo))
		g.checkStranger(dora)
		g.decide(dan, approval.Approve, "")
		g.checkEnd(approval.StatusSucceeded, "", dora, dan)
	})
	atTeam(t, "moved to another group", dba, func(g *gate) {
		changed := with(dan, jo)
		changed["leads"] = []string{lea, dora}
		g.configureGroups(changed)
		g.checkStranger(dora)
	})
	atTeam(t, "added", dba, func(g *gate) {
		g.configureGroups(with(dora, dan, jo, lea))
		remind(g, approval.Sent{Emails: 4, Reminder: 1}, "")
		g.decide(lea, approval.Approve, "")
		g.decide(dan, approval.Approve, "")
		g.checkEnd(approval.StatusSucceeded, "", lea, dan)
	}, withReminders)
	atTeam(t, "deleted", dba, func(g *gate) {
		changed := maps.Clone(team)
		delete(changed, "dba")
		g.configureGroups(changed)
		g.checkStranger(dora)
		g.checkStranger(jo)
		err := remind(g, approval.Sent{}, approval.CodeTooFewApprovers)
		want := "Members of the group dba who would get the e-mail: 0. The configuration has no group dba any more"
		if got := approval.MessageOf(err); !strings.Contains(got, want) {
			g.t.Errorf("message = %q, want %q", got, want)
		}
	}, withReminders)
	atTeam(t, "its number of approvals", dba, func(g *gate) { // which stays with the execution
		request := g.fake.Retry(release)
		time.Sleep(time.Hour + time.Second)
		g.send(request, approval.Sent{Emails: 3, Reminder: 1}, "")
		if body := g.fake.Emails()[0].Body; !strings.Contains(body, "Approvals:  2 needed") {
			g.t.Error("the reminder does not say that 2 approvals are needed")
		}
	}, withReminders)
	atTeam(t, "fewer members than the input wants", `{"group":"dba","approvals":3}`, func(g *gate) {
		g.configureGroups(with(dora, dan))
		remind(g, approval.Sent{}, approval.CodeTooFewApprovers)
	}, withReminders)
}

// TestBeforeGroups has requests whose definition is from before there were groups, and a function from after it. Whoever was
// asked then can still decide, whatever the input says. A new execution is refused, because it would ask the wrong people.
func TestBeforeGroups(t *testing.T) {
	before := func(r *approval.Request) { r.Groups, r.ApprovalsNeeded = nil, 2 }
	const data = `{"group":"dba","approvals":3}`
	atTeam(t, "open", data, func(g *gate) {
		g.decide(dora, approval.Approve, approval.CodeNotApprover)
		time.Sleep(time.Hour + time.Second)
		g.send(g.fake.Retry(release), approval.Sent{Emails: 2, Reminder: 1}, "")
		g.checkRecipients(jo, ed)
		if view := g.look(jo, approval.Approve, ""); view.Group != "" || view.ApprovalsNeeded != 2 {
			g.t.Errorf("the page says group %q and %d approvals, want none and 2", view.Group, view.ApprovalsNeeded)
		}
		g.decide(jo, approval.Approve, "")
		g.decide(ed, approval.Approve, "")
		g.checkEnd(approval.StatusSucceeded, "", jo, ed)
	}, before, withReminders)
	for _, input := range []string{data, `{"group":5}`, `{"approvals":2}`} {
		atTeam(t, "new "+input, input, func(g *gate) {
			err := g.send(g.request, approval.Sent{}, approval.CodeInvalidRequest)
			if got, want := approval.MessageOf(err), "this execution began before the workflow knew them"; !strings.Contains(got, want) {
				g.t.Errorf("message = %q, want %q", got, want)
			}
		}, before)
	}
}

// TestGroupUnknownToDefinition checks that nobody can approve for a group that the definition of the execution does not have, such
// as one that was added later: nobody was asked.
func TestGroupUnknownToDefinition(t *testing.T) {
	atTeam(t, "unknown", `{"group":"dba"}`, func(g *gate) {
		g.send(g.request, approval.Sent{}, approval.CodeInvalidRequest)
		for _, approver := range team["dba"] {
			g.decide(approver, approval.Approve, "")
		}
		if status := g.execution().Status; status != approval.StatusWaiting {
			g.t.Errorf("the execution is %s, want it to wait", status)
		}
	}, func(r *approval.Request) { r.Groups = map[string]int{"leads": 1} })
}

// TestGroupInRecords checks that the records and the pages name the group, and that as many approvals end the request as the input
// asks for.
func TestGroupInRecords(t *testing.T) {
	atTeam(t, "approved", `{"group":"dba","approvals":3}`, func(g *gate) {
		for i, approver := range team["dba"] {
			view := g.look(approver, approval.Approve, "")
			if view.Group != "dba" || view.ApprovalsNeeded != 3 || view.Missing() != 3-i {
				g.t.Errorf("the page says group %q, %d approvals, %d missing", view.Group, view.ApprovalsNeeded, view.Missing())
			}
			if outcome := g.decide(approver, approval.Approve, ""); outcome.Record.Group != "dba" || outcome.Missing() != 2-i {
				g.t.Errorf("outcome = %+v, want the group dba and %d missing", outcome, 2-i)
			}
		}
		g.checkEnd(approval.StatusSucceeded, "", team["dba"]...)
		if output := g.execution().Output; strings.Count(output, `"group":"dba","decidedAt"`) != 3 {
			g.t.Errorf("the records do not name the group: %s", output)
		}
	})
	atTeam(t, "rejected", `{"group":"leads"}`, func(g *gate) {
		g.decide(lea, approval.Reject, "")
		if cause := g.execution().Cause; !strings.Contains(cause, `"group":"leads"`) {
			g.t.Errorf("the record does not name the group: %s", cause)
		}
	})
	atTeam(t, "without a group", `{}`, func(g *gate) {
		g.decide(jo, approval.Approve, "")
		if output := g.execution().Output; strings.Contains(output, `"group"`) {
			g.t.Errorf("the record names a group: %s", output)
		}
	})
}

// TestCheckGroupName checks which names a group can have.
func TestCheckGroupName(t *testing.T) {
	for _, name := range []string{"dba", "on-call_2", "5", strings.Repeat("x", 40)} {
		if err := approval.CheckGroupName(name); err != nil {
			t.Errorf("%q is refused: %v", name, err)
		}
	}
	for _, name := range []string{"", "a b", "a.b", "a:b", "ä", "a,b", "?", "a\n", strings.Repeat("x", 41)} {
		if err := approval.CheckGroupName(name); err == nil {
			t.Errorf("%q is accepted", name)
		}
	}
}
