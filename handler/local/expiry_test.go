package main

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"approval-workflow/handler/approval"
)

func TestExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, "-timeout", "36h")
		arn := r.startExecution(objectInput)
		link := r.link(r.email(arn), approval.Approve)
		time.Sleep(36*time.Hour - time.Second)
		if got := r.describe(arn).Status; got != types.ExecutionStatusRunning {
			t.Errorf("a second before the timeout, the status is %s", got)
		}
		time.Sleep(time.Second)
		got := r.describeEnded(arn)
		if got.Status != types.ExecutionStatusFailed || aws.ToString(got.Error) != "Expired" {
			t.Errorf("status = %s, error %s, want FAILED with Expired", got.Status, aws.ToString(got.Error))
		}
		r.click(http.MethodGet, link, http.StatusGone)
		r.checkNoSecrets()
	})
}

func TestStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t)
		arn := r.startExecution(objectInput)
		link := r.link(r.email(arn), approval.Approve)
		if _, err := r.sfn.StopExecution(t.Context(), &sfn.StopExecutionInput{
			ExecutionArn: &arn, Cause: aws.String("superseded"),
		}); err != nil {
			t.Fatal(err)
		}
		r.click(http.MethodGet, link, http.StatusGone)
		if got := r.describe(arn); got.Status != types.ExecutionStatusAborted || aws.ToString(got.Cause) != "superseded" {
			t.Errorf("status = %s, cause %s", got.Status, aws.ToString(got.Cause))
		}
	})
}
