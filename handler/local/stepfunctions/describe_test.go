package stepfunctions

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDescribeErrors(t *testing.T) {
	const operation = "DescribeExecution"
	checkErrors(t, []errorTest{
		{"missing ARN", operation, `{}`, "ValidationException"},
		{"name instead of an ARN", operation, `{"executionArn": "taken"}`, "InvalidArn"},
		{"ARN of a state machine", operation, `{"executionArn": "` + StateMachineARN + `"}`, "InvalidArn"},
		{"unknown execution", operation, `{"executionArn": "` + executionPrefix + `new"}`, "ExecutionDoesNotExist"},
	})
}

func TestDescribe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := newService(t)
		mustPost(t, service, "StartExecution", `{`+machineMember+`, "name": "release"}`)
		describe := `{"executionArn": "` + executionPrefix + `release"}`
		const start = 946684800.0 // the time in a new synctest bubble
		want := map[string]any{
			"executionArn": executionPrefix + "release", "stateMachineArn": StateMachineARN, "name": "release",
			"status": statusRunning, "startDate": start, "input": "{}",
		}
		if diff := cmp.Diff(want, mustPost(t, service, "DescribeExecution", describe)); diff != "" {
			t.Errorf("running execution (-want +got):\n%s", diff)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		want["status"], want["stopDate"], want["error"], want["cause"] = statusFailed, start+3600, "States.Timeout", ""
		if diff := cmp.Diff(want, mustPost(t, service, "DescribeExecution", describe)); diff != "" {
			t.Errorf("ended execution (-want +got):\n%s", diff)
		}
	})
}
