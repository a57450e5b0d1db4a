//go:build e2e

package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// startExecution starts an execution of a state machine and returns its ARN. The arguments of the AWS CLI are added.
func startExecution(t *testing.T, stateMachine, input string, args ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "input.json") // the largest input is too long for an argument
	if err := os.WriteFile(file, []byte(input), 0o600); err != nil {
		t.Fatal(err)
	}
	var started struct{ ExecutionArn string }
	args = append([]string{
		"stepfunctions", "start-execution", "--state-machine-arn", stateMachine, "--input", "file://" + file,
	}, args...)
	aws(t, &started, args...)
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

// record is the record of a decision in an execution.
type record struct{ Approver, DecidedAt, Reason, SourceIP string }

// approvals returns the approvals in the output of an execution, and the input.
func (e ended) approvals() (approvals []record, input json.RawMessage, err error) {
	var output struct {
		Input     json.RawMessage
		Approvals []record
	}
	err = json.Unmarshal([]byte(e.Output), &output)
	return output.Approvals, output.Input, err
}

// checkApproved checks that the execution succeeded, with an approval of each of these approvers in its output.
func (e ended) checkApproved(t *testing.T, approvers ...string) {
	t.Helper()
	approvals, _, err := e.approvals()
	if e.Status != "SUCCEEDED" || err != nil {
		t.Fatalf("execution = %+v (%v), want SUCCEEDED with approvals", e, err)
	}
	var got []string
	for _, record := range approvals {
		got = append(got, record.Approver)
	}
	if diff := cmp.Diff(approvers, got); diff != "" {
		t.Errorf("approvers in the output (-want +got):\n%s", diff)
	}
}

// checkFailed checks that the execution failed with wantError and with wantCause in its cause.
func (e ended) checkFailed(t *testing.T, wantError, wantCause string) {
	t.Helper()
	if e.Status != "FAILED" || e.Error != wantError || !strings.Contains(e.Cause, wantCause) {
		t.Errorf("execution = %+v, want FAILED with %s and %q in the cause", e, wantError, wantCause)
	}
}
