package adapter_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/lambda/messages"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/approval/approvaltest"
)

func TestTask(t *testing.T) {
	fake := approvaltest.New(jo)
	answer, err := newHandler(fake, io.Discard).Invoke(t.Context(), readFile(t, "task.json"))
	if err != nil || string(answer) != "null" {
		t.Errorf("Invoke = %s, %v, want null", answer, err)
	}
	emails := fake.Emails()
	if len(emails) != 1 || emails[0].To != jo {
		t.Fatalf("%d e-mails, want 1 to jo", len(emails))
	}
	if got, want := emails[0].Subject, "Approval requested: release-42"; got != want {
		t.Errorf("subject = %q, want %q", got, want)
	}
}

// TestTaskInvalid checks that an invalid payload gives an error with the name that the state machine matches. An
// execution must not wait for a decision if nobody was asked.
func TestTaskInvalid(t *testing.T) {
	task := string(readFile(t, "task.json"))
	deep := strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000)
	tests := []struct{ name, payload string }{
		{"empty object", `{}`},
		{"not JSON", `{"taskToken":`},
		{"array", `[]`},
		{"null", `null`},
		{"nothing", ``},
		{"no token", strings.Replace(task, "taskToken", "other", 1)},
		{"no list of approvals", strings.Replace(task, `"approvals": []`, `"approvals": null`, 1)},
		{"no number of approvals", strings.Replace(task, "approvalsNeeded", "other", 1)},
		{"deeper than encoding/json decodes", strings.Replace(task, `{"key": "value"}`, deep, 1)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			checkFailure(t, approvaltest.New(jo), test.payload, approval.CodeInvalidRequest)
		})
	}
}

// TestTaskOfPreviousVersions invokes the function with the recorded payloads of state machines that were not updated yet.
func TestTaskOfPreviousVersions(t *testing.T) {
	const upgrade = "The task's payload is not an approval request: approvals or enteredAt is missing, as in an execution that started " +
		"before an upgrade and has to be started again; "
	for file, want := range map[string]string{
		"task-v1.json": "schedule is missing or out of range", "task-v2.json": "approvalsNeeded is missing or out of range",
	} {
		t.Run(file, func(t *testing.T) {
			message := checkFailure(t, approvaltest.New(jo), string(readFile(t, file)), approval.CodeInvalidRequest)
			if !strings.HasPrefix(message, upgrade) || !strings.Contains(message, want) {
				t.Errorf("message = %q, want %q and then %q", message, upgrade, want)
			}
		})
	}
}

func TestTaskNotSent(t *testing.T) {
	tests := []struct {
		name string
		edit func(*approvaltest.Fake)
		want approval.Code
	}{
		{"nobody confirmed", func(fake *approvaltest.Fake) { fake.ConfirmedAddresses = nil }, approval.CodeTooFewApprovers},
		{"refused", func(fake *approvaltest.Fake) { fake.NotifyErr = always(refused("a-token")) }, approval.CodeNotificationRefused},
		{"unavailable", func(fake *approvaltest.Fake) { fake.NotifyErr = always(late("a-token")) }, approval.CodeNotificationUnavailable},
		{"list refused", func(fake *approvaltest.Fake) { fake.ConfirmedErr = refused("a-token") }, approval.CodeNotificationRefused},
		{"no key for now", func(fake *approvaltest.Fake) { fake.KeyErr = late("a-token") }, approval.CodeNotificationUnavailable},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			fake := approvaltest.New(jo)
			test.edit(fake)
			checkFailure(t, fake, string(readFile(t, "task.json")), test.want)
		})
	}
}

func always(err error) func(string) error { return func(string) error { return err } }

func refused(token string) error { return errors.New("not authorized with " + token) }

func late(token string) error { return fmt.Errorf("call with %s: %w", token, context.DeadlineExceeded) }

// checkFailure invokes the function for jo, checks that it sends nothing and returns an error of Lambda with the code and
// without the token, and returns the error's message.
func checkFailure(t *testing.T, fake *approvaltest.Fake, payload string, want approval.Code) string {
	t.Helper()
	handler := newHandlerWith(approval.Config{Approvers: []string{jo}}, fake.Ports(), io.Discard)
	_, err := handler.Invoke(t.Context(), []byte(payload))
	var failure messages.InvokeResponse_Error
	if !errors.As(err, &failure) {
		t.Fatalf("error is a %T, want an error of Lambda", err)
	}
	if failure.Type != string(want) || failure.Message == "" {
		t.Errorf("error has the type %q and %d bytes, want the type %s and a message", failure.Type, len(failure.Message), want)
	}
	if strings.Contains(failure.Message, "a-token") {
		t.Error("the message contains the token")
	}
	if sent := len(fake.Emails()); sent != 0 {
		t.Errorf("%d e-mails, want none", sent)
	}
	return failure.Message
}
