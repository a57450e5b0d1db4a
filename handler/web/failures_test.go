package web

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
)

func TestEveryCodeHasAFailure(t *testing.T) {
	want := slices.Sorted(slices.Values(append(approval.SendCodes(), approval.DecideCodes()...)))
	for _, all := range []map[approval.Code]failure{failures, undecidedFailures} {
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(all))); diff != "" {
			t.Errorf("codes (-want +got):\n%s", diff)
		}
	}
}

// TestDecideFailuresHaveATitle checks that an approver never sees a page without a heading.
func TestDecideFailuresHaveATitle(t *testing.T) {
	for _, all := range []map[approval.Code]failure{failures, undecidedFailures} {
		for _, code := range approval.DecideCodes() {
			if all[code].title == "" {
				t.Errorf("the failure for %s has no title", code)
			}
		}
	}
}

// TestUndecidedFailuresKeepTheStatus checks that the status of an error does not depend on when it occurred.
func TestUndecidedFailuresKeepTheStatus(t *testing.T) {
	for code, f := range undecidedFailures {
		if f.status != failures[code].status {
			t.Errorf("status for %s = %d, want %d", code, f.status, failures[code].status)
		}
	}
}
