package main

import (
	"context"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"approval-workflow/handler/approval"
)

func TestSucceed(t *testing.T) {
	var got string
	config := newAWS(answerJSON(t, func(operation, body string) (int, string) {
		got = operation + " " + body
		return http.StatusOK, `{}`
	}))
	c := callback{client: sfn.NewFromConfig(config)}
	if err := c.Succeed(t.Context(), "a/token+", []byte(`{"status":"approved"}`)); err != nil {
		t.Fatal(err)
	}
	want := `AWSStepFunctions.SendTaskSuccess {"output":"{\"status\":\"approved\"}","taskToken":"a/token+"}`
	if got != want {
		t.Errorf("call = %s, want %s", got, want)
	}
}

func TestSucceedErrors(t *testing.T) {
	call := func(ctx context.Context, config aws.Config) error {
		return callback{client: sfn.NewFromConfig(config)}.Succeed(ctx, "a-token", []byte(`{}`))
	}
	checkErrors(t, call, []errorTest{
		{400, "InvalidToken", approval.CodeClosed},
		{400, "TaskTimedOut", approval.CodeClosed},
		{400, "TaskDoesNotExist", approval.CodeClosed},
		{400, "ThrottlingException", approval.CodeUnavailable},
		{400, "KmsThrottlingException", approval.CodeUnavailable},
		{500, "InternalServerError", approval.CodeUnavailable},
		{503, "ServiceUnavailable", approval.CodeUnavailable},
		{400, "AccessDeniedException", approval.CodeInternal},
		{400, "InvalidOutput", approval.CodeInternal},
	})
}
