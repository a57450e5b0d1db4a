//go:build e2e

package e2e

import (
	"encoding/json"
	"slices"
	"testing"
)

// checkRecord checks that an audit record says who decided, or why nobody could.
func checkRecord(t *testing.T, r recorded) {
	t.Helper()
	if r.StartDate == 0 || r.StopDate < r.StartDate {
		t.Errorf("%s: times = %d and %d", r.Name, r.StartDate, r.StopDate)
	}
	switch {
	case r.Status == "SUCCEEDED" && r.OutputDetails.Included:
		approvals, _, err := r.approvals()
		if err != nil || len(approvals) == 0 {
			t.Errorf("%s: output = %s (%v), want the approvals", r.Name, r.Output, err)
		}
	case r.Error == "Rejected":
		if rejection, err := r.rejection(); err != nil || rejection.Approver == "" || rejection.DecidedAt == "" {
			t.Errorf("%s: cause = %s (%v), want the rejection", r.Name, r.Cause, err)
		}
	case r.Status == "FAILED" && (r.Error == "" || r.Cause == ""):
		t.Errorf("%s: error = %q and cause = %q, want both", r.Name, r.Error, r.Cause)
	}
}

// rejection returns the record of the decision in the cause of a rejected execution.
func (e ended) rejection() (rejection record, err error) {
	err = json.Unmarshal([]byte(e.Cause), &rejection)
	return rejection, err
}

// checkEnds checks that the records have an end of each kind, so that the other checks mean something.
func checkEnds(t *testing.T, records []recorded) {
	t.Helper()
	for kind, is := range map[string]func(recorded) bool{
		"approved by several": func(r recorded) bool { approvals, _, _ := r.approvals(); return len(approvals) > 1 },
		"rejected with a reason": func(r recorded) bool {
			rejection, _ := r.rejection()
			return r.Error == "Rejected" && rejection.Reason == "Not on a Friday"
		},
		"expired":  func(r recorded) bool { return r.Error == "Expired" },
		"stopped":  func(r recorded) bool { return r.Status == "ABORTED" },
		"not sent": func(r recorded) bool { return r.Error == "NotSent" || r.Error == "TooFewApproversError" },
	} {
		if !slices.ContainsFunc(records, is) {
			t.Errorf("no audit record of an execution that was %s", kind)
		}
	}
}
