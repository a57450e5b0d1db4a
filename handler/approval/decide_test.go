package approval_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
)

func TestDecisions(t *testing.T) {
	seen := map[string]bool{}
	for _, decision := range approval.Decisions() {
		for _, text := range []string{decision.Status, decision.Path, decision.Verb, decision.Title, decision.Message} {
			if text == "" || seen[text] {
				t.Errorf("%q is empty or belongs to two fields", text)
			}
			seen[text] = true
		}
		if other := decision.Other(); other == decision || other.Other() != decision {
			t.Errorf("the other decision of %s is %s", decision.Status, other.Status)
		}
	}
	if approval.Approve.Decided != approval.CodeAlreadyApproved || approval.Reject.Decided != approval.CodeAlreadyRejected {
		t.Errorf("codes = %s and %s", approval.Approve.Decided, approval.Reject.Decided)
	}
}

// TestDecide checks what a decision sends to Step Functions, to the letter.
func TestDecide(t *testing.T) {
	const own = `{"approver":"jo@example.com","decidedAt":"2000-01-01T00:00:42.234567Z","reason":"Looks <good> & well.\nGo!",` +
		`"sourceIp":"203.0.113.1","userAgent":"curl/8","ageSeconds":42}`
	const eds = `{"approver":"ed@example.com","decidedAt":"2026-11-22T09:30:05Z","ageSeconds":0}`
	tests := []struct {
		name     string
		decision approval.Decision
		needed   int
		second   bool // ed has approved
		want     string
	}{
		{"approval", approval.Approve, 1, false, `{"status":"approved","approvals":[` + own + `]}`},
		{"first approval", approval.Approve, 2, false, `{"status":"pending","approvals":[` + own + `]}`},
		{"second approval", approval.Approve, 3, true, `{"status":"pending","approvals":[` + eds + `,` + own + `]}`},
		{"last approval", approval.Approve, 2, true, `{"status":"approved","approvals":[` + eds + `,` + own + `]}`},
		{"more than enough", approval.Approve, 1, true, `{"status":"approved","approvals":[` + eds + `,` + own + `]}`},
		{"rejection", approval.Reject, 1, false, `{"status":"rejected","rejection":` + own + `}`},
		{"rejection after an approval", approval.Reject, 3, true, `{"status":"rejected","rejection":` + own + `}`},
	}
	for _, test := range tests {
		runAtGate(t, test.name, test.needed, func(g *gate) { g.checkOutput(test.decision, test.want) }, func(r *approval.Request) {
			if test.second {
				r.Approvals = []approval.Record{{Approver: ed, DecidedAt: approval.TestStart}}
			}
		})
	}
}

func (g *gate) checkOutput(decision approval.Decision, want string) {
	click := g.click(jo, decision)
	click.Reason, click.UserAgent = " Looks <good> & well.\r\nGo! ", "curl/8"
	time.Sleep(42*time.Second + 234_567_890*time.Nanosecond)
	outcome, err := g.service.Decide(g.limited(), click)
	if err != nil || outcome.Record.AgeSeconds != 42 {
		g.t.Fatalf("code = %q, record = %+v", approval.CodeOf(err), outcome.Record)
	}
	answers := g.fake.Answers()
	if len(answers) != 1 || answers[0].Token != string(g.request.TaskToken) {
		g.t.Fatalf("%d answers, want one to the token that waits", len(answers))
	}
	if diff := cmp.Diff(want, answers[0].Output); diff != "" {
		g.t.Errorf("output (-want +got):\n%s", diff)
	}
}

func TestDecideLimitsReason(t *testing.T) {
	for characters, want := range map[int]string{
		approval.MaxReason: "", approval.MaxReason + 1: "InvalidReason: The reason has 1001 characters. The limit is 1000.",
	} {
		atGate(t, 1, func(g *gate) {
			click := g.click(jo, approval.Reject)
			click.Reason = strings.Repeat("é", characters)
			_, err := g.service.Decide(g.limited(), click)
			if got := approval.TextOf(err); got != want || len(g.fake.Answers()) > 0 != (want == "") {
				g.t.Errorf("%d characters: error = %q, want %q; %d answers", characters, got, want, len(g.fake.Answers()))
			}
		})
	}
}

// ann is a requester, not an approver.
const ann = "ann@example.com"

// step is a click with the answer that is wanted.
type step struct {
	approver string
	decision approval.Decision
	want     approval.Code
	missing  int // approvals after the click
}

var rounds = []struct {
	name      string
	needed    int
	requester string
	steps     []step
	errorName string   // unless the execution succeeds
	records   []string // whose approvals or whose rejection the execution keeps
}{
	{"1 of 3", 1, ann, []step{
		{jo, approval.Approve, "", 0},
		{jo, approval.Approve, approval.CodeAlreadyApproved, 0},
		{ed, approval.Reject, approval.CodeAlreadyApproved, 0},
	}, "", []string{jo}},
	{"rejection after one approval", 2, ann, []step{
		{jo, approval.Approve, "", 1},
		{ed, approval.Reject, "", 1},
		{ed, approval.Reject, approval.CodeAlreadyRejected, 1},
		{al, approval.Approve, approval.CodeAlreadyRejected, 1},
		{jo, approval.Approve, approval.CodeAlreadyRejected, 1},
	}, "Rejected", []string{ed}},
	{"own approval twice", 3, ann, []step{
		{jo, approval.Approve, "", 2},
		{jo, approval.Approve, approval.CodeAlreadyCounted, 2},
		{"JO@Example.com", approval.Approve, approval.CodeAlreadyCounted, 2},
		{ed, approval.Approve, "", 1},
		{jo, approval.Approve, approval.CodeAlreadyCounted, 1},
		{ed, approval.Approve, approval.CodeAlreadyCounted, 1},
		{al, approval.Approve, "", 0},
	}, "", []string{jo, ed, al}},
	{"rejection after the own approval", 2, ann, []step{
		{jo, approval.Approve, "", 1},
		{jo, approval.Reject, "", 2}, // instead of the approval
		{ed, approval.Approve, approval.CodeAlreadyRejected, 2},
	}, "Rejected", []string{jo}},
	{"the requester is an approver", 2, jo, []step{
		{jo, approval.Approve, approval.CodeRequester, 2},
		{jo, approval.Reject, approval.CodeRequester, 2},
		{ed, approval.Approve, "", 1},
		{al, approval.Approve, "", 0},
		{jo, approval.Approve, approval.CodeAlreadyApproved, 0},
	}, "", []string{ed, al}},
}

// TestRounds has approvers click one after the other. The page that asks says what the click says.
func TestRounds(t *testing.T) {
	for _, test := range rounds {
		runAtGate(t, test.name, test.needed, func(g *gate) {
			for _, step := range test.steps {
				g.look(step.approver, step.decision, step.want)
				outcome := g.decide(step.approver, step.decision, step.want)
				open := g.execution().Status == approval.StatusWaiting
				if outcome.Missing() != step.missing || outcome.Expires.IsZero() == open {
					g.t.Errorf("%s by %s: %d approvals are missing until %s, want %d and a time: %t",
						step.decision.Status, step.approver, outcome.Missing(), outcome.Expires, step.missing, open)
				}
			}
			status := approval.StatusSucceeded
			if test.errorName != "" {
				status = approval.StatusFailed
			}
			g.checkEnd(status, test.errorName, test.records...)
		}, withInput(`{"requester":"`+test.requester+`"}`))
	}
}

// TestRoundsBeginAgain checks that each approval is told the end of the next round, which is as long as the first one.
func TestRoundsBeginAgain(t *testing.T) {
	atGate(t, 2, func(g *gate) {
		time.Sleep(time.Hour)
		outcome := g.decide(jo, approval.Approve, "")
		if want := time.Now().Add(g.request.Schedule.Duration()); outcome.Expires != want {
			t.Errorf("the request is open until %s, want %s", outcome.Expires, want)
		}
		if view := g.look(ed, approval.Approve, ""); !view.Expires.Equal(outcome.Expires) {
			t.Errorf("the next approver sees %s, want %s", view.Expires, outcome.Expires)
		}
	})
}

// TestViewAfterDecisions checks that whoever looks later sees who decided and why, and that whoever decided sees the same.
// The execution keeps what was typed. The views show its control characters.
func TestViewAfterDecisions(t *testing.T) {
	const reason, visible = "No.\n\u202eoN\a", "No.\n\\u202eoN\\u0007"
	atGate(t, 2, func(g *gate) {
		var views []approval.View
		for _, click := range []approval.Click{g.click(ed, approval.Approve), g.click(al, approval.Reject)} {
			click.Reason = reason
			outcome, err := g.service.Decide(g.limited(), click)
			g.checkCode(err, "")
			views = append(views, outcome.View)
		}
		later := g.look(al, approval.Approve, approval.CodeAlreadyRejected)
		if diff := cmp.Diff(views[1], later); diff != "" {
			t.Errorf("view after the decision (-of the click +later):\n%s", diff)
		}
		records := append(slices.Concat(views[0].Approvals, later.Approvals), *later.Rejection)
		g.checkApprovers(records, ed, ed, al)
		for _, record := range records {
			if record.Reason != visible || record.DecidedAt.IsZero() {
				t.Errorf("record = %+v, want the reason %q", record, visible)
			}
		}
		var cause approval.Record
		if g.unmarshal(g.execution().Cause, &cause); cause.Reason != reason {
			t.Errorf("the execution keeps the reason %q, want %q", cause.Reason, reason)
		}
	})
}

// TestDecideWaits checks that a click that comes between two intervals, or reads an older state, waits for the token of the
// next task. So does the page that asks, because it says until when the request is open.
func TestDecideWaits(t *testing.T) {
	moving := approval.Execution{Status: approval.StatusMoving}
	tests := []struct {
		name  string
		reads func(stale approval.Execution) []approval.Execution
		want  time.Duration
	}{
		{"waits at once", func(approval.Execution) []approval.Execution { return nil }, 0},
		{"between two intervals", func(approval.Execution) []approval.Execution {
			return slices.Repeat([]approval.Execution{moving}, 5)
		}, 5750 * time.Millisecond}, // 0.25 s, 0.5 s, 1 s, 2 s and 2 s
		{"an older token", func(stale approval.Execution) []approval.Execution {
			return []approval.Execution{stale, stale, moving, stale}
		}, 3750 * time.Millisecond},
	}
	for _, test := range tests {
		runAtGate(t, test.name, 1, func(g *gate) {
			stale := g.execution()
			token := g.fake.Retry(release).TaskToken
			g.fake.Reads = []approval.Execution{moving}
			if view := g.look(jo, approval.Approve, ""); !view.Expires.Equal(g.request.EnteredAt.Add(24 * time.Hour)) {
				g.t.Errorf("the request is open until %s", view.Expires)
			}
			g.fake.Reads = test.reads(stale)
			begin := time.Now()
			g.decide(jo, approval.Approve, "")
			if got := time.Since(begin); got != test.want {
				g.t.Errorf("the answer took %s, want %s", got, test.want)
			}
			if answers := g.fake.Answers(); len(answers) != 1 || answers[0].Token != string(token) {
				g.t.Errorf("%d answers, want one to the new token", len(answers))
			}
		})
	}
}

// TestDecideStale checks that a click tells the truth, and nobody counts twice, although its first read is older than the
// decision of another click or of its own approver.
func TestDecideStale(t *testing.T) {
	tests := []struct {
		name     string
		needed   int
		decision approval.Decision
		same     approval.Code // the answer to an approval by the same approver
		other    approval.Code
	}{
		{"approved", 1, approval.Approve, approval.CodeAlreadyApproved, approval.CodeAlreadyApproved},
		{"rejected", 2, approval.Reject, approval.CodeAlreadyRejected, approval.CodeAlreadyRejected},
		{"approved by one of two", 2, approval.Approve, approval.CodeAlreadyCounted, ""},
	}
	for _, test := range tests {
		runAtGate(t, test.name, test.needed, func(g *gate) {
			stale := g.execution()
			g.decide(jo, test.decision, "")
			g.fake.Reads = []approval.Execution{stale}
			g.decide(jo, approval.Approve, test.same)
			g.checkAnswers(1)
			g.fake.Reads = []approval.Execution{stale}
			g.decide(ed, approval.Approve, test.other)
		})
	}
}

// TestLostAnswer has Step Functions accept a decision and lose the answer. The SDK's retry then finds the task closed. Another
// approver may decide before the click can read what became of its own decision. The click that decided must succeed, and no
// other click.
func TestLostAnswer(t *testing.T) {
	none := approval.Decision{}
	tests := []struct {
		name            string
		needed          int
		decision, other approval.Decision
		want            approval.Code
		missing         int
		status          approval.Status
		errorName       string
	}{
		{"last approval", 1, approval.Approve, none, "", 0, approval.StatusSucceeded, ""},
		{"first approval", 2, approval.Approve, none, "", 1, approval.StatusWaiting, ""},
		{"rejection", 2, approval.Reject, none, "", 2, approval.StatusFailed, "Rejected"},
		{"first of three, then another", 3, approval.Approve, approval.Approve, "", 1, approval.StatusWaiting, ""},
		{"first of two, then another", 2, approval.Approve, approval.Approve, "", 0, approval.StatusSucceeded, ""},
		{"first of two, then a rejection", 2, approval.Approve, approval.Reject, approval.CodeAlreadyRejected, 1,
			approval.StatusFailed, "Rejected"},
	}
	for _, test := range tests {
		runAtGate(t, test.name, test.needed, func(g *gate) {
			g.fake.LoseAnswers = 1
			answers := 1
			if test.other != none {
				answers = 2
				time.AfterFunc(100*time.Millisecond, func() { g.decide(ed, test.other, "") })
			}
			outcome := g.decide(jo, test.decision, test.want)
			if outcome.Missing() != test.missing || outcome.Record.Approver != jo {
				g.t.Errorf("outcome = %+v, want %d missing", outcome, test.missing)
			}
			if got := g.execution(); got.Status != test.status || got.Error != test.errorName {
				g.t.Errorf("the execution is %s with the error %q", got.Status, got.Error)
			}
			g.checkAnswers(answers)
		})
	}
}

// TestOtherExecution checks that a link shows nothing of another execution with the same name, even after its end, and that
// each call reads the execution of the link.
func TestOtherExecution(t *testing.T) {
	restart := func(later time.Duration, status approval.Status) func(*gate) {
		return func(g *gate) {
			request := g.request
			request.Execution.StartedAt = request.Execution.StartedAt.Add(later)
			g.fake.Start(request)
			g.fake.End(release, status, "")
		}
	}
	tests := map[string]func(*gate){
		"name used again":        restart(time.Millisecond, approval.StatusWaiting),
		"name used again, ended": restart(time.Second, approval.StatusSucceeded),
		"name used before":       restart(-90*24*time.Hour, approval.StatusAborted),
		"no such execution":      func(g *gate) { g.request.Execution.Name = "other" },
	}
	for name, edit := range tests {
		runAtGate(t, name, 2, func(g *gate) {
			edit(g)
			views := []approval.View{
				g.look(jo, approval.Approve, approval.CodeClosed), g.decide(jo, approval.Approve, approval.CodeClosed).View,
				g.decide(jo, approval.Reject, approval.CodeClosed).View,
			}
			for _, view := range views {
				view.Approver = ""
				if diff := cmp.Diff(approval.View{}, view); diff != "" {
					g.t.Errorf("view (-want +got):\n%s", diff)
				}
			}
			g.checkAnswers(0)
			if diff := cmp.Diff(slices.Repeat([]approval.ExecutionRef{g.link(jo).Execution}, 3), g.fake.CallsOfRead()); diff != "" {
				g.t.Errorf("executions that were read (-want +got):\n%s", diff)
			}
		})
	}
}

// TestRemovedApprover checks that whoever was removed from the configuration can do nothing and learns nothing, before and
// after the end. Step Functions is not even asked. An approval counts that was given before.
func TestRemovedApprover(t *testing.T) {
	atGate(t, 2, func(g *gate) {
		g.decide(al, approval.Approve, "")
		g.configure(jo, ed)
		for range 2 {
			reads, answers := len(g.fake.CallsOfRead()), len(g.fake.Answers())
			view := g.look(al, approval.Approve, approval.CodeNotApprover)
			if diff := cmp.Diff(approval.View{Approver: al}, view); diff != "" {
				t.Errorf("view (-want +got):\n%s", diff)
			}
			g.decide(al, approval.Approve, approval.CodeNotApprover)
			g.decide(al, approval.Reject, approval.CodeNotApprover)
			if len(g.fake.CallsOfRead()) != reads || len(g.fake.Answers()) != answers {
				t.Error("AWS was asked")
			}
			if g.execution().Status == approval.StatusWaiting {
				g.decide(ed, approval.Approve, "")
			}
		}
		g.checkEnd(approval.StatusSucceeded, "", al, ed)
	})
}
