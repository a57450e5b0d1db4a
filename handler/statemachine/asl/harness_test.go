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
)

const testFunction = "arn:aws:lambda:us-east-1:000000000000:function:ask"

// harness runs a definition in a synctest bubble and plays the function that its tasks invoke.
type harness struct {
	// invoked is the n-th invocation of the function, from 0.
	invoked func(n int) error

	tasks    *Tasks
	mu       sync.Mutex
	entered  []string
	payloads []map[string]json.RawMessage
	times    []time.Duration // of the invocations, since the start
	tokens   []string
	context  context.Context // of the last invocation
}

// parse parses a definition with the states, A first.
func (h *harness) parse(states string) (*Machine, error) {
	start := time.Now()
	return Parse(`{"StartAt": "A", "States": {`+states+`}}`, Functions{
		testFunction: func(ctx context.Context, payload []byte) error {
			h.mu.Lock()
			defer h.mu.Unlock()
			var object map[string]json.RawMessage
			var token string
			if err := errors.Join(json.Unmarshal(payload, &object), json.Unmarshal(object["token"], &token)); err != nil {
				return err
			}
			h.payloads, h.tokens = append(h.payloads, object), append(h.tokens, token)
			h.times, h.context = append(h.times, time.Since(start)), ctx
			return h.invoked(len(h.tokens) - 1)
		},
	})
}

// run executes the states to the end.
func (h *harness) run(t *testing.T, ctx context.Context, states, input string) (string, error) {
	t.Helper()
	h.tasks = NewTasks()
	machine, err := h.parse(states)
	if err != nil {
		t.Fatal(err)
	}
	output, err := machine.Run(ctx, Execution{
		ID: "arn:id", Name: "name", StartTime: time.Now(), Input: json.RawMessage(input),
		Entered: func(state string) { h.entered = append(h.entered, state) },
	}, h.tasks)
	synctest.Wait() // for an invocation that outlives its task
	return string(output), err
}

// answer answers the task of the n-th invocation.
func (h *harness) answer(n int, output string) error {
	return h.tasks.Succeed(h.tokens[n], []byte(output))
}

// executionError returns err as an error of the language, or an empty one if it is of another kind.
func executionError(err error) Error {
	if failure, ok := errors.AsType[*Error](err); ok {
		return *failure
	}
	return Error{}
}

// passState is state A that returns the value of parameters.
func passState(parameters string) string {
	return `"A": {"Type": "Pass", "Parameters": ` + parameters + `, "End": true}`
}

// waitState is state A that waits for $.s seconds before B, which shows its input.
const waitState = `"A": {"Type": "Wait", "SecondsPath": "$.s", "Next": "B"},
	"B": {"Type": "Pass", "Parameters": {"b.$": "$", "e.$": "$$.State.EnteredTime"}, "End": true}`

// failState is state A that fails with the error E.
func failState(cause string) string { return `"A": {"Type": "Fail", "Error": "E", ` + cause + `}` }

// chooseState is a choice between B, if the conditions hold, and C.
func chooseState(conditions string) string {
	return `"A": {"Type": "Choice", "Choices": [{"And": [` + conditions + `], "Next": "B"}], "Default": "C"},
		"B": {"Type": "Pass", "Parameters": {"b.$": "$"}, "End": true},
		"C": {"Type": "Pass", "Parameters": {"c.$": "$"}, "End": true}`
}

// askTask is state A: a task that invokes the function.
func askTask(fields string) string {
	return `"A": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "TimeoutSeconds": 60,
		"Parameters": {"FunctionName": "` + testFunction + `", "Payload": {
			"token.$": "$$.Task.Token", "retry.$": "$$.State.RetryCount"}}, ` + fields + `}`
}

// retryTask is askTask with retriers and a catcher for every error.
func retryTask(retriers string) string {
	return change(catchTask(`"States.ALL"`), `"Catch"`, `"Retry": [`+retriers+`], "Catch"`)
}

// catchTask is askTask with a catcher that leads to B, which shows its input.
func catchTask(names string) string {
	return askTask(`"Catch": [{"ErrorEquals": [`+names+`], "Next": "B"}], "End": true`) +
		`, "B": {"Type": "Pass", "Parameters": {"caught.$": "$"}, "End": true}`
}

// change returns text with old replaced, which it must contain.
func change(text, old, new string) string {
	if !strings.Contains(text, old) {
		panic(text + " does not contain " + old)
	}
	return strings.Replace(text, old, new, 1)
}
