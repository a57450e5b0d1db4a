package stepfunctions

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestListErrors(t *testing.T) {
	const operation = "ListExecutions"
	checkErrors(t, []errorTest{
		{"unknown status", operation, `{` + machineMember + `, "statusFilter": "WAITING"}`, "ValidationException"},
		{"too many results", operation, `{` + machineMember + `, "maxResults": 1001}`, "ValidationException"},
		{"next token", operation, `{` + machineMember + `, "nextToken": "7"}`, "SerializationException"},
	})
}

func TestList(t *testing.T) {
	service := newService(t)
	for i := range 5 {
		mustPost(t, service, "StartExecution", startBody(fmt.Sprint("e", i), `{}`))
	}
	mustPost(t, service, "StopExecution", `{"executionArn": "`+executionPrefix+`e3"}`)
	tests := []struct {
		name, members string
		want          []string
	}{
		{"all", ``, []string{"e4", "e3", "e2", "e1", "e0"}},
		{"no limit", `, "maxResults": 0`, []string{"e4", "e3", "e2", "e1", "e0"}},
		{"newest", `, "maxResults": 2`, []string{"e4", "e3"}},
		{"running", `, "statusFilter": "RUNNING"`, []string{"e4", "e2", "e1", "e0"}},
		{"newest running", `, "statusFilter": "RUNNING", "maxResults": 2`, []string{"e4", "e2"}},
		{"stopped", `, "statusFilter": "ABORTED"`, []string{"e3"}},
		{"none", `, "statusFilter": "FAILED"`, []string{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			answer := mustPost(t, service, "ListExecutions", `{`+machineMember+test.members+`}`)
			names := []string{}
			for _, e := range answer["executions"].([]any) {
				names = append(names, e.(map[string]any)["name"].(string))
			}
			if diff := cmp.Diff(test.want, names); diff != "" {
				t.Errorf("executions (-want +got):\n%s", diff)
			}
		})
	}
}
