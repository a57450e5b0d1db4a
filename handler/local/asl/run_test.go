package asl

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// harness runs a definition in a bubble of time and plays the function.
type harness struct {
	mu       sync.Mutex
	tasks    *Tasks
	payloads []map[string]json.RawMessage
	times    []time.Duration // of the invocations, since the start
	tokens   []string
}

// run executes the states, with A first, until the end. invoked is the function's nth invocation, from 0.
func (h *harness) run(t *testing.T, ctx context.Context, states, input string, invoked func(n int) error) (string, error) {
	t.Helper()
	start := time.Now()
	h.tasks = NewTasks()
	function := func(_ context.Context, payload []byte) error {
		h.mu.Lock()
		defer h.mu.Unlock()
		var object map[string]json.RawMessage
		if err := json.Unmarshal(payload, &object); err != nil {
			return err
		}
		var token string
		if err := json.Unmarshal(object["token"], &token); err != nil {
			return err
		}
		h.payloads, h.tokens = append(h.payloads, object), append(h.tokens, token)
		h.times = append(h.times, time.Since(start))
		return invoked(len(h.tokens) - 1)
	}
	machine, err := Parse(`{"StartAt": "A", "States": {`+states+`}}`, map[string]Function{testFunction: function})
	if err != nil {
		t.Fatal(err)
	}
	output, err := machine.Run(ctx, Execution{
		ID: "arn:id", Name: "name", StartTime: start, Input: json.RawMessage(input),
	}, h.tasks)
	synctest.Wait() // for an invocation that its task did not wait for
	return string(output), err
}

// asking is state A as a task with the fields, whose result or failure the next states hold.
func asking(fields string) string {
	return `"A": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "TimeoutSeconds": 60,
		"Parameters": {"FunctionName": "` + testFunction + `", "Payload": {
			"token.$": "$$.Task.Token", "retry.$": "$$.State.RetryCount"}}, ` + fields + `}`
}

const caught = `"B": {"Type": "Pass", "Parameters": {"caught.$": "$"}, "End": true}`

func failure(err error) Error {
	var known *Error
	if !errors.As(err, &known) {
		return Error{}
	}
	return *known
}

func TestStates(t *testing.T) {
	pass := func(parameters string) string {
		return `"A": {"Type": "Pass", "Parameters": ` + parameters + `, "End": true}`
	}
	choose := func(rule string) string {
		return `"A": {"Type": "Choice", "Choices": [{` + rule + `, "Next": "B"}], "Default": "C"},
			"B": {"Type": "Pass", "Parameters": {"b.$": "$"}, "End": true},
			"C": {"Type": "Pass", "Parameters": {"c.$": "$"}, "End": true}`
	}
	const both = `"And": [{"Variable": "$.s", "IsPresent": true}, {"Variable": "$.s", "StringEquals": "x"}]`
	tests := []struct{ name, states, input, want string }{
		{"literals", pass(`{"a": {"b": "$.c", "n": null}, "d": 1.50}`), `{}`, `{"a":{"b":"$.c","n":null},"d":1.50}`},
		{"numbers stay", pass(`{"a.$": "$"}`), ` [ 12345678901234567890, 1.0, 1e400 ] `, `{"a":[12345678901234567890,1.0,1e400]}`},
		{"text stays", pass(`{"a.$": "$"}`), `"<&>\u2028"`, `{"a":"<&>\u2028"}`},
		{"null", pass(`{"a.$": "$$.Execution.Input"}`), `null`, `{"a":null}`},
		{"path", pass(`{"a.$": "$.b.c"}`), `{"b":{"c":[1]}}`, `{"a":[1]}`},
		{"context", pass(`{"i.$": "$$.Execution.Id", "n.$": "$$.Execution.Name", "x.$": "$$.Execution.Input.x",
			"s.$": "$$.State.Name", "t.$": "$$.Execution.StartTime", "e.$": "$$.State.EnteredTime"}`), `{"x":1}`,
			`{"i":"arn:id","n":"name","x":1,"s":"A","t":"2000-01-01T00:00:00.000Z","e":"2000-01-01T00:00:00.000Z"}`},
		{"as string", pass(`{"a.$": "States.JsonToString($)"}`), `{"b": "\""}`, `{"a":"{\"b\":\"\\\"\"}"}`},
		{"rule holds", choose(both), `{"s":"x"}`, `{"b":{"s":"x"}}`},
		{"rule fails", choose(both), `{"s":"y"}`, `{"c":{"s":"y"}}`},
		{"variable is missing", choose(both), `{}`, `{"c":{}}`},
		{"variable is no string", choose(both), `{"s":null}`, `{"c":{"s":null}}`},
		{"input is no object", choose(both), `[]`, `{"c":[]}`},
		{"not present", choose(`"Variable": "$.s", "IsPresent": false`), `{}`, `{"b":{}}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got, err := new(harness).run(t, t.Context(), test.states, test.input, nil)
				if err != nil || got != test.want {
					t.Errorf("output %s, error %v, want %s", got, err, test.want)
				}
			})
		})
	}
}

func TestFailures(t *testing.T) {
	tests := []struct {
		name, states, input string
		want                Error
	}{
		{"cause", `"A": {"Type": "Fail", "Error": "E", "Cause": "why"}`, `{}`, Error{"E", "why"}},
		{"cause as string", `"A": {"Type": "Fail", "Error": "E", "CausePath": "States.JsonToString($)"}`, `{"a": 1}`,
			Error{"E", `{"a":1}`}},
		{"cause by path", `"A": {"Type": "Fail", "Error": "E", "CausePath": "$.a"}`, `{"a": "why"}`, Error{"E", "why"}},
		{"cause is no string", `"A": {"Type": "Fail", "Error": "E", "CausePath": "$.a"}`, `{"a": 1}`, Error{Name: errRuntime}},
		{"path is missing", `"A": {"Type": "Pass", "Parameters": {"a.$": "$.b"}, "End": true}`, `{}`, Error{Name: errRuntime}},
		{"compared is missing", `"A": {"Type": "Choice", "Choices": [{"Variable": "$.s", "StringEquals": "x", "Next": "A"}]}`,
			`{}`, Error{Name: errRuntime}},
		{"no rule holds", `"A": {"Type": "Choice", "Choices": [{"Variable": "$.s", "IsPresent": true, "Next": "A"}]}`,
			`{}`, Error{Name: errNoChoiceMatched}},
		{"too large to pass on", `"A": {"Type": "Pass", "Parameters": {"a.$": "$"}, "End": true}`,
			`"` + strings.Repeat("x", maxData) + `"`, Error{Name: errDataLimitExceeded}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, err := new(harness).run(t, t.Context(), test.states, test.input, nil)
				got := failure(err)
				if test.want.Cause == "" {
					got.Cause = ""
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("error (-want +got):\n%s", diff)
				}
			})
		})
	}
}
