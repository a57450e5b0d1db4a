package adapter_test

import (
	"io"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/approval/approvaltest"
)

// round is what a request that goes round may contain: from the state machine to an e-mail, to a click, and back.
type round struct{ stateMachine, execution, approver, subject, message string }

// valid reports whether AWS, our configuration and the function accept the names and the address, and JSON the texts.
func (r round) valid() bool {
	return approval.ValidName(r.stateMachine) && approval.ValidName(r.execution) && !strings.ContainsFunc(r.execution, hides) && len(approval.CheckAddresses([]string{r.approver})) == 0 &&
		utf8.ValidString(r.subject+r.message+r.approver)
}

// hides reports whether a character hides text or changes its direction. Emoji need the two joiners.
func hides(r rune) bool { return unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d' }

func (r round) payload(t testing.TB) []byte {
	return readTask(t, map[string]any{
		"execution": map[string]any{
			"id":   "arn:aws:states:eu-west-1:123456789012:execution:" + r.stateMachine + ":" + r.execution,
			"name": r.execution, "startedAt": "2026-11-22T09:30:05.123Z",
		},
		"input": map[string]any{"subject": r.subject, "message": r.message},
	})
}

// check sends the request and clicks on each link of the e-mail.
func (r round) check(t testing.TB) {
	t.Helper()
	payload := r.payload(t)
	links := send(t, approvaltest.New(r.approver), payload)
	if len(links) != 2 || links[0].path != "/approve" || links[1].path != "/reject" {
		t.Fatalf("the e-mail has %d links, want one to approve and one to reject", len(links))
	}
	for i, decision := range approval.Decisions() {
		fake := approvaltest.New(r.approver)
		start(t, fake, payload)
		if got := invoke(t, newHandler(fake, io.Discard), clickOn(t, links[i].path, links[i].query)).StatusCode; got != 200 {
			t.Fatalf("status = %d, want 200", got)
		}
		checkDecided(t, fake, `"status":"`+decision.Status+`"`)
		if got := records(t, fake); len(got) != 1 || got[0].Approver != r.approver {
			t.Fatalf("%d records, want one of %q", len(got), r.approver)
		}
	}
}

// records returns the records in the answers to tasks.
func records(t testing.TB, fake *approvaltest.Fake) []approval.Record {
	t.Helper()
	var all []approval.Record
	for _, answer := range fake.Answers() {
		result := decode[struct {
			Approvals []approval.Record
			Rejection *approval.Record
		}](t, []byte(answer.Output))
		all = append(all, result.Approvals...)
		if result.Rejection != nil {
			all = append(all, *result.Rejection)
		}
	}
	return all
}

func TestRoundTrip(t *testing.T) {
	characters := rapid.OneOf(rapid.RuneFrom([]rune("aZ09-_.+=()!'@é承😀\u200d\u202e")), rapid.Rune())
	name := rapid.StringOfN(characters.Filter(func(r rune) bool { return approval.ValidName(string(r)) }), 1, 80, -1)
	local := rapid.StringOfN(rapid.RuneFrom([]rune("aZ09!#$%&'*+-/=?^_`{|}~.é承")), 1, 64, -1)
	domain := rapid.SampledFrom([]string{"example.com", "mail.é.example", "xn--9ca.example"})
	rapid.Check(t, func(rt *rapid.T) {
		r := round{
			stateMachine: name.Draw(rt, "state machine"), execution: name.Draw(rt, "execution"),
			approver: local.Draw(rt, "local part") + "@" + domain.Draw(rt, "domain"),
			subject:  rapid.String().Draw(rt, "subject"), message: rapid.String().Draw(rt, "message"),
		}
		if !r.valid() {
			rt.Skip("not a request that AWS can send")
		}
		r.check(t)
	})
}

func FuzzRoundTrip(f *testing.F) {
	f.Add("approval-workflow", "release-42", jo, "Deploy", "May I?\n> yes")
	f.Add("a+b=c", "é😀", "a&b=c%d+e/f?g#h@example.com", "\x00", apiURL+"/approve?execution=x")
	f.Fuzz(func(t *testing.T, stateMachine, execution, approver, subject, message string) {
		r := round{stateMachine: stateMachine, execution: execution, approver: approver, subject: subject, message: message}
		if !r.valid() {
			t.Skip("not a request that AWS can send")
		}
		r.check(t)
	})
}
