//go:build e2e

package e2e

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// groupOf says who is in each group of the example.
var groupOf = map[string]int{"dba": ann, "oncall": bob, "leads": cy}

// member is the number of the only approver of a request to a group.
const member = 0

// example deploys the example program as a stack of its own. Its state machine, a release, asks the DBAs, or the group on call if
// they do not answer, and then the leads. One execution ends in each way that the definition knows. It returns an e-mail whose links
// were signed by that stack.
func example(t *testing.T, dir string, approvers ...string) (foreign email) {
	g := newGate(t, filepath.Join(dir, "infra", "example"), approvers...)
	g.set(t, "timeout=60s")
	for group, approver := range groupOf {
		g.pulumi(t, "config", "set", "--path", "groups."+group+".email", approvers[approver])
	}
	g.deploy(t)
	t.Run("nobody could be asked", func(t *testing.T) {
		startRelease(t, g, "early").fails(t, "NotApproved", `"Error":"TooFewApproversError"`, "AskDBAs")
	})
	g.confirm(t, approvers...)
	t.Run("the request cannot start", func(t *testing.T) { denyRelease(t, g) })
	t.Run("the name is taken", func(t *testing.T) { nameTaken(t, g) })
	t.Run("the name is too long", func(t *testing.T) {
		startRelease(t, g, strings.Repeat("n", 77)).fails(t, "NotApproved", "80", "AskDBAs")
	})
	t.Run("the only DBA is the requester", func(t *testing.T) {
		r := startReleaseFor(t, g, "own", approvers[groupOf["dba"]])
		r.fails(t, "NotApproved", `"Error":"TooFewApproversError"`, "AskDBAs")
	})
	t.Run("both approve", func(t *testing.T) {
		r := startRelease(t, g, "release-1.4.2")
		foreign = r.approve(t, "dba")
		r.approve(t, "leads")
		r.succeeds(t, "dba", "leads")
	})
	t.Run("rejection", func(t *testing.T) { rejectRelease(t, g) })
	t.Run("withdrawn request", func(t *testing.T) {
		r := startRelease(t, g, "withdrawn")
		r.asks(t, "dba").do(t, stopAsIf("Expired")) // must not make the group on call decide
		r.fails(t, "NotApproved", `"Status":"ABORTED"`, "AskDBAs")
	})
	t.Run("expiry", func(t *testing.T) { expireRelease(t, g) })
	t.Run("nobody else was asked", func(t *testing.T) { noOtherEmail(t, g) })
	t.Run("destroy leaves nothing", func(t *testing.T) { destroy(t, g.stack) })
	return foreign
}

// denyRelease starts a release whose role may not start a request.
func denyRelease(t *testing.T, g *gate) {
	inject(t, fault{
		Service: "states", Operation: "StartExecution", Caller: "StepFunctions", Status: 400, Code: "AccessDeniedException", Times: 1,
	})
	startRelease(t, g, "denied").fails(t, "NotApproved", "AccessDeniedException", "AskDBAs")
}

// rejectRelease rejects releases. Nobody asks the leads if the DBAs have rejected.
func rejectRelease(t *testing.T, g *gate) {
	r := startRelease(t, g, "rejected-by-dba")
	r.reject(t, "dba")
	r.fails(t, "Rejected", `"group":"dba"`, "AskDBAs")

	r = startRelease(t, g, "rejected-by-leads")
	r.approve(t, "dba")
	r.reject(t, "leads")
	r.fails(t, "Rejected", `"group":"leads"`, "AskDBAs", "AskLeads")
}

// expireRelease starts releases side by side. The DBAs let three of them expire, the group on call one of these, and the leads a
// fourth.
func expireRelease(t *testing.T, g *gate) {
	approved, rejected, expired := startRelease(t, g, "approved"), startRelease(t, g, "rejected"), startRelease(t, g, "expired")
	for _, r := range []*release{approved, rejected, expired} {
		r.asks(t, "dba")
	}
	late := startRelease(t, g, "late")
	late.approve(t, "dba")
	late.asks(t, "leads")

	approved.approve(t, "oncall")
	approved.approve(t, "leads")
	approved.succeeds(t, "oncall", "leads")
	rejected.reject(t, "oncall")
	rejected.fails(t, "Rejected", `"group":"oncall"`, "AskDBAs", "AskOnCall")
	expired.asks(t, "oncall")
	expired.fails(t, "Expired", "Nobody decided within 1m", "AskDBAs", "AskOnCall")
	late.fails(t, "Expired", "Nobody decided within 1m", "AskDBAs", "AskLeads")
}

// nameTaken starts a release whose request to the DBAs has the name of another one.
func nameTaken(t *testing.T, g *gate) {
	other := &release{gate: g, name: "taken"}
	g.start(t, g.output("stateMachineArn"), "taken-dba", `{"group": "dba", "subject": "Release 1.4.2", "requester": "jo@example.com"}`)
	request := other.receives(t, "dba")
	startRelease(t, g, "taken").fails(t, "NotApproved", "Already", "AskDBAs")
	request.do(t, stop)
}

// noOtherEmail checks that the test has taken all e-mails that ask, so that nobody of another group got one.
func noOtherEmail(t *testing.T, g *gate) {
	g.box.rest(t, "", "")
	for to, emails := range g.box.emails {
		if slices.ContainsFunc(emails, func(e email) bool { return e.links()["/approve"] != nil }) {
			t.Errorf("%s was asked about %s, which the test did not expect", to.approver, to.execution)
		}
	}
}

// release is an execution of the example's state machine.
type release struct {
	*gate
	name, execution string
}

func startRelease(t *testing.T, g *gate, name string) *release {
	t.Helper()
	return startReleaseFor(t, g, name, "jo@example.com")
}

func startReleaseFor(t *testing.T, g *gate, name, requester string) *release {
	t.Helper()
	execution := g.start(t, g.output("releaseArn"), name, `{"version": "1.4.2", "requester": "`+requester+`"}`)
	return &release{gate: g, name: name, execution: execution}
}

// receives waits for the e-mail of the request to a group, whose name begins with the release's.
func (r *release) receives(t *testing.T, group string) *request {
	t.Helper()
	g := *r.gate
	g.approvers = []string{r.approvers[groupOf[group]]}
	asked := &request{gate: &g, execution: strings.Replace(r.output("stateMachineArn"), ":stateMachine:", ":execution:", 1) +
		":" + r.name + "-" + group}
	asked.receive(t)
	return asked
}

// asks returns the request to a group.
func (r *release) asks(t *testing.T, group string) *request {
	t.Helper()
	asked := r.receives(t, group)
	for _, want := range []string{
		"release 1.4.2 go to production?", `"group": "` + group + `"`, "jo@example.com", "release-1.4.2.zip", r.execution,
	} {
		if !strings.Contains(string(asked.emails[member]), want) {
			t.Errorf("the e-mail to %s does not contain %s", group, want)
		}
	}
	return asked
}

// approve approves the request to a group. It returns the e-mail.
func (r *release) approve(t *testing.T, group string) email {
	t.Helper()
	asked := r.asks(t, group)
	asked.do(t, approve(member, 200, approved))
	return asked.emails[member]
}

// reject rejects the request to a group.
func (r *release) reject(t *testing.T, group string) {
	t.Helper()
	r.asks(t, group).do(t, reject(member, 200, rejected))
}

// succeeds waits for the end. It checks that these groups approved, the last one for the leads.
func (r *release) succeeds(t *testing.T, database, leads string) {
	t.Helper()
	type record struct{ Approver, Group string }
	type output struct {
		Released  string
		Approvals struct{ Database, Release []record }
	}
	got, end := output{}, r.wait(t, r.execution)
	if end.Status != "SUCCEEDED" {
		t.Fatalf("execution = %+v, want SUCCEEDED", end)
	}
	decode(t, []byte(end.Output), &got)
	want := output{Released: "release-1.4.2.zip"}
	want.Approvals.Database = []record{{r.approvers[groupOf[database]], database}}
	want.Approvals.Release = []record{{r.approvers[groupOf[leads]], leads}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("output (-want +got):\n%s", diff)
	}
}

// fails waits for the end. It checks how the release failed, and that it entered these states to ask, but not the last one.
func (r *release) fails(t *testing.T, wantError, wantCause string, wantAsked ...string) {
	t.Helper()
	r.wait(t, r.execution).checkFailed(t, wantError, wantCause)
	var asked []string
	for _, event := range slices.Backward(r.events(t, r.execution, 100)) {
		details := event.StateEnteredEventDetails
		if details == nil {
			continue
		}
		if *details.Name == "Release" {
			t.Error("the release was not stopped")
		}
		if name, isTask := strings.CutPrefix(*details.Name, "Ask"); isTask && name != "ed?" {
			asked = append(asked, *details.Name)
		}
	}
	if diff := cmp.Diff(wantAsked, asked); diff != "" {
		t.Errorf("states that ask (-want +got):\n%s", diff)
	}
}
