package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/local/asl"
	"approval-workflow/handler/statemachine/statemachinetest"
)

// TestCallback checks that a task accepts one answer, and that a token without a task that waits is closed.
func TestCallback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tasks := asl.NewTasks()
		var got []approval.Code
		answer := func(token approval.Token, output string) {
			err := callback{tasks}.Succeed(t.Context(), token, []byte(output))
			var known approval.Error
			if failure, ok := errors.AsType[*approval.Error](err); ok {
				known = *failure
			} else if err != nil {
				t.Error(err)
			}
			got = append(got, known.Code)
		}
		schedule := approval.Schedule{IntervalSeconds: 60, PauseSeconds: 1}
		machine := statemachinetest.New(t, schedule, 1, tasks, func(_ *asl.Tasks, request approval.Request) error {
			answer("unknown", `{}`)
			answer(request.TaskToken, `{"status":"approved","approvals":[]}`)
			answer(request.TaskToken, `{"status":"rejected","rejection":{}}`)
			return nil
		})
		output, err := machine.Run(t.Context(), asl.Execution{
			ID: "arn:aws:states:us-east-1:000000000000:execution:approval:release", Name: "release",
			StartTime: time.Now(), Input: json.RawMessage(`{}`),
		}, tasks)
		synctest.Wait()
		if want := `{"input":{},"approvals":[]}`; err != nil || string(output) != want {
			t.Errorf("output = %s, error = %v, want %s", output, err, want)
		}
		if diff := cmp.Diff([]approval.Code{approval.CodeClosed, "", approval.CodeClosed}, got); diff != "" {
			t.Errorf("codes of the answers (-want +got):\n%s", diff)
		}
	})
}

// TestClicksAtTheSameMoment checks that of many clicks of two approvers, one of each counts.
func TestClicksAtTheSameMoment(t *testing.T) {
	const clicks = 20 // of each approver
	r := startOnTCP(t, ofThree(2)...)
	arn := r.startExecution(objectInput)
	links := []string{r.linkTo(ada, arn, approval.Approve), r.linkTo(bob, arn, approval.Approve)}
	statuses := make(chan int, 2*clicks)
	var group sync.WaitGroup
	for i := range 2 * clicks {
		group.Go(func() {
			got, err := r.send(http.MethodGet, links[i%2], nil)
			if err != nil {
				t.Error(err)
			}
			statuses <- got.status
		})
	}
	group.Wait()
	close(statuses)
	count := map[int]int{}
	for status := range statuses {
		count[status]++
	}
	want := map[int]int{http.StatusOK: 2, http.StatusConflict: 2*clicks - 2}
	if diff := cmp.Diff(want, count); diff != "" {
		t.Errorf("answers by status (-want +got):\n%s", diff)
	}
	var output struct{ Approvals []approval.Record }
	if err := json.Unmarshal([]byte(aws.ToString(r.describeEnded(arn).Output)), &output); err != nil {
		t.Fatal(err)
	}
	if got := output.Approvals; len(got) != 2 || got[0].Approver == got[1].Approver {
		t.Errorf("approvals = %+v, want one of each approver", got)
	}
}
