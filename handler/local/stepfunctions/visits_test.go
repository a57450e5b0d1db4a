package stepfunctions

import (
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

// TestVisits follows executions through the states of the approval workflow.
func TestVisits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := newApprovals(t)
		if got := service.Visits(); got == nil || len(got) != 0 {
			t.Errorf("visits at the start = %v, want an empty list", got)
		}
		for _, name := range []string{"approved", "stopped"} {
			mustPost(t, service, "StartExecution", startBody(name, `{}`))
		}
		synctest.Wait()
		answer(t, service, "approved", approved)
		mustPost(t, service, "StopExecution", `{"executionArn":"`+executionPrefix+`stopped"}`)
		synctest.Wait()
		want := []Visits{
			{executionPrefix + "stopped", []string{"Begin", "RequestApproval"}},
			{executionPrefix + "approved", []string{"Begin", "RequestApproval", "Decided?", "Approved"}},
		}
		if diff := cmp.Diff(want, service.Visits()); diff != "" {
			t.Errorf("visits (-want +got):\n%s", diff)
		}
	})
}
