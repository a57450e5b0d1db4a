package statemachine_test

import (
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/local/asl"
	"approval-workflow/handler/statemachine/statemachinetest"
)

const testExecution = "arn:aws:states:eu-west-1:123456789012:execution:approval:release-42"

// day has e-mails after 0, 8 and 16 hours.
var day = mustSchedule(24*time.Hour, 2)

func mustSchedule(timeout time.Duration, reminders int) approval.Schedule {
	schedule, err := approval.NewSchedule(timeout, reminders)
	if err != nil {
		panic(err)
	}
	return schedule
}

// end is how an execution ended.
type end struct {
	output   string
	failure  asl.Error
	requests []approval.Request
	times    []time.Duration // of the requests, since the start
	waited   time.Duration
}

// run runs an execution that needs one approval to its end, in the synctest bubble of its caller.
func run(t *testing.T, schedule approval.Schedule, input string, invoke statemachinetest.Invocation) end {
	t.Helper()
	return runNeeding(t, 1, schedule, input, invoke)
}

// runNeeding is run for an execution that needs that many approvals.
func runNeeding(
	t *testing.T, approvals int, schedule approval.Schedule, input string, invoke statemachinetest.Invocation,
) end {
	t.Helper()
	var mu sync.Mutex
	var got end
	start, tasks := time.Now(), asl.NewTasks()
	machine := statemachinetest.New(t, schedule, approvals, tasks, func(tasks *asl.Tasks, request approval.Request) error {
		mu.Lock()
		defer mu.Unlock()
		got.requests, got.times = append(got.requests, request), append(got.times, time.Since(start))
		return invoke(tasks, request)
	})
	output, err := machine.Run(t.Context(), asl.Execution{
		ID: testExecution, Name: "release-42", StartTime: start, Input: json.RawMessage(input),
	}, tasks)
	synctest.Wait()
	mu.Lock()
	defer mu.Unlock()
	got.output, got.waited = string(output), time.Since(start)
	if failure, ok := errors.AsType[*asl.Error](err); ok {
		got.failure = *failure
	} else if err != nil {
		t.Error(err)
	}
	return got
}
