package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
)

const objectInput = `{"subject":"Release 1.4.2","key":"value"}`

func TestApprove(t *testing.T) {
	tests := map[string]string{
		"object": objectInput, "array": `[]`, "string": `"text"`, "null": `null`,
		"number": `12345678901234567890.50`, "white space": "{ \"key\":\n[ 1 ] }",
		"large": `{"text":"` + strings.Repeat("é<&>", 34_000) + `"}`, // 200 KiB
	}
	for name, input := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { testApprove(t, input) })
		})
	}
}

func testApprove(t *testing.T, input string) {
	r := start(t)
	arn := r.startExecution(input)
	link := r.link(r.email(arn), approval.Approve)
	answer := r.click(http.MethodGet, link, http.StatusOK)
	if want := "{\"message\":\"Workflow approved successfully\"}\n"; answer.body != want {
		t.Errorf("body = %s, want %s", answer.body, want)
	}
	got := r.describeEnded(arn)
	if got.Status != types.ExecutionStatusSucceeded || aws.ToString(got.Input) != input {
		t.Fatalf("status = %s, error %s", got.Status, aws.ToString(got.Error))
	}
	checkApprovedOutput(t, *got.Output, input, "approver@example.com")
	if again := r.click(http.MethodGet, link, http.StatusConflict); !strings.Contains(again.body, "approved before") {
		t.Errorf("second click: %s", again.body)
	}
	r.checkNoSecrets()
}

// checkApprovedOutput checks that the output of an execution contains its input and the approvers' records in their order.
func checkApprovedOutput(t *testing.T, text, input string, approvers ...string) {
	t.Helper()
	var output struct {
		Input     json.RawMessage
		Approvals []approval.Record
	}
	if err := json.Unmarshal([]byte(text), &output); err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	if err := json.Compact(&want, []byte(input)); err != nil {
		t.Fatal(err)
	}
	if string(output.Input) != want.String() {
		t.Errorf("output.input = %.200s, want %.200s", output.Input, want.String())
	}
	var got []string
	for _, record := range output.Approvals {
		got = append(got, record.Approver)
		if record.DecidedAt.IsZero() || record.SourceIP != "127.0.0.1" {
			t.Errorf("record = %+v", record)
		}
	}
	if diff := cmp.Diff(approvers, got); diff != "" {
		t.Errorf("approvers in output.approvals (-want +got):\n%s", diff)
	}
}

func TestReject(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t)
		arn := r.startExecution(objectInput)
		email := r.email(arn)
		if email.To != "approver@example.com" || email.Subject != "Approval requested: Release 1.4.2 [approval-workflow]" {
			t.Errorf("e-mail to %s with the subject %s", email.To, email.Subject)
		}
		r.click(http.MethodPost, r.link(email, approval.Reject), http.StatusOK)
		got := r.describeEnded(arn)
		if got.Status != types.ExecutionStatusFailed || aws.ToString(got.Error) != "Rejected" || got.Output != nil {
			t.Errorf("status = %s, error %s, output %v", got.Status, aws.ToString(got.Error), got.Output)
		}
		var record approval.Record
		if err := json.Unmarshal([]byte(*got.Cause), &record); err != nil {
			t.Fatal(err)
		}
		if record.Approver != "approver@example.com" || record.SourceIP != "127.0.0.1" {
			t.Errorf("cause = %s", *got.Cause)
		}
		again := r.click(http.MethodGet, r.link(email, approval.Approve), http.StatusConflict)
		if !strings.Contains(again.body, "rejected before") {
			t.Errorf("second click: %s", again.body)
		}
	})
}

func TestConfirm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, "-confirm")
		arn := r.startExecution(objectInput)
		email := r.email(arn)
		if !strings.Contains(email.Body, "ask you to confirm") {
			t.Error("the e-mail does not say that the links ask")
		}
		link := r.link(email, approval.Reject)
		page := r.request(http.MethodGet, link, http.Header{"Accept": {"text/html"}})
		if page.status != http.StatusOK || !strings.Contains(page.body, `<form method="post">`) {
			t.Fatalf("answer = %d %s, want %d with a form", page.status, page.body, http.StatusOK)
		}
		r.click(http.MethodGet, link, http.StatusMethodNotAllowed)
		if got := r.describe(arn).Status; got != types.ExecutionStatusRunning {
			t.Errorf("before the button is pressed, the status is %s", got)
		}
		r.click(http.MethodPost, link, http.StatusOK)
		if got := r.describeEnded(arn); aws.ToString(got.Error) != "Rejected" {
			t.Errorf("error = %s, want Rejected", aws.ToString(got.Error))
		}
		r.click(http.MethodGet, link, http.StatusConflict)
		r.checkNoSecrets()
	})
}
