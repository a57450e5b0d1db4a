package history

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/awstest"
)

const (
	testInput    = `{"subject":"Deploy release 42","message":"Ready for production.","change":"CHG-7"}`
	testApproval = `{"approver":"jo@example.com","decidedAt":"2026-11-22T09:39:59.389457Z","sourceIp":"203.0.113.7",` +
		`"userAgent":"Mozilla/5.0","ageSeconds":595}`
	testRejection = `{"approver":"jo@example.com","decidedAt":"2026-11-22T09:39:59.389457Z","reason":"Not on a Friday.",` +
		`"sourceIp":"203.0.113.7","userAgent":"Mozilla/5.0","ageSeconds":595}`

	firstTask  = "2026-11-22T09:30:05.164Z"
	reminder   = "2026-11-22T21:30:05.164Z"
	secondTask = "2026-11-22T09:40:00.389Z"
)

// summary is what differs between the executions of folder testdata.
type summary struct {
	Status                approval.Status
	Pages                 int // that it takes to read the execution
	Task                  int // whose payload the request is, or 0
	Asked                 string
	Approvals, RetryCount int
	Output, Error, Cause  string
}

var readTests = map[string]summary{
	"waiting":                {Status: approval.StatusWaiting, Pages: 1, Task: 1, Asked: firstTask},
	"waiting-reminded":       {Status: approval.StatusWaiting, Pages: 1, Task: 2, Asked: reminder, RetryCount: 1},
	"waiting-after-approval": {Status: approval.StatusWaiting, Pages: 1, Task: 2, Asked: secondTask, Approvals: 1},
	"between-intervals":      {Status: approval.StatusMoving, Pages: 2, Task: 1, Asked: firstTask},
	"just-answered":          {Status: approval.StatusMoving, Pages: 2, Task: 1, Asked: firstTask},
	"answered-early":         {Status: approval.StatusMoving, Pages: 2, Task: 1, Asked: firstTask},
	"redriven":               {Status: approval.StatusMoving, Pages: 2, Task: 1, Asked: firstTask},
	"empty":                  {Status: approval.StatusMoving, Pages: 2, Asked: "0001-01-01T00:00:00Z"},
	"stopped":                {Status: approval.StatusAborted, Cause: "not needed any more", Pages: 2, Task: 1, Asked: firstTask},
	"timed-out":              {Status: approval.StatusTimedOut, Pages: 2, Task: 1, Asked: firstTask},
	"approved": {
		Status: approval.StatusSucceeded, Pages: 2, Task: 1, Asked: firstTask,
		Output: `{"input":` + testInput + `,"approvals":[` + testApproval + `]}`,
	},
	"rejected": {
		Status: approval.StatusFailed, Pages: 2, Task: 1, Asked: firstTask, Error: "Rejected", Cause: testRejection,
	},
	"rejected-twice": { // before and after a redrive
		Status: approval.StatusFailed, Pages: 3, Task: 1, Asked: firstTask, Error: "Rejected", Cause: testRejection,
	},
	"expired": {
		Status: approval.StatusFailed, Pages: 2, Task: 2, Asked: reminder, RetryCount: 1, Error: "Expired",
		Cause: "Nobody decided within 24h (reminders: 1) of the start or of the last approval. The links no longer work. " +
			"Start a new execution to ask again.",
	},
	"not-sent": {
		Status: approval.StatusFailed, Pages: 2, Task: 1, Asked: firstTask, Error: "NotSent",
		Cause: `{"Error":"NotificationRefusedError","Cause":"{\"errorMessage\":\"NotificationRefusedError: publish ` +
			`approval request: operation error SNS: Publish, https response error StatusCode: 403, ` +
			`RequestID: 0e9f2655-9685-4003-a0b4-e0a2eea633be, AuthorizationError\",\"errorType\":\"NotificationRefusedError\"}"}`,
	},
}

// TestRead reads each execution of folder testdata. The request must be that of the task, and its token is not printed.
func TestRead(t *testing.T) {
	for name, want := range readTests {
		t.Run(name, func(t *testing.T) {
			history := newHistory(t, name)
			execution, err := history.read()
			if err != nil {
				t.Fatal(err)
			}
			request := execution.Request
			token := fmt.Sprintf("/task+%d=", want.Task)
			if want.Task > 0 && (!strings.HasSuffix(string(request.TaskToken), token) || string(request.Input) != testInput) {
				t.Errorf("the request is not that of task %d", want.Task)
			}
			got := summary{
				Status: execution.Status, Pages: history.Pages, Task: want.Task, Asked: execution.AskedAt.UTC().Format(time.RFC3339Nano),
				Approvals: len(request.Approvals), RetryCount: request.RetryCount,
				Output: execution.Output, Error: execution.Error, Cause: execution.Cause,
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("execution (-want +got):\n%s", diff)
			}
		})
	}
}

// TestReadBeforeSubmitted reads an execution whose function still sends the e-mails.
func TestReadBeforeSubmitted(t *testing.T) {
	history := newHistory(t, "waiting")
	for range 2 { // without TaskSubmitted, then without TaskStarted
		history.Events = history.Events[1:]
		execution, err := history.read()
		if err != nil || execution.Status != approval.StatusMoving {
			t.Errorf("%d events: status = %s, error %v, want MOVING", len(history.Events), execution.Status, err)
		}
	}
}

// TestReadAtEveryMoment cuts each history of folder testdata after each of its events. A task waits exactly when the newest
// one was submitted and nothing has ended it, and then with its own token.
func TestReadAtEveryMoment(t *testing.T) {
	moments := map[bool]int{} // by whether a task waits
	for name := range readTests {
		whole := newHistory(t, name).Events
		for cut := range whole {
			history := fakeHistory{&awstest.History{TB: t, ARN: awstest.ExecutionARN, Events: whole[cut:]}}
			token, waits := history.newestTask()
			execution, err := history.read()
			if got := execution.Status == approval.StatusWaiting; err != nil || got != waits {
				t.Errorf("%s without its newest %d events: waits = %t, error %v, want %t", name, cut, got, err, waits)
			}
			if execution.Request.TaskToken != token {
				t.Errorf("%s without its newest %d events: the token is not that of the newest task", name, cut)
			}
			moments[waits]++
		}
	}
	if moments[true] < 10 || moments[false] < 100 {
		t.Errorf("moments with and without a task that waits: %v", moments)
	}
}

// newestTask returns the token of the newest task, and whether the task waits by the rule that AWS documents: an event that
// ends a task is neither TaskStarted nor TaskSubmitted.
func (f fakeHistory) newestTask() (token approval.Token, waits bool) {
	var submitted, ended bool
	for _, text := range f.Events {
		var event types.HistoryEvent // in which the names of the members differ only in case
		if err := json.Unmarshal(text, &struct {
			*types.HistoryEvent
			Timestamp float64
		}{HistoryEvent: &event}); err != nil {
			f.TB.Fatal("an event is damaged")
		}
		switch event.Type {
		case types.HistoryEventTypeTaskScheduled:
			var parameters struct {
				Payload struct{ TaskToken approval.Token }
			}
			if json.Unmarshal([]byte(*event.TaskScheduledEventDetails.Parameters), &parameters) != nil {
				f.TB.Fatal("the parameters are damaged")
			}
			return parameters.Payload.TaskToken, submitted && !ended
		case types.HistoryEventTypeTaskSubmitted:
			submitted = true
		case types.HistoryEventTypeTaskStarted:
		default:
			ended = true
		}
	}
	return "", false
}

// TestReadKeyOrder reads a payload whose keys are in AWS's order: the static ones as in the definition, and then the others in
// the order of a Java HashMap.
func TestReadKeyOrder(t *testing.T) {
	order := []string{"execution", "approvalsNeeded", "schedule", "input", "retryCount", "approvals", "enteredAt", "taskToken"}
	recorded := readFile(t, "testdata/waiting.json")
	read := func(text string) approval.Execution {
		execution, err := parseHistory(t, text).read()
		if err != nil {
			t.Fatal(err)
		}
		return execution
	}
	const start, end = `\"Payload\":{`, `}}","region"`
	head, rest, _ := strings.Cut(recorded, start)
	payload, tail, found := strings.Cut(rest, end)
	var text string
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(`"{`+payload+`}"`), &text); err != nil || json.Unmarshal([]byte(text), &members) != nil || !found {
		t.Fatal("the payload is damaged")
	}
	var ordered []string
	for _, key := range order {
		ordered = append(ordered, fmt.Sprintf("%q:%s", key, members[key]))
	}
	quoted, _ := json.Marshal(strings.Join(ordered, ",")) // a text always encodes
	reordered := head + start + string(quoted[1:len(quoted)-1]) + end + tail
	if len(members) != len(order) || reordered == recorded || !cmp.Equal(read(recorded), read(reordered)) {
		t.Error("the execution is not the same") // it has the token
	}
}

// TestReadDamagedTask checks that a task whose payload is not a request gives an error without the task token.
func TestReadDamagedTask(t *testing.T) {
	waiting := readFile(t, "testdata/waiting.json")
	for name, replace := range map[string][2]string{
		"no details":          {`"taskScheduledEventDetails"`, `"otherDetails"`},
		"no parameters":       {`"parameters"`, `"other"`},
		"broken parameters":   {`"parameters":"{`, `"parameters":"{[`},
		"no payload":          {`\"Payload\"`, `\"Other\"`},
		"payload is a text":   {`\"Payload\":{`, `\"Payload\":\"\",\"Other\":{`},
		"no schedule":         {`\"schedule\":{`, `\"wait\":{`},
		"no approvals":        {`\"approvals\":[]`, `\"other\":[]`},
		"execution of others": {`\"id\":\"arn:aws:states`, `\"id\":\"arn:aws:sqs`},
		"number as a token":   {`\"taskToken\":`, `\"taskToken\":1,\"other\":`},
	} {
		damaged := parseHistory(t, strings.ReplaceAll(waiting, replace[0], replace[1]))
		execution, err := damaged.read()
		if err == nil {
			t.Fatalf("%s: no error", name)
		}
		if strings.Contains(err.Error(), "AQCEAAAAKgAAAAMA") || execution.Request.TaskToken != "" {
			t.Fatalf("%s: the task token came out", name)
		}
	}
}
