package asl

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

const isX = `{"Variable": "$.s", "StringEquals": "x"}`

func TestOutput(t *testing.T) {
	const presentX = `{"Variable": "$.s", "IsPresent": true}, ` + isX
	tests := []struct{ name, states, input, want string }{
		{"literals", passState(`{"a": {"b": "$.c", "n": null}, "d": 1.50}`), `{}`, `{"a":{"b":"$.c","n":null},"d":1.50}`},
		{"empty values", passState(`{"a": [ ], "b": {"c": []}, "d": {}}`), `{}`, `{"a":[],"b":{"c":[]},"d":{}}`},
		{"numbers are kept", passState(`{"a.$": "$"}`), ` [ 12345678901234567890, 1.0, 1e400 ] `,
			`{"a":[12345678901234567890,1.0,1e400]}`},
		{"text is kept", passState(`{"a.$": "$"}`), `"<&>\u2028"`, `{"a":"<&>\u2028"}`},
		{"null", passState(`{"a.$": "$$.Execution.Input"}`), `null`, `{"a":null}`},
		{"path", passState(`{"a.$": "$.b.c"}`), `{"b":{"c":[1]}}`, `{"a":[1]}`},
		{"context", passState(`{"i.$": "$$.Execution.Id", "n.$": "$$.Execution.Name", "x.$": "$$.Execution.Input",
			"t.$": "$$.Execution.StartTime", "e.$": "$$.State.EnteredTime"}`), `{"x": 1}`,
			`{"i":"arn:id","n":"name","x":{"x":1},"t":"2000-01-01T00:00:00.000Z","e":"2000-01-01T00:00:00.000Z"}`},
		{"to string", passState(`{"a.$": "States.JsonToString($)"}`), `{"b": "\"<"}`, `{"a":"{\"b\":\"\\\"<\"}"}`},
		{"wait", waitState, `{"s":90}`, `{"b":{"s":90},"e":"2000-01-01T00:01:30.000Z"}`},
		{"no wait", waitState, `{"s":0}`, `{"b":{"s":0},"e":"2000-01-01T00:00:00.000Z"}`},
		{"sum", passState(`{"a.$": "States.MathAdd(0, 0)"}`), `{}`, `{"a":0}`},
		{"random below 1", passState(`{"a.$": "States.MathRandom(0, 1)"}`), `{}`, `{"a":0}`},
		{"rule holds", chooseState(presentX), `{"s":"x"}`, `{"b":{"s":"x"}}`},
		{"rule does not hold", chooseState(presentX), `{"s":"y"}`, `{"c":{"s":"y"}}`},
		{"variable is missing", chooseState(presentX), `{}`, `{"c":{}}`},
		{"variable is not a string", chooseState(presentX), `{"s":null}`, `{"c":{"s":null}}`},
		{"input is not an object", chooseState(presentX), `[]`, `{"c":[]}`},
		{"not present", chooseState(`{"Variable": "$.s", "IsPresent": false}`), `{}`, `{"b":{}}`},
	}
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

func TestFailure(t *testing.T) {
	tests := []struct {
		name, states, input string
		want                Error // an empty Cause matches any cause
	}{
		{"cause", failState(`"Cause": "why"`), `{}`, Error{"E", "why"}},
		{"cause as string", failState(`"CausePath": "States.JsonToString($)"`), `{"a": 1}`, Error{"E", `{"a":1}`}},
		{"cause by path", failState(`"CausePath": "$.a"`), `{"a": "why"}`, Error{"E", "why"}},
		{"cause is not a string", failState(`"CausePath": "$.a"`), `{"a": 1}`, Error{Name: errRuntime}},
		{"cause is missing", failState(`"CausePath": "$.a"`), `{}`, Error{errRuntime,
			"An error occurred while executing the state 'A'. The path $.a is not in the data."}},
		{"parameter is missing", passState(`{"a.$": "$.b"}`), `{}`, Error{errRuntime,
			"An error occurred while executing the state 'A'. The path $.b is not in the data."}},
		{"wait for a missing time", waitState, `{}`, Error{Name: errRuntime}},
		{"wait for a fraction", waitState, `{"s":1.5}`, Error{Name: errRuntime}},
		{"wait for less than nothing", waitState, `{"s":-1}`, Error{Name: errRuntime}},
		{"wait for a text", waitState, `{"s":"1"}`, Error{Name: errRuntime}},
		{"compared variable is missing", chooseState(isX), `{}`, Error{Name: errRuntime}},
		{"too large to pass on", passState(`{"a.$": "$"}`), large, Error{Name: errDataLimitExceeded}},
	}
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

// TestWaitEndsWithItsContext checks that whoever stops an execution does not wait for a state that waits.
func TestWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, errBusy)
		defer cancel()
		h, start := new(harness), time.Now()
		if _, err := h.run(t, ctx, waitState, `{"s":90}`); !errors.Is(err, errBusy) || time.Since(start) != time.Minute {
			t.Errorf("error = %v after %s, want %v after a minute", err, time.Since(start), errBusy)
		}
	})
}

// TestRandom checks that each number of the range comes, and no other. A correct interpreter fails it less than once in a billion
// runs.
func TestRandom(t *testing.T) {
	got := map[string]int{}
	synctest.Test(t, func(t *testing.T) {
		for range 200 {
			output, err := new(harness).run(t, t.Context(), passState(`{"a.$": "States.MathRandom(0, 5)"}`), `{}`)
			if err != nil {
				t.Fatal(err)
			}
			got[output]++
		}
	})
	want := []string{`{"a":0}`, `{"a":1}`, `{"a":2}`, `{"a":3}`, `{"a":4}`}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(got))); diff != "" {
		t.Errorf("numbers (-want +got):\n%s", diff)
	}
}

// TestEntered checks that an execution reports each state that it enters.
func TestEntered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &harness{invoked: func(int) error { return errBusy }}
		if _, err := h.run(t, t.Context(), catchTask(`"States.ALL"`), `{}`); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"A", "B"}, h.entered); diff != "" {
			t.Errorf("states (-want +got):\n%s", diff)
		}
	})
}
