package stepfunctions

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
)

func TestStartErrors(t *testing.T) {
	const operation = "StartExecution"
	other := strings.Replace(StateMachineARN, "us-east-1", "eu-west-1", 1)
	machine := func(arn string) string { return `{"stateMachineArn": "` + arn + `"}` }
	checkErrors(t, []errorTest{
		{"missing ARN", operation, `{}`, "ValidationException"},
		{"empty ARN", operation, machine(""), "ValidationException"},
		{"long ARN", operation, machine(StateMachineARN + strings.Repeat("x", 200)), "ValidationException"},
		{"name instead of an ARN", operation, machine("approval-workflow"), "InvalidArn"},
		{"ARN of an execution", operation, machine(executionPrefix + "taken"), "InvalidArn"},
		{"ARN of a version", operation, machine(StateMachineARN + ":1"), "InvalidArn"},
		{"ARN of another service", operation, machine(strings.Replace(StateMachineARN, "states", "lambda", 1)), "InvalidArn"},
		{"other state machine", operation, machine(other), "StateMachineDoesNotExist"},
		{"empty name", operation, startBody("", `{}`), "ValidationException"},
		{"long name", operation, startBody(strings.Repeat("x", 81), `{}`), "ValidationException"},
		{"invalid name", operation, startBody("a/b", `{}`), "InvalidName"},
		{"invalid input", operation, startBody("new", `{"key": }`), "InvalidExecutionInput"},
		{"empty input", operation, startBody("new", ``), "InvalidExecutionInput"},
		{"large input", operation, startBody("new", `"`+strings.Repeat("x", maxInput-1)+`"`), "ValidationException"},
		{"name is taken", operation, startBody("taken", `[]`), "ExecutionAlreadyExists"},
	})
}

func TestStartMakesUpNames(t *testing.T) {
	service := newService(t)
	names := map[string]bool{}
	for range 2 {
		started := mustPost(t, service, "StartExecution", `{`+machineMember+`}`)
		name := strings.TrimPrefix(started["executionArn"].(string), executionPrefix)
		if !approval.ValidName(name) || names[name] {
			t.Errorf("name = %q, want a valid new name", name)
		}
		names[name] = true
	}
}

func TestStartIsIdempotentWhileRunning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := newService(t)
		body := startBody("release", `{"key": "value"}`)
		first := mustPost(t, service, "StartExecution", body)
		time.Sleep(time.Minute)
		if diff := cmp.Diff(first, mustPost(t, service, "StartExecution", body)); diff != "" {
			t.Errorf("second start (-first +second):\n%s", diff)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if _, answer := post(t, service, "StartExecution", body); answer["__type"] != "ExecutionAlreadyExists" {
			t.Errorf("start after the end: answer %v, want ExecutionAlreadyExists", answer)
		}
	})
}
