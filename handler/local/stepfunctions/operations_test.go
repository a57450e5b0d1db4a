package stepfunctions

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"approval-workflow/handler/approval"
)

// refusedBodies are the requests that the service must refuse, by operation and type of the error.
var refusedBodies = []struct{ name, operation, body, want string }{
	{"unknown operation", "SendTaskSuccess", `{}`, "UnknownOperationException"},
	{"invalid JSON", "StartExecution", `{`, "SerializationException"},
	{"empty", "StartExecution", ``, "SerializationException"},
	{"array", "StartExecution", `[{` + machineMember + `}]`, "SerializationException"},
	{"null", "StartExecution", `null`, "ValidationException"},
	{"text after it", "StartExecution", `{` + machineMember + `} x`, "SerializationException"},
	{"two documents", "StartExecution", `{` + machineMember + "}\n{}", "SerializationException"},
	{"unknown member", "StartExecution", `{` + machineMember + `, "tags": "x"}`, "SerializationException"},
	{"member in capitals", "StartExecution", `{` + machineMember + `, "NAME": "x"}`, "SerializationException"},
	{"member like the field", "StartExecution", `{"StateMachineArn": "` + StateMachineARN + `"}`, "SerializationException"},
	{"member with a long s", "StartExecution", `{"ſtateMachineArn": "` + StateMachineARN + `"}`, "SerializationException"},
	{"wrong type", "StartExecution", `{` + machineMember + `, "name": 5}`, "SerializationException"},
	{"half a character in the name", "StartExecution", `{` + machineMember + `, "name": "\ud83d"}`, "SerializationException"},
	{"half a character in the cause", "StopExecution", `{` + takenMember + `, "cause": "\udE00"}`, "SerializationException"},
	{"large body", "StartExecution", strings.Repeat(" ", maxBody) + `{` + machineMember + `}`, "SerializationException"},

	{"missing ARN", "StartExecution", `{}`, "ValidationException"},
	{"empty ARN", "StartExecution", `{"stateMachineArn": ""}`, "ValidationException"},
	{"long ARN", "StartExecution", onMachine(StateMachineARN + strings.Repeat("x", 200)), "ValidationException"},
	{"name instead of an ARN", "StartExecution", onMachine("approval-workflow"), "InvalidArn"},
	{"ARN of an execution", "StartExecution", onMachine(executionPrefix + "taken"), "InvalidArn"},
	{"ARN of a version", "StartExecution", onMachine(StateMachineARN + ":1"), "StateMachineDoesNotExist"},
	{"ARN of another service", "StartExecution", onMachine(strings.Replace(StateMachineARN, "states", "lambda", 1)), "InvalidArn"},
	{"other state machine", "StartExecution", onMachine(strings.Replace(StateMachineARN, "us", "eu", 1)), "StateMachineDoesNotExist"},
	{"empty name", "StartExecution", startBody("", `{}`), "ValidationException"},
	{"long name", "StartExecution", startBody(strings.Repeat("x", 81), `{}`), "ValidationException"},
	{"ARN of a version's version", "StartExecution", onMachine(StateMachineARN + ":1:1"), "InvalidArn"},
	{"invalid name", "StartExecution", startBody("a/b", `{}`), "InvalidName"},
	{"name with the last code point", "StartExecution", startBody("a\U0010ffff", `{}`), "InvalidName"},
	{"name is taken", "StartExecution", startBody("taken", `[]`), "ExecutionAlreadyExists"},
	{"empty input", "StartExecution", startBody("new", ``), "InvalidExecutionInput"},
	{"two inputs", "StartExecution", startBody("new", `{} {}`), "InvalidExecutionInput"},
	{"half a character in the input", "StartExecution", startBody("new", `{"\ude00": 1}`), "InvalidExecutionInput"},
	{"large input", "StartExecution", startBody("new", `"`+strings.Repeat("x", maxInput-1)+`"`), "ValidationException"},
	{"long trace header", "StartExecution", traced(strings.Repeat("x", 257)), "ValidationException"},
	{"trace header that is not ASCII", "StartExecution", traced("Root=é"), "ValidationException"},

	{"missing ARN", "DescribeExecution", `{}`, "ValidationException"},
	{"name instead of an ARN", "DescribeExecution", `{"executionArn": "taken"}`, "InvalidArn"},
	{"ARN of a state machine", "DescribeExecution", `{"executionArn": "` + StateMachineARN + `"}`, "InvalidArn"},
	{"unknown execution", "DescribeExecution", `{"executionArn": "` + executionPrefix + `new"}`, "ExecutionDoesNotExist"},
	{"unknown execution", "StopExecution", `{"executionArn": "` + executionPrefix + `new"}`, "ExecutionDoesNotExist"},
	{"long error", "StopExecution", `{` + takenMember + `, "error": "` + strings.Repeat("x", 257) + `"}`, "ValidationException"},
	{"long cause", "StopExecution", `{` + takenMember + `, "cause": "` + strings.Repeat("x", 32_769) + `"}`, "ValidationException"},
	{"other state machine", "ListExecutions", onMachine(StateMachineARN + "x"), "StateMachineDoesNotExist"},
	{"unknown status", "ListExecutions", `{` + machineMember + `, "statusFilter": "WAITING"}`, "ValidationException"},
	{"too many results", "ListExecutions", `{` + machineMember + `, "maxResults": 1001}`, "ValidationException"},
	{"unknown token", "ListExecutions", `{` + machineMember + `, "nextToken": "bmV3"}`, "InvalidToken"},
	{"empty token", "ListExecutions", `{` + machineMember + `, "nextToken": ""}`, "ValidationException"},
	{"unknown redriveFilter", "ListExecutions", `{` + machineMember + `, "redriveFilter": "` + StateMachineARN + `"}`, "ValidationException"},
	{"children to redrive", "ListExecutions", `{` + machineMember + `, "statusFilter": "PENDING_REDRIVE"}`, "ValidationException"},
	{"Map Run", "ListExecutions", `{"mapRunArn": "m"}`, "SerializationException"},
	{"ARN of a version", "ListExecutions", onMachine(StateMachineARN + ":1"), "StateMachineDoesNotExist"},
	{"unknown includedData", "DescribeExecution", `{` + takenMember + `, "includedData": "NONE"}`, "ValidationException"},
	{"unknown includedData", "DescribeStateMachine", `{` + machineMember + `, "includedData": "NONE"}`, "ValidationException"},
	{"missing ARN", "DescribeStateMachine", `{}`, "ValidationException"},
	{"ARN of an alias", "DescribeStateMachine", onMachine(StateMachineARN + ":live"), "StateMachineDoesNotExist"},
	{"token", "ListStateMachines", `{"nextToken": "bmV3"}`, "InvalidToken"},
	{"too many results", "ListStateMachines", `{"maxResults": 1001}`, "ValidationException"},
	{"name of a Go type", "ListExecutions", `{` + machineMember + `, "pageInput": {}}`, "SerializationException"},
}

func onMachine(arn string) string { return `{"stateMachineArn": "` + arn + `"}` }

// traced returns a request to start an execution with a trace header.
func traced(header string) string { return `{` + machineMember + `, "traceHeader": "` + header + `"}` }

// TestRefuses also checks that the one execution, "taken", still runs afterwards.
func TestRefuses(t *testing.T) {
	service := newService(t)
	mustPost(t, service, "StartExecution", startBody("taken", `{}`))
	for _, test := range refusedBodies {
		t.Run(test.operation+"/"+test.name, func(t *testing.T) {
			status, answer := post(t, service, test.operation, test.body)
			if status != http.StatusBadRequest || answer["__type"] != test.want || answer["message"] == "" {
				t.Errorf("status = %d, answer %v, want %d with %s", status, answer, http.StatusBadRequest, test.want)
			}
		})
	}
	list := mustPost(t, service, "ListExecutions", `{`+machineMember+`, "statusFilter": "RUNNING"}`)
	if got := len(list["executions"].([]any)); got != 1 {
		t.Errorf("%d executions are running, want 1", got)
	}
}

func TestCheckText(t *testing.T) {
	for text, want := range map[string]string{
		`{"a": [1, null, "é"]}`:      "",
		` "\ud83d\ude00" `:           "",
		`"\uD83D\uDE00\uD83D\uDE00"`: "",
		`"\\ud83d"`:                  "", // a backslash and text
		`"\\\\ud83d\u00e9\n"`:        "",
		`"\ue000\ud7ff\ufffd"`:       "",
		`"\ud83d"`:                   `\ud83d is half a character`,
		`"\ude00\ud83d"`:             `\ude00 is half a character`,
		`"\ud83d \ude00"`:            `\ud83d is half a character`,
		`"\ud83d\ud83d\ude00"`:       `\ud83d is half a character`,
		`"\ud83d\ude00\ude00"`:       `\ude00 is half a character`,
		`"\\\ud83d"`:                 `\ud83d is half a character`,
		`{"\uDFFF": 1}`:              `\uDFFF is half a character`,
		`"` + "\xff" + `"`:           "it is not UTF-8",
		`"` + "\xed\xa0\xbd" + `"`:   "it is not UTF-8", // a surrogate
		"\ufeff{}":                   "it is not one JSON value",
		`{} {}`:                      "it is not one JSON value",
		``:                           "it is not one JSON value",
	} {
		got := ""
		if err := checkText([]byte(text)); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("checkText(%s) = %q, want %q", text, got, want)
		}
	}
}

// TestStartAccepts starts executions by requests that are unusual and correct.
func TestStartAccepts(t *testing.T) {
	service := newService(t)
	for name, body := range map[string]string{
		"trace header":             traced("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"),
		"empty trace header":       traced(""),
		"longest trace header":     traced(strings.Repeat("x", 256)),
		"no trace header":          `{` + machineMember + `, "traceHeader": null}`,
		"space around the request": "\n {" + machineMember + "} \n",
		"escaped member":           `{"stateMachine\u0041rn": "` + StateMachineARN + `"}`,
		"emoji as a pair":          `{` + machineMember + `, "input": "\"\\ud83d\\ude00\""}`,
		"number as input":          `{` + machineMember + `, "input": "1e400"}`,
		"name of any script":       startBody("größe-発売-😀", `{}`),
	} {
		if status, answer := post(t, service, "StartExecution", body); status != 200 {
			t.Errorf("%s: status = %d, answer %v", name, status, answer)
		}
	}
}

func TestStartMakesUpNames(t *testing.T) {
	service := newService(t)
	names := map[string]bool{}
	for range 2 {
		started := mustPost(t, service, "StartExecution", `{`+machineMember+`}`)
		name := strings.TrimPrefix(started["executionArn"].(string), executionPrefix)
		if !approval.ValidName(name) || names[name] {
			t.Errorf("name = %q, want a valid new name", name)
		}
		names[name] = true
	}
}

func TestStartIsIdempotentWhileRunning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := newService(t)
		body := startBody("release", `{"key": "value"}`)
		first := mustPost(t, service, "StartExecution", body)
		time.Sleep(time.Minute)
		if diff := cmp.Diff(first, mustPost(t, service, "StartExecution", body)); diff != "" {
			t.Errorf("second start (-first +second):\n%s", diff)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if _, answer := post(t, service, "StartExecution", body); answer["__type"] != "ExecutionAlreadyExists" {
			t.Errorf("start after the end: answer %v, want ExecutionAlreadyExists", answer)
		}
	})
}

func TestDescribe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := newService(t)
		mustPost(t, service, "StartExecution", startBody("taken", `{}`))
		const start = 946684800.0 // the time in a new synctest bubble
		want := map[string]any{
			"executionArn": executionPrefix + "taken", "stateMachineArn": StateMachineARN, "name": "taken",
			"status": string(statusRunning), "startDate": start, "input": "{}", "inputDetails": map[string]any{"included": true},
			"redriveCount": 0.0, "redriveStatus": "NOT_REDRIVABLE",
			"redriveStatusReason": "Execution is RUNNING and cannot be redriven",
		}
		if diff := cmp.Diff(want, mustPost(t, service, "DescribeExecution", `{`+takenMember+`}`)); diff != "" {
			t.Errorf("running execution (-want +got):\n%s", diff)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		want["status"], want["stopDate"], want["error"] = string(approval.StatusFailed), start+3600, "States.Timeout"
		want["redriveStatus"] = "REDRIVABLE"
		delete(want, "redriveStatusReason")
		if diff := cmp.Diff(want, mustPost(t, service, "DescribeExecution", `{`+takenMember+`}`)); diff != "" {
			t.Errorf("ended execution (-want +got):\n%s", diff)
		}
		delete(want, "input")
		delete(want, "inputDetails")
		got := mustPost(t, service, "DescribeExecution", `{`+takenMember+`, "includedData": "METADATA_ONLY"}`)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("metadata only (-want +got):\n%s", diff)
		}
	})
}

// TestDescribeOutput describes an execution that has succeeded by the clients' own code, and by its metadata.
func TestDescribeOutput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := newApprovals(t)
		mustPost(t, service, "StartExecution", startBody("taken", `{}`))
		answer(t, service, "taken", approved)
		synctest.Wait()
		got, err := newClient(service).DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{
			ExecutionArn: aws.String(executionPrefix + "taken")})
		if err != nil {
			t.Fatal(err)
		}
		if *got.RedriveCount != 0 || got.RedriveStatus != types.ExecutionRedriveStatusNotRedrivable || !got.OutputDetails.Included ||
			*got.RedriveStatusReason != "Execution is SUCCEEDED and cannot be redriven" || *got.Output == "" || got.Cause != nil {
			t.Errorf("description = %+v", got)
		}
		metadata := mustPost(t, service, "DescribeExecution", `{`+takenMember+`, "includedData": "METADATA_ONLY"}`)
		if metadata["output"] != nil || metadata["outputDetails"] != nil {
			t.Errorf("metadata = %v, want no output", metadata)
		}
	})
}

func TestStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := newService(t)
		mustPost(t, service, "StartExecution", startBody("taken", `{}`))
		time.Sleep(1500 * time.Millisecond)
		first := mustPost(t, service, "StopExecution", `{`+takenMember+`, "error": "Superseded", "cause": "1.4.3 is out"}`)
		time.Sleep(time.Second)
		if diff := cmp.Diff(first, mustPost(t, service, "StopExecution", `{`+takenMember+`, "error": "Again"}`)); diff != "" {
			t.Errorf("second stop (-first +second):\n%s", diff)
		}
		got := mustPost(t, service, "DescribeExecution", `{`+takenMember+`}`)
		if got["status"] != string(approval.StatusAborted) || got["error"] != "Superseded" || got["cause"] != "1.4.3 is out" ||
			got["stopDate"] != got["startDate"].(float64)+1.5 {
			t.Errorf("stopped execution: %v", got)
		}
	})
}

func TestList(t *testing.T) {
	service := newService(t)
	for i := range 5 {
		mustPost(t, service, "StartExecution", startBody(fmt.Sprint("e", i), `{}`))
	}
	mustPost(t, service, "StopExecution", `{"executionArn": "`+executionPrefix+`e3"}`)
	for members, want := range map[string]string{
		``:                                             "e4 e3 e2 e1 e0",
		`, "maxResults": 0`:                            "e4 e3 e2 e1 e0",
		`, "maxResults": 2`:                            "e4 e3",
		`, "statusFilter": "RUNNING"`:                  "e4 e2 e1 e0",
		`, "statusFilter": "ABORTED"`:                  "e3",
		`, "statusFilter": "FAILED"`:                   "",
		`, "redriveFilter": "NOT_REDRIVEN"`:            "e4 e3 e2 e1 e0",
		`, "redriveFilter": "REDRIVEN"`:                "",
		`, "statusFilter": "RUNNING", "maxResults": 2`: "e4 e2",
	} {
		var names []string
		for _, e := range mustPost(t, service, "ListExecutions", `{`+machineMember+members+`}`)["executions"].([]any) {
			names = append(names, e.(map[string]any)["name"].(string))
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("executions with %q = %s, want %s", members, got, want)
		}
	}
}

// TestListPages reads pages of each size with the SDK's own paginator. Executions that start in between change nothing.
func TestListPages(t *testing.T) {
	for size, want := range map[int32]int{1: 4, 2: 2, 3: 2, 4: 1, 1000: 1} {
		service := newService(t)
		for i := range 5 {
			mustPost(t, service, "StartExecution", startBody(fmt.Sprint("e", i), `{}`))
		}
		mustPost(t, service, "StopExecution", `{"executionArn": "`+executionPrefix+`e3"}`)
		var got []string
		paginator := sfn.NewListExecutionsPaginator(newClient(service), &sfn.ListExecutionsInput{
			StateMachineArn: aws.String(StateMachineARN), StatusFilter: types.ExecutionStatusRunning, MaxResults: size})
		pages := 0
		for ; paginator.HasMorePages(); pages++ {
			page, err := paginator.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range page.Executions {
				got = append(got, *e.Name)
				if *e.RedriveCount != 0 {
					t.Errorf("redriveCount = %d, want 0", *e.RedriveCount)
				}
			}
			mustPost(t, service, "StartExecution", startBody(fmt.Sprint("late", pages), `{}`))
		}
		if diff := cmp.Diff([]string{"e4", "e2", "e1", "e0"}, got); diff != "" || pages != want {
			t.Errorf("%d pages of %d, want %d; executions (-want +got):\n%s", pages, size, want, diff)
		}
	}
}

// TestListDefaultPage checks that a page has 100 executions unless the client asks for another number.
func TestListDefaultPage(t *testing.T) {
	service := newService(t)
	for range 101 {
		mustPost(t, service, "StartExecution", `{`+machineMember+`}`)
	}
	for _, members := range []string{``, `, "maxResults": 0`} {
		list := mustPost(t, service, "ListExecutions", `{`+machineMember+members+`}`)
		if got := len(list["executions"].([]any)); got != 100 || list["nextToken"] == nil {
			t.Errorf("%d executions with %q and the token %v, want 100 and one more page", got, members, list["nextToken"])
		}
	}
}

// TestStateMachine finds and describes the state machine as Terraform's data source does.
func TestStateMachine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service, created := newApprovals(t), time.Now()
		client := newClient(service)
		list, err := client.ListStateMachines(t.Context(), &sfn.ListStateMachinesInput{})
		if err != nil {
			t.Fatal(err)
		}
		want := []types.StateMachineListItem{{
			StateMachineArn: aws.String(StateMachineARN), Name: aws.String("approval-workflow"), Type: types.StateMachineTypeStandard,
			CreationDate: aws.Time(created.UTC())}}
		if diff := cmp.Diff(want, list.StateMachines, cmpopts.IgnoreUnexported(types.StateMachineListItem{})); diff != "" {
			t.Errorf("state machines (-want +got):\n%s", diff)
		}
		for data, definition := range map[types.IncludedData]string{"": service.machine.Definition(), "METADATA_ONLY": "{}"} {
			got, err := client.DescribeStateMachine(t.Context(), &sfn.DescribeStateMachineInput{
				StateMachineArn: list.StateMachines[0].StateMachineArn, IncludedData: data})
			if err != nil {
				t.Fatal(err)
			}
			if *got.Definition != definition || got.Status != types.StateMachineStatusActive || !arn.IsARN(*got.RoleArn) ||
				got.LoggingConfiguration.Level != types.LogLevelOff || got.TracingConfiguration.Enabled {
				t.Errorf("state machine with %q = %+v", data, got)
			}
		}
	})
}

func TestCloseStartsNothingMore(t *testing.T) {
	service := newService(t)
	mustPost(t, service, "StartExecution", startBody("release", `{}`))
	service.Close()
	if status, answer := post(t, service, "StartExecution", startBody("next", `{}`)); status == http.StatusOK {
		t.Errorf("StartExecution after Close succeeds: %v", answer)
	}
	if got := service.Progress(approval.Config{}); len(got) != 1 || got[0].Status != statusRunning {
		t.Errorf("executions after Close: %v, want one that was running", got)
	}
}
