package main

import (
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
)

// startStepFunctions starts a Step Functions that answers every call with a status and a body.
func startStepFunctions(t *testing.T, handle func(operation, body string) (status int, answer string)) *sfn.Client {
	t.Helper()
	return sfn.NewFromConfig(startAWS(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		status, answer := handle(r.Header.Get("X-Amz-Target"), string(body))
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		w.WriteHeader(status)
		fmt.Fprint(w, answer)
	}))
}

func TestSucceed(t *testing.T) {
	var got string
	client := startStepFunctions(t, func(operation, body string) (int, string) {
		got = operation + " " + body
		return http.StatusOK, `{}`
	})
	if err := (callback{client: client}).Succeed(t.Context(), "a/token+", []byte(`{"status":"approved"}`)); err != nil {
		t.Fatal(err)
	}
	want := `AWSStepFunctions.SendTaskSuccess {"output":"{\"status\":\"approved\"}","taskToken":"a/token+"}`
	if got != want {
		t.Errorf("call = %s, want %s", got, want)
	}
}

func TestSucceedErrors(t *testing.T) {
	tests := []struct {
		status    int
		exception string
		want      approval.Code
	}{
		{400, "InvalidToken", approval.CodeInvalidToken},
		{400, "TaskTimedOut", approval.CodeClosed},
		{400, "TaskDoesNotExist", approval.CodeClosed},
		{400, "ThrottlingException", approval.CodeUnavailable},
		{500, "InternalServerError", approval.CodeUnavailable},
		{503, "ServiceUnavailable", approval.CodeUnavailable},
		{400, "AccessDeniedException", approval.CodeInternal},
		{400, "InvalidOutput", approval.CodeInternal},
	}
	for _, test := range tests {
		t.Run(test.exception, func(t *testing.T) {
			client := startStepFunctions(t, func(string, string) (int, string) {
				return test.status, fmt.Sprintf(`{"__type":%q,"message":"m"}`, test.exception)
			})
			checkCode(t, callback{client: client}.Succeed(t.Context(), "a-token", []byte(`{}`)), test.want)
		})
	}
}

const (
	testPrefix = "arn:aws:states:eu-west-1:123456789012:execution:"
	startDate  = 1795339805123 // in milliseconds
)

// describe returns the execution release-42 as Describe returns it for an answer of Step Functions.
func describe(t *testing.T, answer string) (approval.Execution, error) {
	t.Helper()
	client := startStepFunctions(t, func(operation, body string) (int, string) {
		const want = `AWSStepFunctions.DescribeExecution {"executionArn":"` + testPrefix + `approval-workflow:release-42"}`
		if got := operation + " " + body; got != want {
			t.Errorf("call = %s, want %s", got, want)
		}
		if answer == "" {
			return http.StatusBadRequest, `{"__type":"ExecutionDoesNotExist"}`
		}
		return http.StatusOK, answer
	})
	ref := approval.ExecutionRef{StateMachine: "approval-workflow", Name: "release-42"}
	return executions{client: client, arnPrefix: testPrefix}.Describe(t.Context(), ref)
}

func TestDescribe(t *testing.T) {
	tests := map[string]approval.Execution{
		`{"status":"RUNNING","startDate":1795339805.123}`: {Status: "RUNNING"},
		`{"status":"SUCCEEDED","output":"{}","startDate":1795339805.123}`: {
			Status: "SUCCEEDED", Output: "{}",
		},
		`{"status":"FAILED","error":"Rejected","cause":"why","startDate":1795339805.123}`: {
			Status: "FAILED", Error: "Rejected", Cause: "why",
		},
	}
	for answer, want := range tests {
		want.StartedAt = time.UnixMilli(startDate)
		got, err := describe(t, answer)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("execution (-want +got):\n%s", diff)
		}
	}
}

func TestDescribeUnknown(t *testing.T) {
	if got, err := describe(t, ""); err == nil {
		t.Errorf("Describe = %+v, want an error", got)
	}
}
