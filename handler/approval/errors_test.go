package approval_test

import (
	"errors"
	"slices"
	"testing"

	"approval-workflow/handler/approval"
)

func allCodes() []approval.Code {
	return slices.Concat(approval.SendCodes(), approval.DecideCodes())
}

func TestCodesDiffer(t *testing.T) {
	seen := map[approval.Code]bool{}
	for _, code := range allCodes() {
		if code == "" || seen[code] {
			t.Errorf("code %q is empty or listed twice", code)
		}
		seen[code] = true
	}
}

func TestTransient(t *testing.T) {
	want := []approval.Code{approval.CodeNotificationUnavailable, approval.CodeUnavailable}
	for _, code := range allCodes() {
		if got := code.Transient(); got != slices.Contains(want, code) {
			t.Errorf("%s.Transient() = %t, want %t", code, got, !got)
		}
	}
}

func TestErrorText(t *testing.T) {
	cause := errors.New("throttled")
	tests := []struct {
		err  approval.Error
		want string
	}{
		{approval.Error{Code: "Code"}, "Code"},
		{approval.Error{Code: "Code", Message: "It is wrong."}, "Code: It is wrong."},
		{approval.Error{Code: "Code", Err: cause}, "Code: throttled"},
		{approval.Error{Code: "Code", Message: "It is wrong.", Err: cause}, "Code: It is wrong.: throttled"},
	}
	for _, test := range tests {
		if got := test.err.Error(); got != test.want {
			t.Errorf("text = %q, want %q", got, test.want)
		}
		if got := errors.Is(&test.err, cause); got != (test.err.Err != nil) {
			t.Errorf("%q: errors.Is reports %t for the cause", test.want, got)
		}
	}
}
