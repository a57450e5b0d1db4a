package main

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"approval-workflow/handler/approval"
)

// TestEnded checks that one call for one event says how each execution of folder testdata has ended.
func TestEnded(t *testing.T) {
	for name, test := range readTests {
		want := test.Status
		if want == approval.StatusWaiting {
			want = approval.StatusMoving
		}
		checkEnded(t, name, want)
	}
	checkEnded(t, "not-sent", approval.StatusFailed)
	checkEnded(t, "empty", approval.StatusMoving)
}

func checkEnded(t *testing.T, name string, want approval.Status) {
	t.Helper()
	history := newHistory(t, name)
	history.wantEnd = true
	client := sfn.NewFromConfig(newAWS(answerJSON(t, history.answer)))
	got, err := executions{client: client, arnPrefix: testPrefix}.Ended(t.Context(), testRef)
	if err != nil || got != want || history.pages != 1 {
		t.Errorf("%s: status = %s after %d calls, error %v, want %s after one", name, got, history.pages, err, want)
	}
}

func TestEndedErrors(t *testing.T) {
	call := func(ctx context.Context, config aws.Config) error {
		_, err := executions{client: sfn.NewFromConfig(config), arnPrefix: testPrefix}.Ended(ctx, testRef)
		return err
	}
	checkErrors(t, call, []errorTest{
		{400, "ExecutionDoesNotExist", approval.CodeClosed},
		{400, "ThrottlingException", approval.CodeUnavailable},
		{400, "AccessDeniedException", approval.CodeInternal},
	})
}
