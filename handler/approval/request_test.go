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
	"approvals": [{"approver": "jo@example.com", "decidedAt": "2026-11-22T09:41:01.234567Z", "reason": "Go!",
		"sourceIp": "203.0.113.7", "userAgent": "curl/8", "ageSeconds": 655}],
	"approvalsNeeded": 2,
	"enteredAt": "2026-11-22T09:41:01.345Z",
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
	want.Approvals = []Record{{
		Approver: "jo@example.com", DecidedAt: TestStart.Add(10*time.Minute + 56*time.Second + 234_567*time.Microsecond),
		Reason: "Go!", SourceIP: "203.0.113.7", UserAgent: "curl/8", AgeSeconds: 655,
	}}
	want.ApprovalsNeeded, want.EnteredAt = 2, TestStart.Add(10*time.Minute+56*time.Second+345*time.Millisecond)
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
			"execution.name is not the name of an execution; execution.startedAt is missing; " +
			"approvals or enteredAt is missing, as in an execution that started before an upgrade and has to be started again; " +
			"approvalsNeeded is missing or out of range; input is missing; schedule is missing or out of range."},
		{"empty object", `{}`, "input is missing"},
		{"too deep", edited(t, "null", nested(10_000, "")), "request: the input is nested deeper than 9990 levels."},
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
		{"start is not a time", edit(`2026-11-22T09:30:05.123Z`, secret), "a time is not in the form of RFC 3339"},
		{"start is a number", edit(`"2026-11-22T09:30:05.123Z"`, `1795339805`), "a time is not in the form of RFC 3339"},
		{"input missing", edit(`"input": null`, `"other": 1`), "input is missing"},
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

func TestParseRequestApprovals(t *testing.T) {
	const missing, outOfRange = "approvals or enteredAt is missing", "approvalsNeeded is missing or out of range"
	edit := func(old, replacement string) string { return edited(t, old, replacement) }
	checkProblems(t, []problem{
		{"approvals missing", edit(`"approvals"`, `"other"`), missing},
		{"approvals null", edit(`[{"approver"`, `null, "x": [{"approver"`), missing},
		{"approvals of another type", edit(`[{"approver"`, `"`+secret+`", "x": [{"approver"`), "approvals has the wrong type"},
		{"record of another type", edit(`"jo@example.com"`, `["`+secret+`"]`), "approvals.approver has the wrong type"},
		{"decidedAt is not a time", edit(`2026-11-22T09:41:01.234567Z`, secret), "a time is not in the form of RFC 3339"},
		{"enteredAt missing", edit(`"enteredAt"`, `"other"`), missing},
		{"enteredAt is not a time", edit(`2026-11-22T09:41:01.345Z`, secret), "a time is not in the form of RFC 3339"},
		{"approvalsNeeded missing", edit(`"approvalsNeeded"`, `"other"`), outOfRange},
		{"approvalsNeeded zero", edit(`"approvalsNeeded": 2`, `"approvalsNeeded": 0`), outOfRange},
		{"approvalsNeeded negative", edit(`"approvalsNeeded": 2`, `"approvalsNeeded": -1`), outOfRange},
		{"too many approvalsNeeded", edit(`"approvalsNeeded": 2`, `"approvalsNeeded": 32`), outOfRange},
		{"approvalsNeeded that overflows", edit(`"approvalsNeeded": 2`, `"approvalsNeeded": 2251799813685248`), outOfRange},
		{"approvalsNeeded of another type", edit(`"approvalsNeeded": 2`, `"approvalsNeeded": "`+secret+`"`), "approvalsNeeded has the wrong type"},
	})
}

// TestParseRequestInput checks the limit of the input, which each approval that is needed makes smaller.
func TestParseRequestInput(t *testing.T) {
	for needed, limit := range map[int]int{1: 253_952, 2: 245_760, MaxApprovals: 8_192} {
		payload := edited(t, `"approvalsNeeded": 2`, fmt.Sprintf(`"approvalsNeeded": %d`, needed))
		fits := strings.Replace(payload, `null`, `"`+strings.Repeat("x", limit-2)+`"`, 1)
		if _, err := ParseRequest([]byte(fits)); err != nil {
			t.Errorf("%d approvals: an input of %d bytes is refused: %s", needed, limit, MessageOf(err))
		}
		checkProblems(t, []problem{{
			fmt.Sprintf("%d approvals", needed), strings.Replace(payload, `null`, `"`+strings.Repeat("x", limit-1)+`"`, 1),
			fmt.Sprintf("input has %d bytes, and more than %d leave no room for the decisions", limit+1, limit),
		}})
	}
}
