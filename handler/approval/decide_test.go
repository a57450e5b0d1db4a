package approval_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/approval/approvaltest"
)

const token = "a/token+"

func TestDecide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := approvaltest.New(token)
		sent := time.Now().Add(-41 * time.Second)
		time.Sleep(1_234_567 * time.Microsecond)
		record, err := newService(fake).Decide(t.Context(), approval.Click{
			Link:      approval.Link{Token: token, SentAt: sent},
			Decision:  approval.Approve,
			Reason:    " Looks <good>.\r\nGo! ",
			SourceIP:  "203.0.113.7",
			UserAgent: strings.Repeat("é", 200),
		})
		if err != nil {
			t.Fatalf("code = %q", approval.CodeOf(err))
		}
		want := `{"status":"approved","decidedAt":"2000-01-01T00:00:01.234567Z","reason":"Looks <good>.\nGo!",` +
			`"sourceIp":"203.0.113.7","userAgent":"` + strings.Repeat("é", 128) + `","ageSeconds":42}`
		if diff := cmp.Diff([]string{want}, outputs(fake)); diff != "" {
			t.Errorf("outputs (-want +got):\n%s", diff)
		}
		if record.Status != "approved" || record.UserAgent != strings.Repeat("é", 128) {
			t.Errorf("record = %+v", record)
		}
	})
}

// outputs returns the accepted results of tasks. The fake accepts only tokens that it knows.
func outputs(fake *approvaltest.Fake) []string {
	var outputs []string
	for _, answer := range fake.Answers() {
		outputs = append(outputs, answer.Output)
	}
	return outputs
}

func TestDecideOnce(t *testing.T) {
	fake := approvaltest.New(token)
	service := newService(fake)
	for i, want := range []approval.Code{"", approval.CodeClosed} {
		_, err := service.Decide(t.Context(), approval.Click{
			Link: approval.Link{Token: token}, Decision: approval.Decisions()[i],
		})
		if got := approval.CodeOf(err); got != want {
			t.Errorf("click %d: code = %q, want %q", i+1, got, want)
		}
	}
	if got := outputs(fake); len(got) != 1 || !strings.Contains(got[0], `"approved"`) {
		t.Errorf("outputs = %s, want the approval only", got)
	}
}

func TestDecideUnknownToken(t *testing.T) {
	_, err := newService(approvaltest.New()).Decide(t.Context(), approval.Click{
		Link: approval.Link{Token: token}, Decision: approval.Approve,
	})
	if got := approval.CodeOf(err); got != approval.CodeInvalidToken {
		t.Errorf("code = %q, want %q", got, approval.CodeInvalidToken)
	}
}

func TestDecideLimitsReason(t *testing.T) {
	tests := []struct {
		characters    int
		code          approval.Code
		message       string
		wantDecisions int
	}{
		{approval.MaxReason, "", "", 1},
		{approval.MaxReason + 1, approval.CodeInvalidReason, "The reason has 1001 characters. The limit is 1000.", 0},
	}
	for _, test := range tests {
		fake := approvaltest.New(token)
		_, err := newService(fake).Decide(t.Context(), approval.Click{
			Link: approval.Link{Token: token}, Decision: approval.Reject, Reason: strings.Repeat("é", test.characters),
		})
		if approval.CodeOf(err) != test.code || approval.MessageOf(err) != test.message {
			t.Errorf("%d characters: error = %s: %s, want %s: %s",
				test.characters, approval.CodeOf(err), approval.MessageOf(err), test.code, test.message)
		}
		if got := len(outputs(fake)); got != test.wantDecisions {
			t.Errorf("%d characters: %d decisions, want %d", test.characters, got, test.wantDecisions)
		}
	}
}
