//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// start starts an execution of the approval workflow and returns its ARN.
func (s *stack) start(t *testing.T, input string) string {
	t.Helper()
	return startExecution(t, s.output(t, "stateMachineArn"), input)
}

// startExecution starts an execution of a state machine and returns its ARN.
func startExecution(t *testing.T, stateMachine, input string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "input.json") // the largest input is too long for an argument
	if err := os.WriteFile(file, []byte(input), 0o600); err != nil {
		t.Fatal(err)
	}
	var started struct{ ExecutionArn string }
	aws(t, &started, "stepfunctions", "start-execution", "--state-machine-arn", stateMachine, "--input", "file://"+file)
	return started.ExecutionArn
}

// ended is how an execution ended.
type ended struct{ Status, Output, Error, Cause string }

// wait waits for the end of an execution.
func wait(t *testing.T, execution string) ended {
	t.Helper()
	for range 60 {
		var e ended
		aws(t, &e, "stepfunctions", "describe-execution", "--execution-arn", execution)
		if e.Status != "RUNNING" {
			return e
		}
		time.Sleep(time.Second)
	}
	t.Fatalf("%s is still running", execution)
	return ended{}
}

// checkSucceeded checks that the execution succeeded with wantOutput in its output.
func (e ended) checkSucceeded(t *testing.T, wantOutput string) {
	t.Helper()
	if e.Status != "SUCCEEDED" || !strings.Contains(e.Output, wantOutput) {
		t.Errorf("execution = %+v, want SUCCEEDED with %q in the output", e, wantOutput)
	}
}

// checkFailed checks that the execution failed with wantError and with wantCause in its cause.
func (e ended) checkFailed(t *testing.T, wantError, wantCause string) {
	t.Helper()
	if e.Status != "FAILED" || e.Error != wantError || !strings.Contains(e.Cause, wantCause) {
		t.Errorf("execution = %+v, want FAILED with %s and %q in the cause", e, wantError, wantCause)
	}
}

// event is an event in the history of an execution.
type event struct {
	Type                      string
	StateEnteredEventDetails  struct{ Name string }
	TaskSubmittedEventDetails struct{ Output string }
	TaskFailedEventDetails    struct{ Error, Cause string }
}

func history(t *testing.T, execution string) []event {
	t.Helper()
	var got struct{ Events []event }
	aws(t, &got, "stepfunctions", "get-execution-history", "--execution-arn", execution)
	return got.Events
}
