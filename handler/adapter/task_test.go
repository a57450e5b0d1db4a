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
	fake := approvaltest.New()
	answer, err := newHandler(fake, io.Discard).Invoke(t.Context(), readFile(t, "task.json"))
	if err != nil || string(answer) != "null" {
		t.Errorf("Invoke = %s, %v, want null", answer, err)
	}
	emails := fake.Emails()
	if len(emails) != 1 {
		t.Fatalf("%d e-mails, want 1", len(emails))
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
		{"deeper than encoding/json decodes", strings.Replace(task, `{"key": "value"}`, deep, 1)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			checkFailure(t, approvaltest.New(), test.payload, approval.CodeInvalidRequest)
		})
	}
}

// TestTaskOfPreviousVersion invokes the function with the payload of a state machine that was not updated yet.
func TestTaskOfPreviousVersion(t *testing.T) {
	message := checkFailure(t, approvaltest.New(), string(readFile(t, "task-v1.json")), approval.CodeInvalidRequest)
	if want := "The task's payload is not an approval request: schedule is missing or out of range."; message != want {
		t.Errorf("message = %q, want %q", message, want)
	}
}

func TestTaskNotSent(t *testing.T) {
	tests := []struct {
		name string
		edit func(*approvaltest.Fake)
		want approval.Code
	}{
		{"nobody confirmed", func(fake *approvaltest.Fake) {
			fake.Subscriptions = approval.Subscribers{Pending: 1}
		}, approval.CodeNoConfirmedApprover},
		{"refused", func(fake *approvaltest.Fake) { fake.NotifyErr = refused("a-token") }, approval.CodeNotificationRefused},
		{"unavailable", func(fake *approvaltest.Fake) { fake.NotifyErr = late("a-token") }, approval.CodeNotificationUnavailable},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			fake := approvaltest.New()
			test.edit(fake)
			checkFailure(t, fake, string(readFile(t, "task.json")), test.want)
		})
	}
}

func refused(token string) error { return errors.New("not authorized with " + token) }

func late(token string) error { return fmt.Errorf("call with %s: %w", token, context.DeadlineExceeded) }

// checkFailure invokes the function, checks that it sends nothing and returns an error of Lambda with the code and without
// the token, and returns the error's message.
func checkFailure(t *testing.T, fake *approvaltest.Fake, payload string, want approval.Code) string {
	t.Helper()
	_, err := newHandler(fake, io.Discard).Invoke(t.Context(), []byte(payload))
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
