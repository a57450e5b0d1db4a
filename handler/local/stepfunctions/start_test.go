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
		{"two inputs", operation, startBody("new", `{} {}`), "InvalidExecutionInput"},
		{"half a character", operation, startBody("new", `{"key": "\ud83d"}`), "InvalidExecutionInput"},
		{"half a character in a key", operation, startBody("new", `{"\ude00": 1}`), "InvalidExecutionInput"},
		{"long trace header", operation, traced(strings.Repeat("x", 257)), "ValidationException"},
		{"trace header that is not ASCII", operation, traced("Root=é"), "ValidationException"},
		{"large input", operation, startBody("new", `"`+strings.Repeat("x", maxInput-1)+`"`), "ValidationException"},
		{"name is taken", operation, startBody("taken", `[]`), "ExecutionAlreadyExists"},
	})
}

// traced returns a request to start an execution with a trace header.
func traced(header string) string { return `{` + machineMember + `, "traceHeader": "` + header + `"}` }

// TestStartAccepts starts executions by requests that are unusual and correct.
func TestStartAccepts(t *testing.T) {
	service := newService(t)
	for name, body := range map[string]string{
		"trace header":             traced("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"),
		"empty trace header":       traced(""),
		"longest trace header":     traced(strings.Repeat("x", 256)),
		"no trace header":          `{` + machineMember + `, "traceHeader": null}`,
		"space around the request": "\n {" + machineMember + "} \n",
		"escaped member":           `{"stateMachine\u0041rn": "` + StateMachineARN + `"}`,
		"emoji as a pair":          `{` + machineMember + `, "input": "\"\\ud83d\\ude00\""}`,
		"number as input":          `{` + machineMember + `, "input": "1e400"}`,
	} {
		if status, answer := post(t, service, "StartExecution", body); status != 200 {
			t.Errorf("%s: status = %d, answer %v", name, status, answer)
		}
	}
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
