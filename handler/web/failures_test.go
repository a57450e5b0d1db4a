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
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(failures))); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
}

// TestDecideFailuresHaveATitle checks that an approver never sees a page without a heading.
func TestDecideFailuresHaveATitle(t *testing.T) {
	for _, code := range approval.DecideCodes() {
		if failures[code].title == "" {
			t.Errorf("the failure for %s has no title", code)
		}
	}
}
