package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/awstest"
	"approval-workflow/handler/statemachine"
)

const (
	account         = "arn:aws:states:eu-west-1:123456789012:"
	stateMachineARN = account + "stateMachine:approval-workflow"
	functionARN     = "arn:aws:lambda:eu-west-1:123456789012:function:approval-workflow"
	// token is in each task token of the recorded histories.
	token = "AQCEAAAAKgAAAAMA"
)

// fakeAWS is an account with a workflow.
type fakeAWS struct {
	tb          testing.TB
	definition  string
	environment map[string]string
	names       []string // of the executions that run
	histories   map[string]*awstest.History
	refuse      string // the operation that is refused
	calls       []string
}

// newAWS returns an account without executions. The workflow asks jo and sam, and the group dba asks sam, dora and dan.
func newAWS(tb testing.TB) *fakeAWS {
	tb.Helper()
	schedule, err := approval.NewSchedule(24*60*60*1e9, 0)
	if err != nil {
		tb.Fatal(err)
	}
	definition, err := statemachine.Render(functionARN, schedule, 0, 1, map[string]int{"dba": 2})
	if err != nil {
		tb.Fatal(err)
	}
	return &fakeAWS{tb: tb, definition: definition, histories: map[string]*awstest.History{}, environment: map[string]string{
		"APPROVERS": "jo@example.com,sam@example.com,dora@example.com,dan@example.com", "GROUPS": `{"":[0,1],"dba":[1,2,3]}`,
	}}
}

// add adds an execution with a recorded history, in which pairs of texts are replaced.
func (f *fakeAWS) add(name, recorded string, oldnew ...string) {
	history := awstest.ReadHistory(f.tb, "../history/testdata/"+recorded+".json")
	for i, event := range history.Events {
		history.Events[i] = json.RawMessage(strings.NewReplacer(oldnew...).Replace(string(event)))
	}
	history.ARN = account + "execution:approval-workflow:" + name
	f.names, f.histories[history.ARN] = append(f.names, name), history
}

// workflow returns the workflow there.
func (f *fakeAWS) workflow() workflow {
	parsed, err := arn.Parse(stateMachineARN)
	if err != nil {
		f.tb.Fatal(err)
	}
	return newWorkflow(awstest.Config(f.serve), parsed)
}

func (f *fakeAWS) serve(w http.ResponseWriter, r *http.Request) {
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	if r.Method == http.MethodGet && r.URL.Path == "/2015-03-31/functions/"+functionARN+"/configuration" {
		operation = "GetFunctionConfiguration"
	}
	f.calls = slices.Compact(append(f.calls, operation))
	var body []byte
	if r.Body != nil { // a GET of a client has none
		body, _ = io.ReadAll(r.Body)
	}
	status, answer := f.answer(operation, string(body))
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.WriteHeader(status)
	fmt.Fprint(w, answer)
}

func (f *fakeAWS) answer(operation, body string) (status int, answer string) {
	var call struct {
		ExecutionARN, StateMachineARN, StatusFilter, NextToken string
	}
	_ = json.Unmarshal([]byte(body), &call)
	switch {
	case operation == f.refuse:
		return http.StatusBadRequest, awstest.Exception("AccessDeniedException")
	case operation == "GetFunctionConfiguration":
		return http.StatusOK, encode(map[string]any{"Environment": map[string]any{"Variables": f.environment}})
	case operation == "GetExecutionHistory" && f.histories[call.ExecutionARN] != nil:
		return f.histories[call.ExecutionARN].Answer("AWSStepFunctions."+operation, body)
	case call.StateMachineARN != stateMachineARN:
	case operation == "DescribeStateMachine":
		return http.StatusOK, encode(map[string]any{"definition": f.definition})
	case operation == "ListExecutions" && call.StatusFilter == "RUNNING":
		return http.StatusOK, f.list(call.NextToken)
	}
	f.tb.Errorf("call = %s %s", operation, body)
	return http.StatusBadRequest, awstest.Exception("StateMachineDoesNotExist")
}

// list returns a page with one execution, the newest first.
func (f *fakeAWS) list(nextToken string) string {
	page := map[string]any{"executions": []any{}}
	number := len(f.names)
	if nextToken != "" {
		_, _ = fmt.Sscan(nextToken, &number)
	}
	if number > 0 {
		page["executions"] = []any{map[string]any{
			"executionArn": account + "execution:approval-workflow:" + f.names[number-1], "name": f.names[number-1],
			"startDate": 1795340400 + number,
		}}
	}
	if number > 1 {
		page["nextToken"] = fmt.Sprint(number - 1)
	}
	return encode(page)
}

func encode(value any) string {
	text, _ := json.Marshal(value) // texts and numbers always encode
	return string(text)
}
