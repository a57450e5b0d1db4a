package main

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"approval-workflow/handler/approval"
)

func TestReadEmptyHistory(t *testing.T) {
	execution, err := newHistory(t, "empty").read()
	if err != nil {
		t.Fatal(err)
	}
	if execution.Status != approval.StatusMoving || execution.Request.TaskToken != "" {
		t.Errorf("status = %s, want MOVING without a request", execution.Status)
	}
}

func TestReadErrors(t *testing.T) {
	call := func(ctx context.Context, config aws.Config) error {
		_, err := executions{client: sfn.NewFromConfig(config), arnPrefix: testPrefix}.Read(ctx, testRef)
		return err
	}
	checkErrors(t, call, []errorTest{
		{400, "ExecutionDoesNotExist", approval.CodeClosed},
		{400, "ThrottlingException", approval.CodeUnavailable},
		{400, "KmsThrottlingException", approval.CodeUnavailable},
		{500, "InternalServerError", approval.CodeUnavailable},
		{503, "ServiceUnavailable", approval.CodeUnavailable},
		{400, "AccessDeniedException", approval.CodeInternal},
		{400, "InvalidArn", approval.CodeInternal},
		{400, "InvalidToken", approval.CodeInternal}, // of the page, not of the task
	})
}

// TestReadDamagedTask checks that an error has neither a code, which would blame the click, nor the task token.
func TestReadDamagedTask(t *testing.T) {
	waiting := readHistory(t, "waiting")
	tests := map[string]string{
		"no details":         strings.ReplaceAll(waiting, `"taskScheduledEventDetails"`, `"otherDetails"`),
		"no parameters":      strings.ReplaceAll(waiting, `"parameters"`, `"other"`),
		"broken parameters":  strings.ReplaceAll(waiting, `"parameters":"{`, `"parameters":"{[`),
		"no payload":         strings.ReplaceAll(waiting, `\"Payload\"`, `\"Other\"`),
		"payload is a text":  strings.ReplaceAll(waiting, `\"Payload\":{`, `\"Payload\":\"\",\"Other\":{`),
		"version before":     strings.ReplaceAll(waiting, `\"schedule\":{`, `\"wait\":{`),
		"execution of other": strings.ReplaceAll(waiting, `\"id\":\"arn:aws:states`, `\"id\":\"arn:aws:sqs`),
		"number as a token":  strings.ReplaceAll(waiting, `\"taskToken\":`, `\"taskToken\":1,\"other\":`),
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			execution, err := parseHistory(t, text).read()
			if err == nil || errors.As(err, new(*approval.Error)) {
				t.Fatalf("error = %v, want one without a code", err)
			}
			if strings.Contains(err.Error(), "AQCEAAAAKgAAAAMA") || execution.Request.TaskToken != "" {
				t.Error("the task token came out")
			}
		})
	}
}
