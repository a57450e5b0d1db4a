package adapter_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/lambda/messages"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/approval/approvaltest"
	"approval-workflow/handler/web"
)

// TestEndOfExecution checks that an event of EventBridge sends the notices, and that the invocation fails if it cannot, so that Lambda tries
// again.
func TestEndOfExecution(t *testing.T) {
	fake := newFake(t, jo, readFile(t, "task.json"))
	handler := newHandler(fake, io.Discard, jo)
	fake.Stop("release-42", "Typo")
	answer, err := handler.Invoke(t.Context(), readFile(t, "event.json"))
	if err != nil || string(answer) != "null" || len(fake.Notices()) != 1 || len(fake.Emails()) != 0 {
		t.Errorf("answer of %d bytes, error %v, %d notices, want null, none and 1", len(answer), err, len(fake.Notices()))
	}
	fake.AnnounceErr = func(approval.Notice) error { return late("a-token") }
	_, err = handler.Invoke(t.Context(), readFile(t, "event.json"))
	var failure messages.InvokeResponse_Error
	if !errors.As(err, &failure) || failure.Type != string(approval.CodeNotificationUnavailable) || strings.Contains(failure.Message, "a-token") {
		t.Errorf("error of type %q, want %s without the token", failure.Type, approval.CodeNotificationUnavailable)
	}
}

// TestEventOfTheGateway checks that an event of the gateway stays one whatever else is in it, and that its path leads nowhere.
func TestEventOfTheGateway(t *testing.T) {
	fake := newFake(t, jo, readFile(t, "task.json"))
	event := strings.Replace(string(readFile(t, "click.json")), "{", `{"detail-type": "Step Functions Execution Status Change", "source": "aws.states",`, 1)
	for _, path := range []string{"/approve", web.ExecutionEnded, web.SendRequest, web.CheckKey} {
		changed := strings.ReplaceAll(event, `"/approve"`, fmt.Sprintf("%q", path))
		if _, err := newHandler(fake, io.Discard, jo).Invoke(t.Context(), []byte(changed)); err != nil {
			t.Errorf("%s: error %v", path, err)
		}
	}
	if len(fake.Notices()) != 0 || len(fake.Answers()) != 1 {
		t.Errorf("%d notices and %d decisions, want none and that of the click", len(fake.Notices()), len(fake.Answers()))
	}
}

// TestScheduledEvent checks that the event of every hour checks the key. A failure is in the log only: a failed invocation would be
// tried again, and then count as an outcome that was dropped.
func TestScheduledEvent(t *testing.T) {
	for _, test := range []struct {
		err  error
		want string
	}{{nil, `"outcome":"checked"`}, {errors.New("DisabledException"), `"outcome":"Internal"`}} {
		fake, log := approvaltest.New(jo), &strings.Builder{}
		fake.KeyErr = test.err
		event := `{"version": "0", "detail-type": "Scheduled Event", "source": "aws.events", "detail": {}}`
		answer, err := newHandler(fake, log, jo).Invoke(t.Context(), []byte(event))
		if err != nil || string(answer) != "null" || !strings.Contains(log.String(), test.want) {
			t.Errorf("answer = %s, error %v, log = %s, want null and %s", answer, err, log, test.want)
		}
	}
}

// TestForeignEvent checks that an event of another source is an error.
func TestForeignEvent(t *testing.T) {
	fake := approvaltest.New(jo)
	event := strings.Replace(string(readFile(t, "event.json")), "aws.states", "my.app", 1)
	var failure messages.InvokeResponse_Error
	_, err := newHandler(fake, io.Discard, jo).Invoke(t.Context(), []byte(event))
	if !errors.As(err, &failure) || failure.Type != string(approval.CodeInvalidEvent) || len(fake.Notices()) > 0 {
		t.Errorf("error of type %q and %d notices, want %s and none", failure.Type, len(fake.Notices()), approval.CodeInvalidEvent)
	}
}
