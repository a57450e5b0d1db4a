package approval

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const validPayload = `{
	"taskToken": "a-token",
	"execution": {
		"id": "arn:aws:states:eu-west-1:123456789012:execution:approval-workflow:release-42",
		"name": "release-42",
		"startedAt": "2026-11-22T09:30:05.123Z"
	},
	"input": null,
	"schedule": {"intervalSeconds": 60, "pauseSeconds": 1, "reminders": 2},
	"retryCount": 1
}`

func TestParseRequest(t *testing.T) {
	request, err := ParseRequest([]byte(validPayload))
	if err != nil {
		t.Fatal(err)
	}
	if string(request.TaskToken) != "a-token" {
		t.Error("the task token changed")
	}
	want := RequestWith("null")
	want.TaskToken = request.TaskToken
	want.Execution.StartedAt = TestStart.Add(123 * time.Millisecond)
	want.Schedule, want.RetryCount = Schedule{IntervalSeconds: 60, PauseSeconds: 1, Reminders: 2}, 1
	if diff := cmp.Diff(want, request); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
}

func TestParseRequestNotAnObject(t *testing.T) {
	checkProblems(t, []problem{
		{"empty", ``, "it is not JSON at byte 0"},
		{"cut off", `{"taskToken": "` + secret, "it is not JSON at byte"},
		{"text", `"` + secret + `"`, "it is not a JSON object"},
		{"array", `["` + secret + `"]`, "it is not a JSON object"},
		{"null", `null`, "taskToken is missing; execution.id is not the ARN of an execution; " +
			"execution.name is not the name of an execution; execution.startedAt is missing; input is missing; " +
			"schedule is missing or out of range"},
		{"empty object", `{}`, "input is missing"},
	})
}

func TestParseRequestFields(t *testing.T) {
	edit := func(old, replacement string) string { return edited(t, old, replacement) }
	checkProblems(t, []problem{
		{"token of another type", edit(`"a-token"`, `{"x":"`+secret+`"}`), "taskToken has the wrong type"},
		{"token empty", edit(`a-token`, ``), "taskToken is missing"},
		{"token too long", edit(`a-token`, strings.Repeat("x", 2049)), "taskToken is longer than 2048 characters"},
		{"not an execution", edit(`:execution:`, `:stateMachine:`), "execution.id is not the ARN of an execution"},
		{"name missing", edit(`"release-42"`, `""`), "execution.name is not the name of an execution"},
		{"name with a line break", edit(`"release-42"`, `"release\nAPPROVE:"`), "execution.name is not the name of an execution"},
		{"start missing", edit(`startedAt`, `other`), "execution.startedAt is missing"},
		{"start is not a time", edit(`2026-11-22T09:30:05.123Z`, secret), "execution.startedAt is not an RFC 3339 time"},
		{"start is a number", edit(`"2026-11-22T09:30:05.123Z"`, `1795339805`), "execution.startedAt is not an RFC 3339 time"},
		{"input missing", edit(`"input": null`, `"other": 1`), "input is missing"},
		{"input too large", edit(`null`, `"`+strings.Repeat("x", maxInput)+`"`),
			fmt.Sprintf("input has %d bytes, and more than %d leave no room for the decision", maxInput+2, maxInput)},
		{"retry count negative", edit(`"retryCount": 1`, `"retryCount": -1`), "retryCount is negative"},
	})
}

func TestParseRequestSchedule(t *testing.T) {
	const outOfRange = "schedule is missing or out of range"
	edit := func(old, replacement string) string { return edited(t, old, replacement) }
	checkProblems(t, []problem{
		{"missing", edit(`"schedule"`, `"other"`), outOfRange},
		{"no interval", edit(`60`, `0`), outOfRange},
		{"interval longer than a year", edit(`60`, `31536001`), outOfRange},
		{"interval that overflows", edit(`60`, `36028797018963968`), outOfRange},
		{"pause negative", edit(`"pauseSeconds": 1`, `"pauseSeconds": -1`), outOfRange},
		{"pause that overflows", edit(`"pauseSeconds": 1`, `"pauseSeconds": 36028797018963968`), outOfRange},
		{"reminders negative", edit(`"reminders": 2`, `"reminders": -1`), outOfRange},
		{"too many reminders", edit(`"reminders": 2`, `"reminders": 11`), outOfRange},
		{"interval of another type", edit(`60`, `"`+secret+`"`), "schedule.intervalSeconds has the wrong type"},
	})
}

// edited returns validPayload with old replaced.
func edited(t *testing.T, old, replacement string) string {
	t.Helper()
	if !strings.Contains(validPayload, old) {
		t.Fatalf("the payload does not contain %s", old)
	}
	return strings.Replace(validPayload, old, replacement, 1)
}

type problem struct{ name, payload, want string }

// checkProblems checks that ParseRequest reports each problem and quotes nothing of the payload.
func checkProblems(t *testing.T, problems []problem) {
	t.Helper()
	for _, problem := range problems {
		t.Run(problem.name, func(t *testing.T) {
			_, err := ParseRequest([]byte(problem.payload))
			if CodeOf(err) != CodeInvalidRequest {
				t.Fatalf("code = %q, want %s", CodeOf(err), CodeInvalidRequest)
			}
			if strings.Contains(err.Error(), secret) {
				t.Fatal("the error quotes the payload")
			}
			if !strings.Contains(MessageOf(err), problem.want) {
				t.Errorf("message = %q, want it to contain %q", MessageOf(err), problem.want)
			}
		})
	}
}

// TestParseRequestKeepsTheName checks that the log can name the execution of a request that is not valid.
func TestParseRequestKeepsTheName(t *testing.T) {
	request, err := ParseRequest([]byte(edited(t, "a-token", "")))
	if err == nil || request.Execution.Name != "release-42" {
		t.Errorf("name = %q, error: %t; want release-42 and an error", request.Execution.Name, err != nil)
	}
}
