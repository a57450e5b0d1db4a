package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"approval-workflow/handler/approval"
)

const testPrefix = "arn:aws:states:eu-west-1:123456789012:execution:"

var testRef = approval.ExecutionRef{StateMachine: "approval-workflow", Name: "release-42"}

// fakeHistory is a Step Functions with one execution, release-42.
type fakeHistory struct {
	t      *testing.T
	events []json.RawMessage // the newest first
	pages  int               // that were asked for
	// wantEnd means that the next call must ask for the newest event only, without its data.
	wantEnd bool
}

// newHistory returns a Step Functions whose execution has a history of folder testdata. Such a history has the form of an
// answer to GetExecutionHistory in reverse order, but always has all events.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html
func newHistory(t *testing.T, name string) *fakeHistory {
	t.Helper()
	return parseHistory(t, readHistory(t, name))
}

func readHistory(tb testing.TB, name string) string {
	tb.Helper()
	text, err := os.ReadFile("testdata/" + name + ".json")
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

func parseHistory(t *testing.T, text string) *fakeHistory {
	t.Helper()
	var history struct{ Events []json.RawMessage }
	if err := json.Unmarshal([]byte(text), &history); err != nil {
		t.Fatal(err)
	}
	return &fakeHistory{t: t, events: history.Events}
}

// read reads the execution from the Step Functions.
func (f *fakeHistory) read() (approval.Execution, error) {
	f.t.Helper()
	client := sfn.NewFromConfig(newAWS(answerJSON(f.t, f.answer)))
	return executions{client: client, arnPrefix: testPrefix}.Read(f.t.Context(), testRef)
}

// answer answers a call with as many events as it asks for.
func (f *fakeHistory) answer(operation, body string) (status int, answer string) {
	f.pages++
	var call struct {
		ExecutionARN string
		ReverseOrder bool
		MaxResults   int
		NextToken    string
		// IncludeExecutionData is true unless a call says otherwise.
		IncludeExecutionData *bool
	}
	err := json.Unmarshal([]byte(body), &call)
	if err != nil || operation != "AWSStepFunctions.GetExecutionHistory" || !call.ReverseOrder || call.MaxResults < 1 {
		f.t.Errorf("call = %s %s, want GetExecutionHistory of a page in reverse order", operation, body)
	}
	withoutData := call.IncludeExecutionData != nil && !*call.IncludeExecutionData
	if withoutData != f.wantEnd || withoutData && call.MaxResults != 1 {
		f.t.Errorf("call = %s, want one without data: %t", body, f.wantEnd)
	}
	if call.ExecutionARN != testPrefix+"approval-workflow:release-42" {
		return http.StatusBadRequest, exception("ExecutionDoesNotExist")
	}
	first, _ := strconv.Atoi(call.NextToken) // "" for the first page
	page := struct {
		Events    []json.RawMessage `json:"events"`
		NextToken string            `json:"nextToken,omitempty"`
	}{Events: f.events[first:]}
	if len(page.Events) > call.MaxResults {
		page.Events, page.NextToken = page.Events[:call.MaxResults], fmt.Sprint(first+call.MaxResults)
	}
	text, err := json.Marshal(page)
	if err != nil {
		f.t.Error(err)
	}
	return http.StatusOK, string(text)
}

// tokenOf reports whether a token is that of the execution's task with a number. A failure message must not print it.
func tokenOf(task int, token approval.Token) bool {
	return strings.HasSuffix(string(token), fmt.Sprintf("/task+%d=", task))
}
