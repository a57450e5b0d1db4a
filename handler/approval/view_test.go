package approval_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
)

// viewOf returns what jo sees of an execution that needs three approvals, after the clicks of edit.
func viewOf(t *testing.T, edit func(*gate)) (approval.View, *gate) {
	g := newGate(t, 3)
	edit(g)
	view, _ := g.service.Look(t.Context(), g.link(jo)) // TestClosed checks the error
	return view, g
}

// TestView checks what an approver sees of a request in each state.
func TestView(t *testing.T) {
	approve := func(g *gate, approvers ...string) {
		for _, approver := range approvers {
			g.decide(approver, approval.Approve, "")
		}
	}
	tests := []struct {
		name  string
		edit  func(*gate)
		names []string
		open  bool
	}{
		{"waits", func(*gate) {}, []string{}, true},
		{"waits after an approval", func(g *gate) { approve(g, ed) }, []string{ed}, true},
		{"waits after the own approval", func(g *gate) { approve(g, ed, jo) }, []string{ed, jo}, true},
		{"approved", func(g *gate) { approve(g, ed, jo, al) }, []string{ed, jo, al}, false},
		{"rejected after an approval", func(g *gate) { approve(g, ed); g.decide(al, approval.Reject, "") }, []string{ed}, false},
		{"expired after an approval", func(g *gate) {
			approve(g, ed)
			g.fake.End(g.request.Execution.Name, approval.StatusFailed, "Expired")
		}, []string{ed}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { checkView(t, test.edit, test.names, test.open) })
		})
	}
}

func checkView(t *testing.T, edit func(*gate), names []string, open bool) {
	got, g := viewOf(t, edit)
	g.checkApprovers(got.Approvals, names...)
	want := approval.View{
		StateMachine: "approval-workflow", Execution: "release-42", Subject: "Release 1.4.2", Approver: jo,
		Approvals: got.Approvals, ApprovalsNeeded: 3, Rejection: got.Rejection,
	}
	if open {
		want.Expires = time.Now().Add(24 * time.Hour)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("view (-want +got):\n%s", diff)
	}
	if got.Missing() != 3-len(names) {
		t.Errorf("Missing() = %d, want %d", got.Missing(), 3-len(names))
	}
}

// TestViewOfReminder checks that a request is open until the end of its last interval, in every interval.
func TestViewOfReminder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newReminded(t, 1)
		want := time.Now().Add(reminded.Duration())
		for reminder := range 3 {
			view, err := g.service.Look(t.Context(), g.link(jo))
			if err != nil || !view.Expires.Equal(want) {
				t.Errorf("reminder %d: open until %s, code = %q, want %s", reminder, view.Expires, approval.CodeOf(err), want)
			}
			time.Sleep(time.Hour + time.Second)
			g.fake.Retry(g.request.Execution.Name)
		}
	})
}

// TestViewOfRetry checks that the e-mail and the page name the same end if the first attempt to send the e-mail failed.
func TestViewOfRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newReminded(t, 1)
		time.Sleep(time.Minute)
		want := time.Now().Add(reminded.Duration())
		g.checkSent(g.fake.Retry(g.request.Execution.Name), approval.Sent{Emails: 3})
		view, err := g.service.Look(t.Context(), g.link(jo))
		if err != nil || !view.Expires.Equal(want) {
			t.Errorf("open until %s, code = %q, want %s", view.Expires, approval.CodeOf(err), want)
		}
		if line := "\nExpires:    " + want.UTC().Format(approval.TimeLayout) + "\n"; !strings.Contains(g.fake.Emails()[0].Body, line) {
			t.Errorf("the e-mail does not contain %q", line)
		}
	})
}

// TestViewEscapes checks that the requester's text cannot hide what is decided.
func TestViewEscapes(t *testing.T) {
	view, _ := viewOf(t, func(g *gate) {
		g.request.Input = []byte(`{"subject": " Release\r\n\n 1.4.2\u202e\u0007 ", "message": "a\r\nb\rc\td\u2066\u2028<b>&amp;",
			"requester": " Ann\u202e\t<ann@example.com>\uffff", "review": "https://example.com/?a=<b>", "review": " https://example.com/?a=b&c "}`)
		g.request.Execution.Name = "release-\u202e42"
		g.fake.Start(g.request)
	})
	want := approval.View{Subject: `Release 1.4.2\u202e\u0007`, Message: "a\nb\nc" + `\u0009d\u2066\u2028<b>&amp;`, Execution: `release-\u202e42`,
		Requester: `Ann\u202e\u0009<ann@example.com>\uffff`, Review: "https://example.com/?a=b&c"}
	got := approval.View{Subject: view.Subject, Message: view.Message, Execution: view.Execution, Requester: view.Requester, Review: view.Review}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("view (-want +got):\n%s", diff)
	}
}

// TestViewOfLargeInput checks that an approver sees all of a message of 250 KB.
func TestViewOfLargeInput(t *testing.T) {
	message := strings.Repeat("x", 250_000)
	view, _ := viewOf(t, func(g *gate) {
		g.request.Input = []byte(`{"message":"` + message + `"}`)
		g.fake.Start(g.request)
	})
	if view.Message != message {
		t.Errorf("the message has %d characters, want %d", len(view.Message), len(message))
	}
}

// TestViewOfOtherInputs checks that inputs without details show none, also those that only earlier versions accepted.
func TestViewOfOtherInputs(t *testing.T) {
	for _, input := range []string{`null`, `5`, `"text"`, `[]`, `{"Subject": "x", "MESSAGE": "y"}`,
		`{"subject": 5, "message": {}, "review": "javascript:alert(1)", "requester": "a\nb"}`} {
		view, _ := viewOf(t, func(g *gate) {
			g.request.Input = []byte(input)
			g.fake.Start(g.request)
		})
		if view.Subject+view.Message+view.Review+view.Requester != "" || view.Execution != "release-42" {
			t.Errorf("input %s: view = %+v", input, view)
		}
	}
}
