package main

import (
	"context"
	"encoding/json"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"approval-workflow/handler/local/asl"
)

// TestErrorsEnd has every invocation of the function fail in one way, with reminders to come: what may pass is tried six
// times more, and in the end the execution fails as the README's table of errors says.
func TestErrorsEnd(t *testing.T) {
	tests := []struct {
		name, end   string
		invocations int32
	}{
		{"InvalidRequestError", "NotSent", 1},
		{"NoConfirmedApproverError", "NoConfirmedApproverError", 1},
		{"NotificationRefusedError", "NotSent", 1},
		{"NotificationUnavailableError", "NotSent", 7},
		{"Lambda.TooManyRequestsException", "NotSent", 7},
		{"Lambda.ServiceException", "NotSent", 7},
		{"Lambda.AWSLambdaException", "NotSent", 7},
		{"Lambda.SdkClientException", "NotSent", 7},
		{"Lambda.ClientExecutionTimeoutException", "NotSent", 7},
		{"Sandbox.Timedout", "NotSent", 7},
		{"Runtime.ExitError", "NotSent", 1},
		{"Lambda.Unknown", "NotSent", 1},
		{"", "Expired", 3}, // nobody decides
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var invocations atomic.Int32
				machine, err := newMachine(func(context.Context, []byte) error {
					invocations.Add(1)
					if test.name == "" {
						return nil
					}
					return &asl.Error{Name: test.name, Cause: "why"}
				}, options{timeout: 24 * time.Hour, reminders: 2})
				if err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				_, err = machine.Run(t.Context(), asl.Execution{
					ID: "arn:aws:states:us-east-1:000000000000:execution:approval-workflow:x", Name: "x",
					StartTime: start, Input: json.RawMessage(`{}`),
				}, asl.NewTasks())
				synctest.Wait()
				var failure *asl.Error
				if !errors.As(err, &failure) || failure.Name != test.end || invocations.Load() != test.invocations {
					t.Errorf("ended with %v after %d invocations, want %s after %d", err, invocations.Load(), test.end, test.invocations)
				}
				waited := time.Since(start)
				if test.end == "Expired" && waited != 24*time.Hour-time.Second { // three spans of whole seconds, two pauses
					t.Errorf("waited for %s", waited)
				}
				if limit := 122 * time.Second; test.end != "Expired" && waited > limit {
					t.Errorf("retried for %s, want %s at most", waited, limit)
				}
			})
		})
	}
}
