package stepfunctions

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// ends are executions that end in each way, with what their events say that differs from the event of a failure.
var ends = []struct {
	name string
	end  func(t *testing.T, service *Service)
	want map[string]any
}{
	{"approved", func(t *testing.T, service *Service) { answer(t, service, "approved", approved) }, map[string]any{
		"status": "SUCCEEDED", "output": `{"input":{"a":"<&>"},"approvals":[` + firstRecord + `,` + secondRecord + `]}`,
		"outputDetails": map[string]any{"included": true},
		"redriveStatus": "NOT_REDRIVABLE", "redriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
	}},
	{"rejected", func(t *testing.T, service *Service) { answer(t, service, "rejected", rejected) },
		map[string]any{"error": "Rejected", "cause": secondRecord}},
	{"expired", func(*testing.T, *Service) { time.Sleep(24 * time.Hour) }, map[string]any{
		"error": "Expired", "stopDate": 946771199000.0,
		"cause": "Nobody decided within 23h59m59s (reminders: 1) of the start or of the last approval. " +
			"The links no longer work. Start a new execution to ask again.",
	}},
	{"stopped", func(t *testing.T, service *Service) {
		stop(t, service, "stopped", `"error": "E", "cause": "\"Typo\"\n"`)
	},
		map[string]any{"status": "ABORTED", "error": "E", "cause": "\"Typo\"\n"}},
	{"stopped.without-cause", func(t *testing.T, service *Service) { stop(t, service, "stopped.without-cause", "") },
		map[string]any{"status": "ABORTED"}},
}

// TestEvents checks that there is one event about each end, with all keys that EventBridge's has.
func TestEvents(t *testing.T) {
	for _, test := range ends {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				service := newApprovals(t)
				events := keepEvents(t, service)
				mustPost(t, service, "StartExecution", startBody(test.name, `{"a": "<&>"}`))
				if got := events(); len(got) > 0 {
					t.Fatalf("events before the end: %s", got)
				}
				test.end(t, service)
				got := events()
				if len(got) != 1 {
					t.Fatalf("%d events, want 1", len(got))
				}
				checkEvent(t, got[0], test.name, test.want)
			})
		})
	}
}

func checkEvent(t *testing.T, event []byte, name string, differences map[string]any) {
	t.Helper()
	var got map[string]any
	if err := json.Unmarshal(event, &got); err != nil {
		t.Fatal(err)
	}
	detail := map[string]any{
		"executionArn": executionPrefix + name, "stateMachineArn": StateMachineARN, "name": name, "status": "FAILED",
		"startDate": 946684800000.0, "stopDate": 946684800000.0, // a bubble begins in 2000
		"input": `{"a": "<&>"}`, "output": nil, "stateMachineVersionArn": nil, "stateMachineAliasArn": nil,
		"redriveCount": 0.0, "redriveDate": nil, "redriveStatus": "REDRIVABLE", "redriveStatusReason": nil,
		"inputDetails": map[string]any{"included": true}, "outputDetails": nil, "error": nil, "cause": nil,
	}
	for key, value := range differences {
		detail[key] = value
	}
	want := map[string]any{
		"version": "0", "id": got["id"], "detail-type": "Step Functions Execution Status Change", "source": "aws.states",
		"account": "000000000000", "time": "2000-01-01T00:00:00Z", "region": "us-east-1",
		"resources": []any{executionPrefix + name}, "detail": detail,
	}
	if detail["stopDate"] != detail["startDate"] {
		want["time"] = "2000-01-01T23:59:59Z"
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
}

// TestLargeEvents checks that an event leaves out the input if input and output are too large together, and the output if it is too
// large alone. Quotation marks count twice, because JSON escapes them.
func TestLargeEvents(t *testing.T) {
	const limit = 248 << 10
	text := func(bytes int) string { return strings.Repeat("x", bytes) }
	for _, test := range []struct {
		name                string
		input, output       string
		hasInput, hasOutput bool
	}{
		{"small", text(10), text(10), true, true},
		{"largest together", text(limit - 10), text(10), true, true},
		{"too large together", text(limit - 10), text(11), false, true},
		{"escaped", text(limit-10) + `"`, text(9), false, true},
		{"not escaped", text(limit-12) + "<é", text(9), true, true},
		{"largest output", "", text(limit), true, true},
		{"too large output", "", text(limit + 1), false, false},
	} {
		e := &execution{input: test.input, output: &test.output}
		input, output, inputDetails, outputDetails := e.eventData()
		if (input != nil) != test.hasInput || inputDetails["included"] != test.hasInput ||
			(output != nil) != test.hasOutput || outputDetails["included"] != test.hasOutput {
			t.Errorf("%s: input %t %v, output %t %v, want %t and %t",
				test.name, input != nil, inputDetails, output != nil, outputDetails, test.hasInput, test.hasOutput)
		}
	}
}

// TestNoEventOfClose checks that an execution that ends with the local run does not count.
func TestNoEventOfClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := newApprovals(t)
		events := keepEvents(t, service)
		mustPost(t, service, "StartExecution", startBody("release", `{}`))
		synctest.Wait()
		service.Close()
		stop(t, service, "release", "")
		if got := events(); len(got) > 0 {
			t.Errorf("events: %s", got)
		}
	})
}
