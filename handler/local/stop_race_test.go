package main

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"approval-workflow/handler/approval"
)

// TestStopAndClickAtOnce stops executions at the moment of a click. The click must be told what the execution did.
func TestStopAndClickAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t)
		stopped := 0
		for round := range 200 {
			arn := r.startExecution(objectInput)
			decision := approval.Decisions()[round%2]
			answer := r.stopAndClick(arn, r.link(r.email(arn), decision))
			switch got := r.describeEnded(arn); {
			case got.Status == types.ExecutionStatusAborted:
				stopped++
				if answer.status != http.StatusGone || !strings.Contains(answer.body, `"error":"Stopped"`) {
					t.Errorf("round %d: the execution is stopped, answer %d %s", round, answer.status, answer.body)
				}
			case answer.status != http.StatusOK:
				t.Errorf("round %d: the execution is %s, answer %d %s", round, got.Status, answer.status, answer.body)
			}
		}
		if stopped == 0 || stopped == 200 {
			t.Errorf("%d of 200 executions were stopped, want some", stopped)
		}
		for _, line := range strings.Split(r.log.String(), "\n") {
			if strings.Contains(line, `"status":410`) && strings.Contains(line, `"outcome":"approved"`) {
				t.Errorf("a decision without an effect counts: %s", line)
			}
		}
	})
}

// stopAndClick stops an execution and opens a link at the same moment. It returns the answer to the click.
func (r *localRun) stopAndClick(executionARN, link string) response {
	r.t.Helper()
	var answer response
	var err, stopErr error
	var group sync.WaitGroup
	group.Go(func() { answer, err = r.send(http.MethodPost, link, nil) })
	group.Go(func() {
		_, stopErr = r.sfn.StopExecution(r.t.Context(), &sfn.StopExecutionInput{ExecutionArn: aws.String(executionARN)})
	})
	group.Wait()
	if err != nil || stopErr != nil {
		r.t.Fatalf("click: %v, stop: %v", err, stopErr)
	}
	return answer
}
