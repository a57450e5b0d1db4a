package stepfunctions

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestStopErrors(t *testing.T) {
	const operation = "StopExecution"
	long := func(member string, most int) string {
		return `{` + takenMember + `, "` + member + `": "` + strings.Repeat("x", most+1) + `"}`
	}
	checkErrors(t, []errorTest{
		{"unknown execution", operation, `{"executionArn": "` + executionPrefix + `new"}`, "ExecutionDoesNotExist"},
		{"long error", operation, long("error", 256), "ValidationException"},
		{"long cause", operation, long("cause", 32_768), "ValidationException"},
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
		if got["status"] != statusAborted || got["error"] != "Superseded" || got["cause"] != "1.4.3 is out" ||
			got["stopDate"] != got["startDate"].(float64)+1.5 {
			t.Errorf("stopped execution: %v", got)
		}
	})
}
