package adapter_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/lambda/messages"
	"pgregory.net/rapid"

	"approval-workflow/handler/adapter"
	"approval-workflow/handler/approval"
	"approval-workflow/handler/approval/approvaltest"
)

func TestTask(t *testing.T) {
	email := send(t, jo, readFile(t, "task.json"))
	if got, want := email.Subject, "Approve? release-42"; got != want {
		t.Errorf("subject = %q, want %q", got, want)
	}
	for _, link := range []string{email.ApproveURL, email.RejectURL} {
		if !strings.Contains(email.Body, "\n"+link+"\n") {
			t.Error("a link has no line of its own in the e-mail")
		}
	}
}

// TestTaskInvalid checks that an invalid payload gives an error with the name that the state machine matches. An
// execution must not wait for a decision if nobody was asked.
func TestTaskInvalid(t *testing.T) {
	task := string(readFile(t, "task.json"))
	deep := strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000)
	for name, payload := range map[string]string{
		"empty object":                      `{}`,
		"not JSON":                          `{"taskToken":`,
		"array":                             `[]`,
		"null":                              `null`,
		"nothing":                           ``,
		"no token":                          strings.Replace(task, "taskToken", "other", 1),
		"no list of approvals":              strings.Replace(task, `"approvals": []`, `"approvals": null`, 1),
		"no number of approvals":            strings.Replace(task, "approvalsNeeded", "other", 1),
		"no time":                           strings.Replace(task, "enteredAt", "other", 1),
		"no schedule":                       strings.Replace(task, "schedule", "wait", 1),
		"deeper than encoding/json decodes": strings.Replace(task, `{"key": "value"}`, deep, 1),
	} {
		checkFailure(t, name, approvaltest.New(jo), payload, approval.CodeInvalidRequest)
	}
}

func TestTaskNotSent(t *testing.T) {
	refusal, timeout := refused("a-token"), late("a-token")
	for name, test := range map[string]struct {
		fail func(*approvaltest.Fake)
		want approval.Code
	}{
		"nobody confirmed": {func(f *approvaltest.Fake) { f.ConfirmedAddresses = nil }, approval.CodeTooFewApprovers},
		"refused":          {func(f *approvaltest.Fake) { f.NotifyErr = always(refusal) }, approval.CodeNotificationRefused},
		"unavailable":      {func(f *approvaltest.Fake) { f.NotifyErr = always(timeout) }, approval.CodeNotificationUnavailable},
		"list refused":     {func(f *approvaltest.Fake) { f.ConfirmedErr = refusal }, approval.CodeNotificationRefused},
		"no key for now":   {func(f *approvaltest.Fake) { f.KeyErr = timeout }, approval.CodeNotificationUnavailable},
	} {
		fake := approvaltest.New(jo)
		test.fail(fake)
		checkFailure(t, name, fake, string(readFile(t, "task.json")), test.want)
	}
}

func always(err error) func(string) error { return func(string) error { return err } }

func refused(token string) error { return errors.New("not authorized with " + token) }

func late(token string) error { return fmt.Errorf("call with %s: %w", token, context.DeadlineExceeded) }

// checkFailure invokes the function for jo, and checks that it sends nothing and returns an error of Lambda with the code
// and without the token.
func checkFailure(t *testing.T, name string, fake *approvaltest.Fake, payload string, want approval.Code) {
	t.Helper()
	_, err := newHandler(fake, io.Discard, jo).Invoke(t.Context(), []byte(payload))
	var failure messages.InvokeResponse_Error
	if !errors.As(err, &failure) {
		t.Fatalf("%s: error is a %T, want an error of Lambda", name, err)
	}
	if strings.Contains(failure.Message, "a-token") {
		t.Fatalf("%s: the message contains the token", name)
	}
	if failure.Type != string(want) || failure.Message == "" {
		t.Errorf("%s: error = %s: %s, want the type %s and a message", name, failure.Type, failure.Message, want)
	}
	if sent := len(fake.Emails()); sent != 0 {
		t.Errorf("%s: %d e-mails, want none", name, sent)
	}
}

// TestMissingAnswer checks that an event fails unless the http.Handler answers it in the form that the event needs.
func TestMissingAnswer(t *testing.T) {
	nothing := func(http.ResponseWriter, *http.Request) {}
	empty := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }
	for name, test := range map[string]struct {
		handle http.HandlerFunc
		event  string
	}{
		"none for a click":    {nothing, "click.json"},
		"none for a task":     {nothing, "task.json"},
		"not JSON for a task": {empty, "task.json"},
	} {
		if _, err := adapter.New(test.handle).Invoke(t.Context(), readFile(t, test.event)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// checkRound sends a request and clicks on each link of its e-mail. It reports whether AWS, our configuration and the
// function accept the names, the address and the texts.
func checkRound(t testing.TB, stateMachine, execution, approver, subject, message string) bool {
	t.Helper()
	payload := readTask(t, map[string]any{
		"execution": map[string]any{
			"id":   "arn:aws:states:eu-west-1:123456789012:execution:" + stateMachine + ":" + execution,
			"name": execution, "startedAt": "2026-11-22T09:30:05.123Z",
		},
		"input": map[string]any{"subject": subject, "message": message},
	})
	if _, err := approval.ParseRequest(payload); err != nil || !approval.ValidName(stateMachine) ||
		len(approval.CheckAddresses([]string{approver})) > 0 || !utf8.ValidString(subject+message+approver) {
		return false
	}
	email := send(t, approver, payload)
	for i, link := range []string{email.ApproveURL, email.RejectURL} {
		path, query, _ := strings.Cut(strings.TrimPrefix(link, apiURL), "?")
		fake := newFake(t, approver, payload)
		if got := invoke(t, newHandler(fake, io.Discard, approver), clickOn(t, path, query)).StatusCode; got != 200 {
			t.Fatalf("status = %d, want 200", got)
		}
		decision := approval.Decisions()[i]
		if status, record := decided(t, fake); status != decision.Status || record.Approver != approver {
			t.Fatalf("decision = %s by %q, want %s by %q", status, record.Approver, decision.Status, approver)
		}
	}
	return true
}

func TestRoundTrip(t *testing.T) {
	characters := rapid.OneOf(rapid.RuneFrom([]rune("aZ09-_.+=()!'@é承😀\u200d\u202e")), rapid.Rune())
	name := rapid.StringOfN(characters.Filter(func(r rune) bool { return approval.ValidName(string(r)) }), 1, 80, -1)
	local := rapid.StringOfN(rapid.RuneFrom([]rune("aZ09!#$%&'*+-/=?^_`{|}~.é承")), 1, 64, -1)
	domain := rapid.SampledFrom([]string{"example.com", "mail.é.example", "xn--9ca.example"})
	rapid.Check(t, func(rt *rapid.T) {
		if !checkRound(t, name.Draw(rt, "state machine"), name.Draw(rt, "execution"),
			local.Draw(rt, "local part")+"@"+domain.Draw(rt, "domain"), rapid.String().Draw(rt, "subject"),
			rapid.String().Draw(rt, "message")) {
			rt.Skip("not a request that AWS can send")
		}
	})
}

func FuzzRoundTrip(f *testing.F) {
	f.Add("approval-workflow", "release-42", jo, "Deploy", "May I?\n> yes")
	f.Add("a+b=c", "é😀", "a&b=c%d+e/f?g#h@example.com", "\x00", apiURL+"/approve?execution=x")
	f.Fuzz(func(t *testing.T, stateMachine, execution, approver, subject, message string) {
		if !checkRound(t, stateMachine, execution, approver, subject, message) {
			t.Skip("not a request that AWS can send")
		}
	})
}
