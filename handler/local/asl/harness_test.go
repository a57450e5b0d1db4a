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

const (
	testFunction     = "arn:aws:lambda:us-east-1:000000000000:function:ask"
	testStateMachine = "arn:aws:states:us-east-1:000000000000:stateMachine:gate"
)

// harness runs a definition in a synctest bubble and plays what its tasks use.
type harness struct {
	// invoked is the n-th invocation of the function, from 0.
	invoked func(n int) error
	// gate is the state machine that tasks can start.
	gate StateMachine

	tasks    *Tasks
	mu       sync.Mutex
	payloads []map[string]json.RawMessage
	times    []time.Duration // of the invocations, since the start
	tokens   []string
}

func (h *harness) resources(start time.Time) Resources {
	return Resources{
		Functions: map[string]Function{testFunction: func(_ context.Context, payload []byte) error {
			h.mu.Lock()
			defer h.mu.Unlock()
			var object map[string]json.RawMessage
			var token string
			if err := errors.Join(json.Unmarshal(payload, &object), json.Unmarshal(object["token"], &token)); err != nil {
				return err
			}
			h.payloads, h.tokens = append(h.payloads, object), append(h.tokens, token)
			h.times = append(h.times, time.Since(start))
			return h.invoked(len(h.tokens) - 1)
		}},
		StateMachines: map[string]StateMachine{testStateMachine: h.gate},
	}
}

// run executes the states to the end, A first.
func (h *harness) run(t *testing.T, ctx context.Context, states, input string) (string, error) {
	t.Helper()
	start := time.Now()
	h.tasks = NewTasks()
	machine, err := Parse(`{"StartAt": "A", "States": {`+states+`}}`, h.resources(start))
	if err != nil {
		t.Fatal(err)
	}
	output, err := machine.Run(ctx, Execution{
		ID: "arn:id", Name: "name", StartTime: start, Input: json.RawMessage(input),
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

// outputTest is a test of an execution that succeeds.
type outputTest struct{ name, states, input, want string }

func checkOutputs(t *testing.T, tests []outputTest) {
	t.Helper()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got, err := new(harness).run(t, t.Context(), test.states, test.input)
				if err != nil || got != test.want {
					t.Errorf("output = %s, error = %v, want %s", got, err, test.want)
				}
			})
		})
	}
}

// failureTest is a test of an execution that fails. An empty Cause of want matches any cause.
type failureTest struct {
	name, states, input string
	want                Error
}

func checkFailures(t *testing.T, tests []failureTest) {
	t.Helper()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, err := new(harness).run(t, t.Context(), test.states, test.input)
				got := executionError(err)
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

// refusal is a definition that Parse refuses, with a part of its error.
type refusal struct{ name, definition, want string }

func checkRefusals(t *testing.T, tests []refusal) {
	t.Helper()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse(test.definition, (&harness{gate: &Machine{}}).resources(time.Time{}))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error = %v, want one that contains %q", err, test.want)
			}
		})
	}
}

// machine is a definition with the one state A.
func machine(state string) string { return `{"StartAt": "A", "States": {"A": ` + state + `}}` }

// passState is state A that returns the value of parameters.
func passState(parameters string) string {
	return `"A": {"Type": "Pass", "Parameters": ` + parameters + `, "End": true}`
}
