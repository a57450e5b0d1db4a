package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/local/stepfunctions"
)

const sentence = `{"subject":"Release 1.4.2","key":"value"}`

func TestApprove(t *testing.T) {
	large := `{"text":"` + strings.Repeat("é<&>", 34_000) + `"}` // 200 KiB
	tests := map[string]string{
		"object": sentence, "array": `[]`, "string": `"text"`, "null": `null`,
		"number": `12345678901234567890.50`, "white space": "{ \"key\":\n[ 1 ] }", "large": large,
	}
	r := start(t)
	for name, input := range tests {
		t.Run(name, func(t *testing.T) {
			arn := r.begin(input)
			link := r.link(r.email(arn), "approve")
			answer := r.click(http.MethodGet, link, http.StatusOK)
			if want := "{\"message\":\"Workflow approved successfully\"}\n"; answer.body != want {
				t.Errorf("body %s", answer.body)
			}
			got := r.ended(arn)
			if got.Status != types.ExecutionStatusSucceeded || aws.ToString(got.Input) != input {
				t.Fatalf("status %s, error %s", got.Status, aws.ToString(got.Error))
			}
			var output struct{ Input, Approval json.RawMessage }
			if err := json.Unmarshal([]byte(*got.Output), &output); err != nil {
				t.Fatal(err)
			}
			var want bytes.Buffer
			if err := json.Compact(&want, []byte(input)); err != nil {
				t.Fatal(err)
			}
			if string(output.Input) != want.String() {
				t.Errorf("output.input %.200s, want %.200s", output.Input, want.String())
			}
			if !strings.Contains(string(output.Approval), `"status":"approved"`) {
				t.Errorf("output.approval %s", output.Approval)
			}
			if again := r.click(http.MethodGet, link, http.StatusConflict); !strings.Contains(again.body, "approved before") {
				t.Errorf("second click: %s", again.body)
			}
		})
	}
	r.wantNoToken()
}

func TestReject(t *testing.T) {
	r := start(t)
	arn := r.begin(sentence)
	email := r.email(arn)
	if email.To != "approver@example.com" || email.Subject != "Approval requested: Release 1.4.2" {
		t.Errorf("e-mail to %s: %s", email.To, email.Subject)
	}
	r.click(http.MethodPost, r.link(email, "reject"), http.StatusOK)
	got := r.ended(arn)
	if got.Status != types.ExecutionStatusFailed || aws.ToString(got.Error) != "Rejected" || got.Output != nil {
		t.Errorf("status %s, error %s, output %v", got.Status, aws.ToString(got.Error), got.Output)
	}
	var record struct{ Status, SourceIP string }
	if err := json.Unmarshal([]byte(*got.Cause), &record); err != nil {
		t.Fatal(err)
	}
	if record.Status != "rejected" || record.SourceIP != "127.0.0.1" {
		t.Errorf("cause %s", *got.Cause)
	}
	if again := r.click(http.MethodGet, r.link(email, "approve"), http.StatusConflict); !strings.Contains(again.body, "rejected before") {
		t.Errorf("second click: %s", again.body)
	}
}

func TestConfirm(t *testing.T) {
	r := start(t, "-confirm")
	arn := r.begin(sentence)
	email := r.email(arn)
	if !strings.Contains(email.Body, "ask you to confirm") {
		t.Error("the e-mail does not say that the links ask")
	}
	link := r.link(email, "reject")
	browser := http.Header{"Accept": {"text/html"}}
	page := r.request(http.MethodGet, link, browser)
	if page.status != http.StatusOK || !strings.Contains(page.body, `<form method="post">`) {
		t.Fatalf("answer %d %s", page.status, page.body)
	}
	r.click(http.MethodGet, link, http.StatusMethodNotAllowed)
	if got := r.describe(arn).Status; got != types.ExecutionStatusRunning {
		t.Errorf("the execution is %s before the button was pressed", got)
	}
	r.click(http.MethodPost, link, http.StatusOK)
	if got := r.ended(arn); aws.ToString(got.Error) != "Rejected" {
		t.Errorf("error %s", aws.ToString(got.Error))
	}
	r.wantNoToken()
}

func TestExpiry(t *testing.T) {
	r := start(t, "-timeout", "1s")
	arn := r.begin(sentence)
	link := r.link(r.email(arn), "approve")
	if got := r.ended(arn); got.Status != types.ExecutionStatusFailed || aws.ToString(got.Error) != "Expired" {
		t.Errorf("status %s, error %s", got.Status, aws.ToString(got.Error))
	}
	r.click(http.MethodGet, link, http.StatusGone)
	r.wantNoToken()
}

func TestReminder(t *testing.T) {
	r := start(t, "-timeout", "9s", "-reminders", "1") // four seconds for each e-mail
	arn := r.begin(sentence)
	first := r.email(arn)
	r.poll(func() bool { return len(r.emails()) == 2 })
	reminder := r.emails()[1]
	if reminder.Subject != "Reminder 1 of 1: approval requested: Release 1.4.2" {
		t.Errorf("subject %s", reminder.Subject)
	}
	r.click(http.MethodGet, r.link(reminder, "approve"), http.StatusOK)
	if got := r.ended(arn); got.Status != types.ExecutionStatusSucceeded {
		t.Errorf("status %s, error %s", got.Status, aws.ToString(got.Error))
	}
	r.click(http.MethodGet, r.link(first, "reject"), http.StatusConflict)
	r.wantNoToken()
}

func TestStop(t *testing.T) {
	r := start(t)
	arn := r.begin(sentence)
	link := r.link(r.email(arn), "approve")
	if _, err := r.sfn.StopExecution(t.Context(), &sfn.StopExecutionInput{
		ExecutionArn: &arn, Cause: aws.String("superseded"),
	}); err != nil {
		t.Fatal(err)
	}
	r.click(http.MethodGet, link, http.StatusGone)
	if got := r.describe(arn); got.Status != types.ExecutionStatusAborted || aws.ToString(got.Cause) != "superseded" {
		t.Errorf("status %s, cause %s", got.Status, aws.ToString(got.Cause))
	}
}

// TestLargestInput: what can be asked about can also be approved, whatever the approver and the browser write. What is
// larger is refused before anyone is asked.
func TestLargestInput(t *testing.T) {
	const largest = 262_144 - 8_192 // bytes
	r := start(t)
	arn := r.begin(`"` + strings.Repeat("x", largest-2) + `"`)
	got := r.request(http.MethodGet, r.link(r.email(arn), "approve"), http.Header{"User-Agent": {strings.Repeat(`"`, 1000)}})
	if end := r.ended(arn); got.status != http.StatusOK || end.Status != types.ExecutionStatusSucceeded {
		t.Errorf("answer %d, status %s, error %s", got.status, end.Status, aws.ToString(end.Error))
	}
	end := r.ended(r.begin(`"` + strings.Repeat("x", largest-1) + `"`))
	if aws.ToString(end.Error) != "NotSent" || !strings.Contains(aws.ToString(end.Cause), "no room for the decision") {
		t.Errorf("a larger input: error %s, cause %s", aws.ToString(end.Error), aws.ToString(end.Cause))
	}
}

func TestWrongRequestsDecideNothing(t *testing.T) {
	r := start(t)
	arn := r.begin(sentence)
	link := r.link(r.email(arn), "approve")
	token := url.Values{"token": {strings.Repeat("x", 100)}}.Encode()
	_, query, _ := strings.Cut(link, "?")
	tests := []struct {
		name, method, address string
		header                http.Header
		want                  int
	}{
		{"HEAD", http.MethodHead, link, nil, http.StatusMethodNotAllowed},
		{"DELETE", http.MethodDelete, link, nil, http.StatusMethodNotAllowed},
		{"send-request", http.MethodGet, r.address + "/send-request?" + query, nil, http.StatusNotFound},
		{"posted send-request", http.MethodPost, r.address + "/send-request", nil, http.StatusNotFound},
		{"unknown path", http.MethodGet, r.address + "/approved?" + query, nil, http.StatusNotFound},
		{"unclean path", http.MethodGet, r.address + "//approve?" + query, nil, http.StatusNotFound},
		{"posted root", http.MethodPost, r.address + "/", nil, http.StatusNotFound},
		{"no token", http.MethodGet, r.address + "/approve", nil, http.StatusBadRequest},
		{"unknown token", http.MethodGet, r.address + "/approve?" + token, nil, http.StatusBadRequest},
		{"token twice", http.MethodGet, link + "&" + query, nil, http.StatusBadRequest},
		{"damaged link", http.MethodGet, link + "&x=%zz", nil, http.StatusBadRequest},
		{"large request", http.MethodGet, link, http.Header{"X-Large": {strings.Repeat("x", 10_240)}},
			http.StatusRequestHeaderFieldsTooLarge},
		{"other host", http.MethodGet, link, http.Header{"Host": {"evil.example"}}, http.StatusForbidden},
		{"other origin", http.MethodPost, r.address + "/", http.Header{"Origin": {"https://evil.example"}}, http.StatusForbidden},
		{"other site", http.MethodPost, r.address + "/", http.Header{"Sec-Fetch-Site": {"cross-site"}}, http.StatusForbidden},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := r.request(test.method, test.address, test.header); got.status != test.want {
				t.Errorf("status %d, want %d: %s", got.status, test.want, got.body)
			}
			if got := r.describe(arn).Status; got != types.ExecutionStatusRunning {
				t.Errorf("the execution is %s", got)
			}
		})
	}
	r.click(http.MethodGet, link, http.StatusOK)
	r.click(http.MethodGet, link, http.StatusConflict)
	r.click(http.MethodGet, strings.Replace(link, "started=", "started=1", 1), http.StatusGone)
	r.wantNoToken()
	for _, outcome := range []string{"requested", "approved", "AlreadyApproved", "Closed", "InvalidToken", "MethodNotAllowed", "NotFound"} {
		if !strings.Contains(r.log.String(), `"outcome":"`+outcome+`"`) {
			t.Errorf("the log has no line of %s", outcome)
		}
	}
}

// TestClientErrors: the SDK knows the errors by its own types.
func TestClientErrors(t *testing.T) {
	r := start(t)
	machine := aws.String(stepfunctions.StateMachineARN)
	_, err := r.sfn.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: machine, Input: aws.String("{")})
	if !errors.As(err, new(*types.InvalidExecutionInput)) {
		t.Errorf("no JSON: %v", err)
	}
	_, err = r.sfn.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: machine, Name: aws.String("a b")})
	if !errors.As(err, new(*types.InvalidName)) {
		t.Errorf("name: %v", err)
	}
	_, err = r.sfn.DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{
		ExecutionArn: aws.String("arn:aws:states:us-east-1:000000000000:execution:approval-workflow:none"),
	})
	if !errors.As(err, new(*types.ExecutionDoesNotExist)) {
		t.Errorf("execution: %v", err)
	}
}

func TestListAndMailboxOrder(t *testing.T) {
	r := start(t)
	if got := r.emails(); got == nil || len(got) != 0 {
		t.Errorf("the mailbox begins as %v, want an empty list", got)
	}
	first := r.begin(`1`)
	r.email(first)
	second := r.begin(`2`)
	r.email(second)
	out, err := r.sfn.ListExecutions(t.Context(), &sfn.ListExecutionsInput{
		StateMachineArn: aws.String(stepfunctions.StateMachineARN),
	})
	if err != nil {
		t.Fatal(err)
	}
	var arns []string
	for _, e := range out.Executions {
		arns = append(arns, *e.ExecutionArn)
	}
	if diff := cmp.Diff([]string{second, first}, arns); diff != "" {
		t.Errorf("executions (-want +got):\n%s", diff)
	}
	if emails := r.emails(); len(emails) != 2 || emails[1] != r.email(second) {
		t.Errorf("the newest e-mail is not the last of %d", len(emails))
	}
}
