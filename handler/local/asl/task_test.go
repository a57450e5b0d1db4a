package asl

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// changeTask is the definition of correctTask with one text replaced.
func changeTask(old, new string) string { return machine(strings.Replace(correctTask, old, new, 1)) }

// changeRetry is the definition of correctTask with a retrier.
func changeRetry(fields string) string { return changeTask(`"End"`, `"Retry": [{`+fields+`}], "End"`) }

func TestTaskRefusals(t *testing.T) {
	checkRefusals(t, []refusal{
		{"service", changeTask("invoke.waitForTaskToken", "invoke"), `unknown Resource`},
		{"resource", changeTask("arn:aws:states:::lambda", "lambda"), `unknown Resource`},
		{"no parameters", machine(`{"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
			"TimeoutSeconds": 1, "End": true}`), `Parameters is missing`},
		{"catch nothing", changeTask(`"End"`, `"Catch": [{"Next": "A"}], "End"`), `Catch[0]: ErrorEquals is empty`},
		{"catch without next", changeTask(`"End"`, `"Catch": [{"ErrorEquals": ["A"]}], "End"`), `Catch[0]: Next is missing`},
	})
}

// askTask is state A: a task that invokes the function.
func askTask(fields string) string {
	return `"A": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "TimeoutSeconds": 60,
		"Parameters": {"FunctionName": "` + testFunction + `", "Payload": {
			"token.$": "$$.Task.Token", "retry.$": "$$.State.RetryCount"}}, ` + fields + `}`
}

// caught is state B, which shows its input.
const caught = `"B": {"Type": "Pass", "Parameters": {"caught.$": "$"}, "End": true}`

// catchTask is askTask with a catcher that leads to B.
func catchTask(names string) string {
	return askTask(`"Catch": [{"ErrorEquals": [`+names+`], "Next": "B"}], "End": true`) + "," + caught
}

func TestTaskResult(t *testing.T) {
	task := askTask(`"ResultSelector": {"ok.$": "$.ok", "state.$": "$$.State.Name"}, "ResultPath": "$.b",
		"Catch": [{"ErrorEquals": ["Busy"], "ResultPath": "$.c", "Next": "B"}], "End": true`) + "," + caught
	tests := []struct {
		name   string
		failed error
		want   string
	}{
		{"answered", nil, `{"a":1,"b":{"ok":2.0,"state":"A"}}`},
		{"caught", errBusy, `{"caught":{"a":1,"c":{"Error":"Busy","Cause":"try later"}}}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := new(harness)
				h.invoked = func(n int) error {
					if test.failed != nil {
						return test.failed
					}
					return h.answer(n, `{"ok": 2.0, "other": 3}`)
				}
				got, err := h.run(t, t.Context(), task, `{"a":1}`)
				if err != nil || got != test.want {
					t.Errorf("output = %s, error = %v, want %s", got, err, test.want)
				}
			})
		})
	}
}

func TestStopEndsTask(t *testing.T) {
	tests := []struct {
		name, states string
		invoked      error
	}{
		{"waiting", catchTask(`"States.ALL"`), nil},
		{"between attempts", askTask(`"Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 50}], "End": true`), errBusy},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, stop := context.WithCancelCause(t.Context())
				time.AfterFunc(10*time.Second, func() { stop(ErrStopped) })
				start, h := time.Now(), &harness{invoked: func(int) error { return test.invoked }}
				_, err := h.run(t, ctx, test.states, `{}`)
				if !errors.Is(err, ErrStopped) || time.Since(start) != 10*time.Second {
					t.Errorf("ended with %v after %s, want %v after 10s", err, time.Since(start), ErrStopped)
				}
				if err := h.answer(0, `1`); !errors.Is(err, ErrTaskTimedOut) {
					t.Errorf("late answer: error = %v, want %v", err, ErrTaskTimedOut)
				}
			})
		})
	}
}
