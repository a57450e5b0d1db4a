package approval

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// recorded returns a payload that the state machine sent.
func recorded(t *testing.T, file string) string {
	t.Helper()
	payload, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	return string(payload)
}

// edited returns the recorded payload of a second round with old replaced.
func edited(t *testing.T, old, replacement string) string {
	t.Helper()
	payload := recorded(t, "task-second-round.json")
	if !strings.Contains(payload, old) {
		t.Fatalf("the payload does not contain %s", old)
	}
	return strings.Replace(payload, old, replacement, 1)
}

func TestParseRequest(t *testing.T) {
	first := RequestWith(`{"key": "value"}`)
	first.TaskToken, first.Execution.StartedAt = "a-token", TestStart.Add(123*time.Millisecond)
	first.EnteredAt, first.Schedule = TestStart.Add(234*time.Millisecond), Schedule{IntervalSeconds: 3600, PauseSeconds: 1}
	first.Groups = nil
	second := first
	second.Approvals = []Record{{
		Approver: "jo@example.com", DecidedAt: TestStart.Add(10*time.Minute + 56*time.Second + 234_567*time.Microsecond),
		Reason: "Looks good.", SourceIP: "203.0.113.7", UserAgent: "Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0", AgeSeconds: 655,
	}}
	second.ApprovalsNeeded, second.EnteredAt = 2, TestStart.Add(10*time.Minute+56*time.Second+345*time.Millisecond)
	second.Schedule.Reminders, second.RetryCount = 1, 1
	first.Groups = map[string]int{"dba": 2} // the second payload is from before there were groups
	for file, want := range map[string]Request{"task.json": first, "task-second-round.json": second} {
		got, err := ParseRequest([]byte(recorded(t, file)))
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %s, request (-want +got):\n%s", file, MessageOf(err), diff)
		}
	}
}

// checkProblem checks that ParseRequest reports a problem and quotes nothing of the payload.
func checkProblem(t *testing.T, payload, want string) {
	t.Helper()
	_, err := ParseRequest([]byte(payload))
	if CodeOf(err) != CodeInvalidRequest || !strings.Contains(MessageOf(err), want) {
		t.Errorf("error = %s: %q, want it to contain %q", CodeOf(err), MessageOf(err), want)
	}
	if err != nil && strings.Contains(err.Error(), secret) {
		t.Errorf("the error that says %q quotes the payload", want)
	}
}

func TestParseRequestNotAnObject(t *testing.T) {
	for payload, want := range map[string]string{
		``:                            "request: it is not JSON at byte 0.",
		`{"taskToken": "` + secret:    "it is not JSON at byte",
		`"` + secret + `"`:            "request: it is not a JSON object.",
		`["` + secret + `"]`:          "it is not a JSON object",
		`{"input": "` + secret + `"}`: "taskToken is missing",
		`null`: "request: taskToken is missing; execution.id is not the ARN of an execution; execution.name is not the name of an " +
			"execution; execution.startedAt is missing; approvals is missing; enteredAt is missing; approvalsNeeded is missing or out " +
			"of range; input is missing; schedule is missing or out of range.",
		edited(t, `{"key": "value"}`, nested(10_000, "")): "request: the input is nested deeper than 9990 levels.",
	} {
		checkProblem(t, payload, want)
	}
}

const (
	notAName      = "execution.name is not the name of an execution"
	notATime      = "a time is not in the form of RFC 3339"
	wrongSchedule = "schedule is missing or out of range"
	wrongNumber   = "approvalsNeeded is missing or out of range"
)

var fieldTests = []struct{ old, replacement, want string }{
	{`"a-token"`, `{"x":"` + secret + `"}`, "taskToken has the wrong type"},
	{`a-token`, ``, "taskToken is missing"},
	{`a-token`, strings.Repeat("x", 2049), "taskToken is longer than 2048 characters"},
	{`:execution:`, `:stateMachine:`, "execution.id is not the ARN of an execution"},
	{`"release-42"`, `""`, notAName},
	{`"release-42"`, `"release\nAPPROVE:"`, notAName},
	{`"release-42"`, `"release-\u202e42"`, "execution.name contains characters that hide text or change its direction"},
	{`startedAt`, `other`, "execution.startedAt is missing"},
	{`2026-11-22T09:30:05.123Z`, secret, notATime},
	{`"2026-11-22T09:30:05.123Z"`, `1795339805`, notATime},
	{`"input"`, `"other"`, "input is missing"},
	{`"retryCount": 1`, `"retryCount": -1`, "retryCount is negative"},

	{`"schedule"`, `"other"`, wrongSchedule},
	{`3600`, `0`, wrongSchedule},
	{`3600`, `31449601`, wrongSchedule}, // more than 364 days
	{`3600`, `36028797018963968`, wrongSchedule},
	{`"pauseSeconds": 1`, `"pauseSeconds": -1`, wrongSchedule},
	{`"pauseSeconds": 1`, `"pauseSeconds": 36028797018963968`, wrongSchedule},
	{`"reminders": 1`, `"reminders": -1`, wrongSchedule},
	{`"reminders": 1`, `"reminders": 11`, wrongSchedule},
	{`3600`, `"` + secret + `"`, "schedule.intervalSeconds has the wrong type"},

	{`"approvals"`, `"other"`, "approvals is missing"},
	{`[
    {`, `null, "x": [{`, "approvals is missing"},
	{`[
    {`, `"` + secret + `", "x": [{`, "approvals has the wrong type"},
	{`"jo@example.com"`, `["` + secret + `"]`, "approvals.approver has the wrong type"},
	{`2026-11-22T09:41:01.234567Z`, secret, notATime},
	{`"enteredAt"`, `"other"`, "enteredAt is missing"},
	{`2026-11-22T09:41:01.345Z`, secret, notATime},
	{`"approvalsNeeded"`, `"other"`, wrongNumber},
	{`"approvalsNeeded": 2`, `"groups": {"dba": 1, "x": 0}, "approvalsNeeded": 2`, "a number of groups is out of range"},
	{`"approvalsNeeded": 2`, `"groups": {"dba": 32}, "approvalsNeeded": 2`, "a number of groups is out of range"},
	{`"approvalsNeeded": 2`, `"groups": {"dba": "2"}, "approvalsNeeded": 2`, "groups has the wrong type"},
	{`"approvalsNeeded": 2`, `"groups": ["x"], "approvalsNeeded": 2`, "groups has the wrong type"},
	{`"approvalsNeeded": 2`, `"approvalsNeeded": 0`, wrongNumber},
	{`"approvalsNeeded": 2`, `"approvalsNeeded": -1`, wrongNumber},
	{`"approvalsNeeded": 2`, `"approvalsNeeded": 32`, wrongNumber},
	{`"approvalsNeeded": 2`, `"approvalsNeeded": 2251799813685248`, wrongNumber},
	{`"approvalsNeeded": 2`, `"approvalsNeeded": "` + secret + `"`, "approvalsNeeded has the wrong type"},
}

func TestParseRequestFields(t *testing.T) {
	for _, test := range fieldTests {
		t.Run(test.old+" "+test.want, func(t *testing.T) { checkProblem(t, edited(t, test.old, test.replacement), test.want) })
	}
}

// TestParseRequestKeepsTheName checks that the log can name the execution of a request that is not valid.
func TestParseRequestKeepsTheName(t *testing.T) {
	request, err := ParseRequest([]byte(edited(t, "a-token", "")))
	if err == nil || request.Execution.Name != "release-42" {
		t.Errorf("name = %q, error: %t; want release-42 and an error", request.Execution.Name, err != nil)
	}
}

// TestTokenHides prints a token in every way that a careless line of code might.
func TestTokenHides(t *testing.T) {
	token := Token(secret)
	request := Request{TaskToken: token, Input: json.RawMessage("null")}
	execution := Execution{Status: StatusWaiting, Request: request}
	var jsonLog, textLog strings.Builder
	slog.New(slog.NewJSONHandler(&jsonLog, nil)).Info("token", "token", token, "execution", execution, "request", request)
	slog.New(slog.NewTextHandler(&textLog, nil)).Info("token", "token", token, "execution", execution, "request", request)
	encoded, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	for where, text := range map[string]string{
		"JSON log":   jsonLog.String(),
		"text log":   textLog.String(),
		"JSON":       string(encoded),
		"%v, %s, %q": fmt.Sprintf("%v %s %q", token, token, token),
		"%x":         fmt.Sprintf("%x", token) + tokenPlaceholder,
		"%#v":        fmt.Sprintf("%#v %#v", execution, request),
		"%+v":        fmt.Sprintf("%+v %+v", execution, request),
	} {
		if strings.Contains(text, "S3CRET") || strings.Contains(text, fmt.Sprintf("%x", "S3CRET")) {
			t.Errorf("%s contains the token", where)
		}
		if !strings.Contains(text, tokenPlaceholder) {
			t.Errorf("%s does not contain the placeholder", where)
		}
	}
}

func TestRedact(t *testing.T) {
	cause := fmt.Errorf("value %s, in a link %s: %w", secret, url.QueryEscape(secret), errors.New(secret))
	err := Token(secret).redact(cause)
	if want := "value [task token], in a link [task token]: [task token]"; err == nil || err.Error() != want {
		t.Errorf("the text is not %q", want)
	}
	if errors.Unwrap(err) != nil {
		t.Error("the result wraps an error")
	}
	if err := Token(secret).redact(nil); err != nil {
		t.Error("the result for nil is an error")
	}
	if err := Token("").redact(cause); !errors.Is(err, cause) || Token("").hide(secret) != secret {
		t.Error("an empty token changes the error")
	}
}
