package statemachine

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/statemachine/asl"
)

const (
	testExecution = "arn:aws:states:eu-west-1:123456789012:execution:approval:release-42"
	testFunction  = "arn:aws:lambda:eu-west-1:123456789012:function:approval"
	testInput     = `{"key":1.50}`

	firstRecord  = `{"approver":"a@example.com","decidedAt":"2000-01-01T00:00:00Z","ageSeconds":1}`
	secondRecord = `{"approver":"b@example.com","decidedAt":"2000-01-01T00:00:00Z","reason":"\"no\"","ageSeconds":2}`
)

// Results of the task.
const (
	approved = `{"status":"approved","approvals":[` + firstRecord + `]}`
	rejected = `{"status":"rejected","rejection":` + secondRecord + `}`
	pending  = `{"status":"pending","approvals":[` + firstRecord + `]}`
	both     = `{"status":"approved","approvals":[` + firstRecord + `,` + secondRecord + `]}`
)

// newBubble is the time in a new synctest bubble.
var newBubble = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// day has e-mails after 0, 8 and 16 hours.
var day = mustSchedule(24*time.Hour, 2)

func mustSchedule(timeout time.Duration, reminders int) approval.Schedule {
	schedule, err := approval.NewSchedule(timeout, reminders)
	if err != nil {
		panic(err)
	}
	return schedule
}

// invocation is what the n-th invocation of the function, from 0, does with a request. tasks are the tasks that wait.
type invocation func(n int, tasks *asl.Tasks, request approval.Request) error

// answer returns an invocation that answers the n-th task token with the n-th output, a JSON value. Further calls answer
// nothing, like e-mails that nobody answers.
func answer(outputs ...string) invocation {
	return func(n int, tasks *asl.Tasks, request approval.Request) error {
		if n >= len(outputs) {
			return nil
		}
		return tasks.Succeed(string(request.TaskToken), []byte(outputs[n]))
	}
}

// failWith returns an invocation that fails with an error of that name.
func failWith(name string) invocation {
	return func(int, *asl.Tasks, approval.Request) error { return &asl.Error{Name: name, Cause: "why"} }
}

// end is how an execution ended.
type end struct {
	output   string
	failure  asl.Error
	requests []approval.Request
	times    []time.Duration // of the requests, since the start
	waited   time.Duration
}

// run is runSpread without a wait before the first e-mail.
func run(t *testing.T, approvals int, schedule approval.Schedule, input string, invoke invocation) end {
	t.Helper()
	return runSpread(t, 0, approvals, schedule, input, invoke)
}

// runSpread runs an execution that needs that many approvals to its end, in the synctest bubble of its caller. Like the function,
// it fails a task whose payload is not an approval request.
func runSpread(t *testing.T, spread time.Duration, approvals int, schedule approval.Schedule, input string, invoke invocation) end {
	t.Helper()
	var mu sync.Mutex
	var got end
	start, tasks := time.Now(), asl.NewTasks()
	machine := parse(t, testFunction, schedule, spread, approvals, func(_ context.Context, payload []byte) error {
		request, err := approval.ParseRequest(payload)
		if err != nil {
			return &asl.Error{Name: string(approval.CodeInvalidRequest), Cause: err.Error()}
		}
		mu.Lock()
		defer mu.Unlock()
		got.requests, got.times = append(got.requests, request), append(got.times, time.Since(start))
		return invoke(len(got.requests)-1, tasks, request)
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

// testGroups are the numbers of approvals that the groups need.
var testGroups = map[string]int{"dba": 2, "on-call_2": 1}

// parse returns the machine of a rendered definition. The interpreter refuses states that no transition leads to.
func parse(t *testing.T, arn string, schedule approval.Schedule, spread time.Duration, approvals int, function asl.Function) *asl.Machine {
	t.Helper()
	text, err := Render(arn, schedule, spread, approvals, testGroups)
	if err != nil {
		t.Fatal(err)
	}
	machine, err := asl.Parse(text, asl.Functions{arn: function})
	if err != nil {
		t.Fatal(err)
	}
	return machine
}

// definedState is what the tests read from a state of the definition.
type definedState struct {
	Type, Error  string
	Retry, Catch []struct{ ErrorEquals []string }
}

func readStates(t *testing.T) map[string]definedState {
	t.Helper()
	var definition struct{ States map[string]definedState }
	if err := json.Unmarshal([]byte(source), &definition); err != nil {
		t.Fatal(err)
	}
	return definition.States
}

func readREADME(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
