package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"approval-workflow/handler/awstest"

	"github.com/google/go-cmp/cmp"
)

// asked are the replacements that make a recorded request one that asks a group.
func asked(group string) []string {
	return []string{
		`\"change\":\"CHG-7\"`, `\"group\":\"` + group + `\"`,
		`\"approvalsNeeded\":`, `\"groups\":{\"dba\":2,\"gone\":1},\"approvalsNeeded\":`,
	}
}

func filledAWS(t *testing.T) *fakeAWS {
	f := newAWS(t)
	f.add("group", "waiting", asked("dba")...)
	f.add("group-one", "waiting-after-approval", append(asked("dba"), "jo@example.com", "dan@example.com")...)
	f.add("reminded", "waiting-reminded", "Deploy release 42", strings.Repeat("é", 41))
	f.add("between", "between-intervals")
	f.add("deleted-group", "waiting", asked("gone")...)
	f.add("unknown-group", "waiting", asked("none")...)
	f.add("begins\u202e", "empty")
	f.add("ended", "approved")
	return f
}

const table = `OPEN UNTIL               EXECUTION      SUBJECT                                   GROUP  APPROVALS                WAITING FOR
2026-11-23 09:30:04 UTC  group          Deploy release 42                         dba    0 of 2                   sam@example.com, dora@example.com, dan@example.com
2026-11-23 09:30:04 UTC  reminded       ééééééééééééééééééééééééééééééééééééééé…  -      0 of 1                   jo@example.com, sam@example.com
2026-11-23 09:30:04 UTC  deleted-group  Deploy release 42                         gone   0 of 1                   nobody (too few)
2026-11-23 09:30:04 UTC  unknown-group  Deploy release 42                         none   0 of ?                   nobody (too few)
2026-11-23 09:39:59 UTC  group-one      Deploy release 42                         dba    1 of 2: dan@example.com  sam@example.com, dora@example.com
-                        between        Deploy release 42                         -      0 of 1                   (its e-mails are being sent)
-                        begins\u202e   -                                         -      0 of ?                   (its e-mails are being sent)
`

// TestTable lists requests of each kind. An execution that ended after it was listed is not one of them.
func TestTable(t *testing.T) {
	f := filledAWS(t)
	requests, err := f.workflow().open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := writeTable(&got, requests); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(table, got.String()); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
	want := []string{"DescribeStateMachine", "GetFunctionConfiguration", "ListExecutions", "GetExecutionHistory"}
	if diff := cmp.Diff(want, f.calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestTableWithoutRequests(t *testing.T) {
	requests, err := newAWS(t).workflow().open(t.Context())
	var got, encoded bytes.Buffer
	if err := errors.Join(err, writeTable(&got, requests), writeJSON(&encoded, requests)); err != nil {
		t.Fatal(err)
	}
	if got.String() != "No request is open.\n" || encoded.String() != "[]\n" {
		t.Errorf("table = %q, JSON = %q", got.String(), encoded.String())
	}
}

// TestJSON also checks that no output has a task token. The inputs of the test have some.
func TestJSON(t *testing.T) {
	f := filledAWS(t)
	requests, err := f.workflow().open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := writeJSON(&got, requests); err != nil {
		t.Fatal(err)
	}
	tokens := 0
	for _, history := range f.histories {
		for _, event := range history.Events {
			tokens += strings.Count(string(event), token)
		}
	}
	if tokens < 5 || strings.Contains(got.String()+table, token) {
		t.Fatalf("the output contains one of %d task tokens", tokens)
	}
	var decoded []map[string]any
	if err := json.Unmarshal(got.Bytes(), &decoded); err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(decoded, func(r map[string]any) bool { return r["name"] == "group-one" })
	want := map[string]any{
		"name": "group-one", "executionArn": account + "execution:approval-workflow:group-one", "startedAt": "2026-11-22T09:40:02Z",
		"subject": "Deploy release 42", "group": "dba", "approvalsNeeded": 2.0, "openUntil": "2026-11-23T09:39:59.389Z",
		"waitingFor": []any{"sam@example.com", "dora@example.com"},
	}
	if i >= 0 {
		delete(decoded[i], "approvals")
	}
	if diff := cmp.Diff(want, decoded[max(0, i)]); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
}

// TestDamaged checks that a request that cannot be read does not hide the others, and that its token does not come out.
func TestDamaged(t *testing.T) {
	f := newAWS(t)
	f.add("one", "waiting")
	f.add("damaged", "waiting", `\"schedule\":{`, `\"wait\":{`)
	f.add("two", "waiting")
	requests, err := f.workflow().open(t.Context())
	if err == nil || len(requests) != 2 {
		t.Fatalf("%d requests, error %t, want 2 and an error", len(requests), err != nil)
	}
	if text := err.Error(); strings.Contains(text, token) {
		t.Error("the task token came out")
	} else if !strings.HasPrefix(text, "read the history of damaged: event ") || !strings.Contains(text, "schedule is missing") {
		t.Errorf("error = %s", text)
	}
}

// TestRefused checks that the error names the first call that AWS refuses.
func TestRefused(t *testing.T) {
	for operation, want := range map[string]string{
		"DescribeStateMachine": "describe state machine: ", "GetFunctionConfiguration": "get function configuration: ",
		"ListExecutions": "list executions: ", "GetExecutionHistory": "read the history of two: ",
	} {
		f := newAWS(t)
		f.refuse = operation
		f.add("one", "waiting")
		f.add("two", "waiting")
		requests, err := f.workflow().open(t.Context())
		if err == nil || !strings.HasPrefix(err.Error(), want) || !strings.Contains(err.Error(), "AccessDenied") {
			t.Errorf("%s: error = %v, want one that begins with %q", operation, err, want)
		}
		if requests != nil || f.calls[len(f.calls)-1] != operation {
			t.Errorf("%s: %d requests, calls = %v", operation, len(requests), f.calls)
		}
	}
}

// TestOtherWorkflow refuses a state machine and a function of another kind, and says so.
func TestOtherWorkflow(t *testing.T) {
	for want, change := range map[string]func(f *fakeAWS){
		"not that of an approval workflow": func(f *fakeAWS) { f.definition = `{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}` },
		"does not say who approves":        func(f *fakeAWS) { f.environment = nil },
		"function:approval-workflow does ": func(f *fakeAWS) { f.environment["GROUPS"] = `{"":[9]}` },
	} {
		f := newAWS(t)
		change(f)
		if _, err := f.workflow().open(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error = %v, want %q", err, want)
		}
	}
}

// TestPace checks that many requests are read no faster than half of the quota that clicks need too.
func TestPace(t *testing.T) {
	f := newAWS(t)
	for i := range burst + 20 {
		f.add(fmt.Sprint(i), "waiting")
	}
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		requests, err := f.workflow().open(t.Context())
		if err != nil || len(requests) != burst+20 || time.Since(start) != 20*pause {
			t.Errorf("%d requests in %s, error %v", len(requests), time.Since(start), err)
		}
	})
}

func TestCommandLine(t *testing.T) {
	for _, args := range [][]string{
		{}, {""}, {stateMachineARN, stateMachineARN}, {"approval-workflow"}, {"-x", stateMachineARN}, {stateMachineARN, "-json"},
		{awstest.ExecutionARN}, {stateMachineARN + ":1"}, {functionARN}, {account + "stateMachine:"},
	} {
		if err := run(t.Context(), args, io.Discard); !errors.As(err, new(usageError)) {
			t.Errorf("%q: error = %v, want one about the command line", args, err)
		}
	}
	var help bytes.Buffer
	if err := run(t.Context(), []string{"-h"}, &help); err != nil || help.String() != usage+"\n" {
		t.Errorf("help = %q, error %v", help.String(), err)
	}
}

// TestNoCredentials checks the error without credentials, and that the region of the environment does not matter.
func TestNoCredentials(t *testing.T) {
	for _, name := range []string{
		"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION",
		"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_WEB_IDENTITY_TOKEN_FILE",
	} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_CONFIG_FILE", os.DevNull)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
	err := run(t.Context(), []string{stateMachineARN}, io.Discard)
	if err == nil || !strings.HasPrefix(err.Error(), "no credentials of AWS were found. Set AWS_PROFILE") {
		t.Errorf("error = %v, want one about credentials", err)
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
	config, err := loadAWSConfig(t.Context(), "eu-west-1")
	if err != nil || config.Region != "eu-west-1" {
		t.Errorf("region = %q, error %v, want that of the ARN", config.Region, err)
	}
}
