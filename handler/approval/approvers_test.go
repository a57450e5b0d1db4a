package approval

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCheckAddresses(t *testing.T) {
	long := strings.Repeat("x", 64) + "@" + strings.Repeat("y", 187) + ".y"
	if problems := CheckAddresses([]string{
		"jo@example.com", "o'neil+ops@mail.example.com", "a!#$%&'*+/=?^_`{|}~-.b@example.com", "jö@example.com", "jo@xn--exmple-cua.com", long,
	}); len(problems) > 0 {
		t.Errorf("problems = %v, want none", problems)
	}
	for want, addresses := range map[string][]string{
		"is not an e-mail address": {
			"", "x", "@example.com", "jo@", "jo@@example.com", "jo.@example.com", "Jo <jo@example.com>", " jo@example.com", "jo@example.com\n",
			"jo@example.com,ed@example.com", `"jo smith"@example.com`, "jo@example.com (Jo)", "jo@[192.0.2.1]", "jo@exam_ple.com",
			"jo@example.com/", "jo@a+b", "j\u202eo@example.com", "j\u00a0o@example.com", "j\u2028o@example.com", "j\u0085o@example.com",
			"jo@example\u200b.com", "jo\xff@example.com",
		},
		"has no domain such as example.com":        {"ops@localhost"},
		"has quotation marks. Remove them":         {"“jo@example.com”", "«jo@example.com", "‘jo@example.com", "jo@example.com'", `"jo@example.com"`},
		"Write the form of it that has only ASCII": {"jo@exämple.com", "jo@例え.jp"},
		"is longer than 254 characters":            {long + "y"},
		"has more than 64 characters before the @": {strings.Repeat("x", 65) + "@example.com"},
	} {
		for _, address := range addresses {
			problems := CheckAddresses([]string{"ok@example.com", address})
			if len(problems) != 1 || !strings.Contains(problems[0].Error(), want) {
				t.Errorf("problems of %q = %v, want that it %s", address, problems, want)
			}
		}
	}
}

func TestCheckAddressesListsEveryProblem(t *testing.T) {
	got := errors.Join(CheckAddresses([]string{"Jo@example.com", "x", "jo@EXAMPLE.com", "ed@example.com", "y", "ed@example.com"})...).Error()
	want := `"x" is not an e-mail address
"jo@EXAMPLE.com" is listed twice
"y" is not an e-mail address
"ed@example.com" is listed twice`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

// TestSuggestedAddresses checks that no suggestion drops an address that may be right, or adds one.
func TestSuggestedAddresses(t *testing.T) {
	for text, want := range map[string]string{
		"x":                                        "",
		"jo@example.com,x,y":                       "jo@example.com,ADDRESS",
		"x,jo@example.com,JO@example.com":          "ADDRESS,jo@example.com",
		"jo@example.com,jo@example.com":            "jo@example.com",
		"jo@exämple.com,ed@example.com":            "ADDRESS,ed@example.com",
		"“jo@example.com”, “ed@example.com”":       "jo@example.com,ed@example.com",
		`"jo@example.com,ed@example.com"`:          "jo@example.com,ed@example.com",
		"Jo <jo@example.com>; ed@example.com":      "jo@example.com,ed@example.com",
		"jo@example.com Ed Smith ed@example.com":   "jo@example.com,ADDRESS,ed@example.com",
		"jo@example.com;x":                         "jo@example.com,ADDRESS",
		"jo@example.com, ,\ned@example.com":        "jo@example.com,ed@example.com",
		"ed@example.com, Jo Smith jo@example.com.": "ed@example.com,ADDRESS",
	} {
		addresses, err := ParseAddresses(text)
		if err == nil {
			err = errors.Join(CheckAddresses(addresses)...)
		}
		problem, ok := errors.AsType[*SettingError](err)
		if !ok || problem.Suggestion != want {
			t.Errorf("error of %q = %#v, want the suggestion %q", text, err, want)
		}
	}
}

func TestCheckApprovals(t *testing.T) {
	tests := []struct {
		approvals, approvers int
		want                 string
	}{
		{1, 1, ""},
		{2, 3, ""},
		{3, 3, ""},
		{1, 0, ""}, // the addresses are checked elsewhere
		{31, 40, ""},
		{0, 3, "0 is not between 1 and the number of approvers (3)"},
		{-1, 3, "-1 is not between 1 and the number of approvers (3)"},
		{4, 3, "4 is not between 1 and the number of approvers (3)"},
		{2, 0, "2 is not between 1 and the number of approvers (0)"},
		{32, 40, "32 is more than 31, the largest number whose records fit into the output"},
	}
	for _, test := range tests {
		if got := TextOf(CheckApprovals(test.approvals, test.approvers)); got != test.want {
			t.Errorf("CheckApprovals(%d, %d) = %q, want %q", test.approvals, test.approvers, got, test.want)
		}
	}
}
