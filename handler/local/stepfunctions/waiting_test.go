package stepfunctions

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestWaiting checks that only the executions that wait are listed, the newest first.
func TestWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := newApprovals(t)
		names := func() []string {
			synctest.Wait()
			names := []string{}
			for _, request := range service.Waiting() {
				names = append(names, request.Execution.Name)
			}
			return names
		}
		check := func(when string, want ...string) {
			t.Helper()
			if diff := cmp.Diff(want, names()); diff != "" {
				t.Errorf("%s, the executions are (-want +got):\n%s", when, diff)
			}
		}
		check("at the start", []string{}...)
		for _, name := range []string{"first", "second", "third"} {
			mustPost(t, service, "StartExecution", startBody(name, `{}`))
			time.Sleep(time.Hour)
		}
		check("while all wait", "third", "second", "first")
		answer(t, service, "second", approved)
		check("after an approval", "third", "first")
		time.Sleep(9*time.Hour - 500*time.Millisecond)
		check("in the pause of the first one", "third")
	})
}
