package web

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
)

// TestEveryCodeHasAFailure checks that the status for a code does not depend on when the error occurred, and that an approver
// never sees a page without a heading.
func TestEveryCodeHasAFailure(t *testing.T) {
	want := slices.Sorted(slices.Values(append(approval.DecideCodes(), append(approval.SendCodes(), approval.CodeInvalidEvent)...)))
	for _, all := range []map[approval.Code]failure{failures, undecidedFailures} {
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(all))); diff != "" {
			t.Errorf("codes (-want +got):\n%s", diff)
		}
		for code, f := range all {
			if f.status != failures[code].status {
				t.Errorf("status for %s = %d, want %d", code, f.status, failures[code].status)
			}
			if f.title == "" && slices.Contains(approval.DecideCodes(), code) {
				t.Errorf("the failure for %s has no title", code)
			}
		}
	}
}

func TestUnknownCode(t *testing.T) {
	a := failed(&approval.Error{Code: "Unknown", Err: errors.New("SDK: new")})
	want := failed(errors.New("SDK: new"))
	if a.status != http.StatusInternalServerError || a.title != want.title || a.message != want.message || a.code != "Unknown" {
		t.Errorf("answer = %d %s %q, want that of an internal error with the code Unknown", a.status, a.code, a.message)
	}
}
