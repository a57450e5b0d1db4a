package approval

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestValidName(t *testing.T) {
	tests := map[string]bool{
		"release-42": true, "a_b.c!(d)+e=@f'": true, "承認": true, strings.Repeat("x", 80): true,
		"": false, strings.Repeat("x", 81): false, "a b": false, "a\nb": false, "a/b": false, "a:b": false,
		"a\x85b": false, "\xff": false, "a\u0085b": false, "a\ufffeb": false, "a\U0010ffffb": false, "a*b": false, "a<b": false,
	}
	for name, want := range tests {
		if got := ValidName(name); got != want {
			t.Errorf("ValidName(%q) = %t, want %t", name, got, want)
		}
	}
}

func TestStateMachineName(t *testing.T) {
	for executionARN, want := range map[string]string{
		"arn:aws:states:eu-west-1:123456789012:execution:approval-workflow:release-42": "approval-workflow",
		"arn:aws-cn:states:cn-north-1:1:execution:sm:x":                                "sm",
		"arn:aws:states:eu-west-1:1:stateMachine:sm":                                   "",
		"arn:aws:states:eu-west-1:1:stateMachine:sm:x":                                 "",
		"arn:aws:states:eu-west-1:1:execution:sm":                                      "",
		"arn:aws:states:eu-west-1:1:execution:sm:x:y":                                  "",
		"arn:aws:lambda:eu-west-1:1:execution:sm:x":                                    "",
		"urn:aws:states:eu-west-1:1:execution:sm:x":                                    "",
		"": "",
	} {
		got, err := stateMachineName(executionARN)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("stateMachineName(%q) = %q, %v, want %q", executionARN, got, err, want)
		}
	}
}

func TestConsoleURL(t *testing.T) {
	tests := []struct{ arn, want string }{ // want is the domain and the page, or empty
		{"aws:states:us-east-1:1:stateMachine:sm", "console.aws.amazon.com/statemachines/view/"},
		{"aws:states:eu-west-1:1:execution:sm:x", "console.aws.amazon.com/v2/executions/details/"},
		{"aws-cn:states:cn-north-1:1:execution:sm:x", "console.amazonaws.cn/v2/executions/details/"},
		{"aws-us-gov:states:us-gov-west-1:1:execution:sm:x", "console.amazonaws-us-gov.com/v2/executions/details/"},
		{"aws-eusc:states:eusc-de-east-1:1:stateMachine:sm", "console.amazonaws-eusc.eu/statemachines/view/"},
		{"aws-unheard-of:states:mars-1:1:execution:sm:x", ""},
		{"aws-iso:states:us-iso-east-1:1:stateMachine:sm", ""},
		{"aws:states:eu-west-1:1:activity:a", ""},
		{"aws:sns:eu-west-1:1:execution:sm:x", ""},
		{"", ""},
	}
	for _, test := range tests {
		want := ""
		if domain, page, found := strings.Cut(test.want, "/"); found {
			region := strings.Split(test.arn, ":")[2]
			want = "https://" + region + "." + domain + "/states/home?region=" + region + "#/" + page + "arn:" + test.arn
		}
		if got := ConsoleURL("arn:" + test.arn); got != want {
			t.Errorf("ConsoleURL(arn:%s) = %q, want %q", test.arn, got, want)
		}
	}
	if got := ConsoleURL("x"); got != "" {
		t.Errorf("ConsoleURL(x) = %q, want nothing", got)
	}
}

func TestNewRecord(t *testing.T) {
	now := TestStart.Add(1_234_567_890 * time.Nanosecond).In(time.FixedZone("", 3600))
	got, err := newRecord(Click{
		Link:      Link{Approver: "jo@example.com", SentAt: TestStart.Add(-41 * time.Second)},
		Decision:  Approve,
		Reason:    "\r\n Looks <good>.\r\nGo!\rNow\xff ",
		SourceIP:  "203.0.113.7",
		UserAgent: strings.Repeat("é", 128) + "x",
	}, now)
	want := Record{
		Approver:   "jo@example.com",
		DecidedAt:  TestStart.Add(1_234_567 * time.Microsecond),
		Reason:     "Looks <good>.\nGo!\nNow\ufffd",
		SourceIP:   "203.0.113.7",
		UserAgent:  strings.Repeat("é", 128),
		AgeSeconds: 42,
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("record (-want +got), %v:\n%s", err, diff)
	}
	if got.DecidedAt.Location() != time.UTC {
		t.Errorf("decidedAt is in %s, want UTC", got.DecidedAt.Location())
	}
}

// TestAge checks that the age of a decision is not absurd for any link that is accepted, and never negative.
func TestAge(t *testing.T) {
	for sent, want := range map[time.Time]int64{
		TestStart.Add(-41999 * time.Millisecond): 41, TestStart: 0, TestStart.Add(time.Second): 0, time.Unix(-1<<62, 0): 9_223_372_036,
		time.Unix(0, 0): TestStart.Unix(), time.Unix(lastSecond, 0): 0,
	} {
		record, err := newRecord(Click{Link: Link{SentAt: sent}}, TestStart)
		if err != nil || record.AgeSeconds != want {
			t.Errorf("sent at %s: age = %d, error %v, want %d", sent.UTC(), record.AgeSeconds, err, want)
		}
	}
}

// TestHasApproved checks whose approval counts in a view.
func TestHasApproved(t *testing.T) {
	view := View{Approvals: []Record{{Approver: "jo@example.com"}, {Approver: "Ed@example.com"}}, Rejection: &Record{Approver: "al@example.com"}}
	tests := map[string]bool{
		"jo@example.com": true, "JO@EXAMPLE.COM": true, "ed@example.com": true, "al@example.com": false, "jo@example.co": false, "": false,
	}
	for approver, want := range tests {
		view.Approver = approver
		if got := view.HasApproved(); got != want {
			t.Errorf("HasApproved() of %q = %t, want %t", approver, got, want)
		}
	}
}

// fillers are characters that take much room in JSON.
var fillers = []string{"\x01", "<", `"`, "\u2028", "\U0001f600", "\xff", "\x7f"}

// largestRecord returns a record that is as large as a client and an approver can make it.
func largestRecord(t *testing.T, filler string) Record {
	t.Helper()
	record, err := newRecord(Click{
		Link: Link{
			Approver: strings.Repeat("é", maxLocalPart/2) + "@" + strings.Repeat("é", 93) + "x.x",
			SentAt:   time.Unix(-1<<62, 0),
		},
		Decision:  Approve,
		Reason:    "x" + strings.Repeat(filler, MaxReason-2) + "x",
		SourceIP:  "2001:0db8:85a3:0000:0000:8a2e:0370:7334",
		UserAgent: strings.Repeat(filler, 10_000),
	}, TestStart.Add(time.Microsecond))
	if err != nil {
		t.Fatal(err)
	}
	return record
}

// largestRequest returns the payload of a task with the largest input beside that many of the largest records.
func largestRequest(needed, approvals int, record Record) Request {
	request := RequestWith(`"` + strings.Repeat("x", 262_144-8_192*needed-2) + `"`)
	request.TaskToken = Token(strings.Repeat("x", maxTokenLength))
	request.Execution.Name = strings.Repeat("\U0001f600", 80)
	request.Execution.ARN = fmt.Sprintf("arn:aws-us-gov:states:us-gov-west-1:123456789012:execution:%s:%[1]s", request.Execution.Name)
	request.Execution.StartedAt = TestStart.Add(time.Millisecond)
	request.Schedule = Schedule{IntervalSeconds: 31_449_600, PauseSeconds: 1, Reminders: MaxReminders}
	request.RetryCount, request.ApprovalsNeeded = 1000, needed
	for range approvals {
		request.Approvals = append(request.Approvals, record)
	}
	return request
}

// TestRecordsFit checks that every request that was sent can also be approved, by as many as are needed: a state passes on
// at most 262,144 bytes. Its payload has the task token in full. It can also be rejected: the cause of an error has at most
// 32,768 characters. https://docs.aws.amazon.com/step-functions/latest/apireference/API_ExecutionFailedEventDetails.html
func TestRecordsFit(t *testing.T) {
	for _, filler := range fillers {
		record := largestRecord(t, filler)
		if size := encodedSize(t, record); size > 32_768 {
			t.Errorf("a record full of %q has %d bytes", filler, size)
		}
		for _, needed := range []int{1, 2, 10, MaxApprovals} {
			request := largestRequest(needed, needed-1, record)
			if problems := request.problems(); len(problems) > 0 {
				t.Errorf("%d approvals full of %q: the request is refused: %.200s", needed, filler, problems)
			}
			if size := encodedSize(t, request) + maxTokenLength; size > maxState {
				t.Errorf("%d approvals full of %q give a payload of %d bytes", needed, filler, size)
			}
			result := newResult(request.Approvals, needed, Approve, record)
			output := map[string]any{"input": request.Input, "approvals": result.Approvals}
			if size := encodedSize(t, output); size > maxState || result.Status != Approve.Status {
				t.Errorf("%d approvals full of %q give an output of %d bytes", needed, filler, size)
			}
		}
	}
}

// encodedSize returns the size of a value as Step Functions writes it, which does not escape < and >.
func encodedSize(t *testing.T, value any) int {
	t.Helper()
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		t.Fatal(err)
	}
	return text.Len()
}

// TestResultLeavesTheRequest checks that a result does not write into the list of the request, which two clicks may share.
func TestResultLeavesTheRequest(t *testing.T) {
	request := RequestWith("{}")
	request.Approvals = make([]Record, 1, 2)
	newResult(request.Approvals, 1, Approve, Record{Approver: "jo@example.com"})
	if got := request.Approvals[:2][1]; got != (Record{}) {
		t.Errorf("the list of the request continues with %+v", got)
	}
}

func waiting(approvals ...Record) Execution {
	execution := Execution{Status: StatusWaiting, Request: RequestWith(`{"subject":"Release 1.4.2"}`), AskedAt: TestStart.Add(time.Hour)}
	execution.Request.Approvals, execution.Request.ApprovalsNeeded = approvals, 3
	return execution
}

// ended returns an execution that has ended with a state, an error and its cause, or an output.
func ended(status Status, name, text string, approvals ...Record) Execution {
	execution := waiting(approvals...)
	execution.Status, execution.Error, execution.Cause = status, name, text
	if status == StatusSucceeded {
		execution.Output, execution.Cause = text, ""
	}
	return execution
}

// The records of decisions and their JSON.
var (
	joApproved = Record{Approver: "jo@example.com", DecidedAt: TestStart, SourceIP: "203.0.113.7"}
	edApproved = Record{Approver: "ed@example.com", DecidedAt: TestStart, SourceIP: "203.0.113.7"}
)

const (
	joJSON      = `{"approver":"jo@example.com","decidedAt":"2026-11-22T09:30:05Z","sourceIp":"203.0.113.7"}`
	earlierJSON = `{"approver":"jo@example.com","decidedAt":"2026-11-22T09:30:04.999999Z","sourceIp":"203.0.113.7"}`
)

// TestContains checks which executions keep the very decision of a click.
func TestContains(t *testing.T) {
	elsewhere, inAnotherZone := joApproved, joApproved
	elsewhere.SourceIP = "203.0.113.8"
	inAnotherZone.DecidedAt = TestStart.In(time.FixedZone("", 3600))
	tests := []struct {
		name            string
		execution       Execution
		approve, reject bool
	}{
		{"waits, nobody has decided", waiting(), false, false},
		{"waits with another approval", waiting(edApproved), false, false},
		{"waits with an approval from elsewhere", waiting(elsewhere), false, false},
		{"waits with the approval", waiting(joApproved), true, false},
		{"waits with the approval in another zone", waiting(inAnotherZone), true, false},
		{"waits with another one after the approval", waiting(joApproved, edApproved), true, false},
		{"approved", ended(StatusSucceeded, "", `{"input":{},"approvals":[`+joJSON+`]}`), true, false},
		{"approved by an earlier click", ended(StatusSucceeded, "", `{"input":{},"approvals":[`+earlierJSON+`]}`), false, false},
		{"approval in the input", ended(StatusSucceeded, "", `{"input":{"approvals":[`+joJSON+`]},"approvals":[]}`), false, false},
		{"output without approvals", ended(StatusSucceeded, "", `{"input":{}}`), false, false},
		{"output that is text", ended(StatusSucceeded, "", `"text"`), false, false},
		{"output that is not JSON", ended(StatusSucceeded, "", `approvals`), false, false},
		{"rejected", ended(StatusFailed, "Rejected", joJSON), false, true},
		{"rejected by an earlier click", ended(StatusFailed, "Rejected", earlierJSON), false, false},
		{"failed otherwise with the same cause", ended(StatusFailed, "Undecided", joJSON), false, false},
		{"cause that is not JSON", ended(StatusFailed, "Rejected", "no"), false, false},
		{"stopped with the same cause", ended(StatusAborted, "Rejected", joJSON), false, false},
		{"rejected after the approval", ended(StatusFailed, "Rejected", earlierJSON, joApproved), false, false},
		{"expired after the approval", ended(StatusFailed, "Expired", "", joApproved), false, false},
	}
	for _, test := range tests {
		approve, reject := test.execution.contains(Approve, joApproved), test.execution.contains(Reject, joApproved)
		if approve != test.approve || reject != test.reject {
			t.Errorf("%s: contains the approval: %t, the rejection: %t, want %t and %t", test.name, approve, reject, test.approve, test.reject)
		}
	}
}

// linkOf returns jo's link for the execution of [RequestWith].
func linkOf() Link {
	return Link{
		Execution: ExecutionRef{StateMachine: "approval-workflow", Name: "release-42", StartedAt: TestStart}, Approver: "jo@example.com",
	}
}

// requested changes an execution to one that jo requests.
func requested(e Execution) Execution {
	e.Request.Input = json.RawMessage(`{"requester":"Jo <JO@example.com>"}`)
	return e
}

// started changes an execution to one that starts so much later.
func started(later time.Duration, e Execution) Execution {
	e.Request.Execution.StartedAt = TestStart.Add(later)
	return e
}

var refusalTests = []struct {
	name            string
	execution       Execution
	approve, reject Code
}{
	{"waits", waiting(), "", ""},
	{"waits with another approval", waiting(edApproved), "", ""},
	{"waits with the own approval", waiting(edApproved, joApproved), CodeAlreadyCounted, ""},
	{"in another case", waiting(Record{Approver: "JO@example.com"}), CodeAlreadyCounted, ""},
	{"waits for others", requested(waiting()), CodeRequester, CodeRequester},
	{"moves", ended(StatusMoving, "", ""), CodeClosed, CodeClosed},
	{"approved", ended(StatusSucceeded, "", "{}"), CodeAlreadyApproved, CodeAlreadyApproved},
	{"rejected", ended(StatusFailed, "Rejected", ""), CodeAlreadyRejected, CodeAlreadyRejected},
	{"rejected after the own approval", ended(StatusFailed, "Rejected", "", joApproved), CodeAlreadyRejected, CodeAlreadyRejected},
	{"the requester's, rejected", requested(ended(StatusFailed, "Rejected", "")), CodeAlreadyRejected, CodeAlreadyRejected},
	{"expired", ended(StatusFailed, "Expired", ""), CodeExpired, CodeExpired},
	{"timed out", ended(StatusTimedOut, "", ""), CodeExpired, CodeExpired},
	{"stopped", ended(StatusAborted, "", ""), CodeStopped, CodeStopped},
	{"stopped as if rejected", ended(StatusAborted, "Rejected", ""), CodeStopped, CodeStopped},
	{"stopped as if expired", ended(StatusAborted, "Expired", ""), CodeStopped, CodeStopped},
	{"not sent", ended(StatusFailed, "NotSent", ""), CodeClosed, CodeClosed},
	{"undecided", ended(StatusFailed, "Undecided", `"Rejected"`), CodeClosed, CodeClosed},
	{"failed without an error", ended(StatusFailed, "", ""), CodeClosed, CodeClosed},
	{"pending redrive", ended("PENDING_REDRIVE", "Rejected", ""), CodeClosed, CodeClosed},
	{"no state", ended("", "", ""), CodeClosed, CodeClosed},
	{"later one with the name", started(time.Millisecond, waiting()), CodeClosed, CodeClosed},
	{"earlier one with the name", started(-time.Millisecond, ended(StatusSucceeded, "", "{}")), CodeClosed, CodeClosed},
	{"more precise start", started(400*time.Microsecond, waiting()), "", ""},
}

func TestRefusal(t *testing.T) {
	for _, test := range refusalTests {
		for decision, want := range map[Decision]Code{Approve: test.approve, Reject: test.reject} {
			err := test.execution.Refusal(linkOf(), decision)
			if got := CodeOf(err); got != want || (err == nil) != (want == "") {
				t.Errorf("%s: Refusal(%s) has the code %q, want %q", test.name, decision.Verb, got, want)
			}
		}
	}
}

// TestView checks what an approver sees of a request in each state.
func TestView(t *testing.T) {
	both := []Record{edApproved, joApproved}
	tests := []struct {
		name      string
		execution Execution
		approvals []Record
		rejected  bool
		missing   int
	}{
		{"waits", waiting(), nil, false, 3},
		{"waits after approvals", waiting(both...), both, false, 1},
		{"moves", ended(StatusMoving, "", "", both...), both, false, 1},
		{"approved", ended(StatusSucceeded, "", `{"approvals":[`+joJSON+`,`+joJSON+`,`+joJSON+`,`+joJSON+`]}`, both...),
			[]Record{joApproved, joApproved, joApproved, joApproved}, false, 0},
		{"rejected after an approval", ended(StatusFailed, "Rejected", joJSON, edApproved), []Record{edApproved}, true, 2},
		{"rejected without a record", ended(StatusFailed, "Rejected", "{}"), nil, false, 3},
		{"expired", ended(StatusFailed, "Expired", joJSON, edApproved), []Record{edApproved}, false, 2},
		{"stopped as if rejected", ended(StatusAborted, "Rejected", joJSON), nil, false, 3},
		{"stopped", ended(StatusAborted, "", "Typo\r\n\u202e"), nil, false, 3},
	}
	for _, test := range tests {
		want := View{
			StateMachine: "approval-workflow", Execution: "release-42", Subject: "Release 1.4.2", Approver: "jo@example.com",
			Input: test.execution.Request.Input, Approvals: test.approvals, ApprovalsNeeded: 3,
		}
		if test.rejected {
			want.Rejection = &joApproved
		}
		if test.execution.Status == StatusAborted {
			want.Withdrawal = strings.NewReplacer("\r\n", "\n", "\u202e", `\u202e`).Replace(test.execution.Cause)
		}
		if test.execution.Status == StatusWaiting {
			want.Expires = TestStart.Add(25 * time.Hour)
		}
		got := viewOf(test.execution, linkOf())
		if diff := cmp.Diff(want, got); diff != "" || got.Missing() != test.missing {
			t.Errorf("%s: %d missing, want %d; view (-want +got):\n%s", test.name, got.Missing(), test.missing, diff)
		}
	}
	if diff := cmp.Diff(View{Approver: "jo@example.com"}, viewOf(started(time.Millisecond, waiting(joApproved)), linkOf())); diff != "" {
		t.Errorf("view of another execution (-want +got):\n%s", diff)
	}
}

func viewOf(execution Execution, link Link) View {
	return execution.view(link, execution.Request.details())
}

// TestViewOfInput checks that the requester's text cannot hide what is decided, that an approver sees all of a long message,
// and nothing of what is wrong.
func TestViewOfInput(t *testing.T) {
	long := strings.Repeat("x", 250_000)
	tests := []struct {
		input string
		want  View
	}{
		{`{"subject": " Release\r\n\n 1.4.2\u202e\u0007 ", "message": "a\r\nb\rc\td\u2066\u2028<b>&amp;",
			"requester": " Ann\u202e\t<ann@example.com>\uffff", "review": "https://example.com/?a=<b>", "review": " https://example.com/?a=b&c "}`,
			View{Subject: `Release 1.4.2\u202e\u0007`, Message: "a\nb\nc" + `\u0009d\u2066\u2028<b>&amp;`,
				Requester: `Ann\u202e\u0009<ann@example.com>\uffff`, Review: "https://example.com/?a=b&c"}},
		{`{"message":"` + long + `"}`, View{Message: long}},
		{`{"subject": 5, "message": {}, "review": "javascript:alert(1)", "requester": "a\nb"}`, View{}},
		{`{"Subject": "x", "MESSAGE": "y"}`, View{}}, {`null`, View{}}, {`5`, View{}}, {`"text"`, View{}}, {`[]`, View{}},
	}
	for _, test := range tests {
		execution, link := waiting(), linkOf()
		execution.Request.Input, link.Approver = json.RawMessage(test.input), "j\u202eo@example.com"
		link.Execution.StateMachine, link.Execution.Name = "\u202esm", "release-\u202e42"
		test.want.StateMachine, test.want.Execution, test.want.Approver = `\u202esm`, `release-\u202e42`, `j\u202eo@example.com`
		test.want.Input, test.want.ApprovalsNeeded, test.want.Expires = execution.Request.Input, 3, TestStart.Add(25*time.Hour)
		if diff := cmp.Diff(test.want, viewOf(execution, link)); diff != "" {
			t.Errorf("input %.200s: view (-want +got):\n%s", test.input, diff)
		}
	}
}
