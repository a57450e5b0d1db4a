package main

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"approval-workflow/handler/approval"
)

func TestMailboxRefusesWhatSNSRefuses(t *testing.T) {
	tests := []struct {
		name, subject, body string
		accepted            bool
	}{
		{"ordinary", "Approval requested", "body", true},
		{"longest", strings.Repeat("x", 99), strings.Repeat("x", 262_144), true},
		{"no subject", "", "body", false},
		{"long subject", strings.Repeat("x", 100), "body", false},
		{"subject is not ASCII", "Genehmigung für 日本 ✅", "body", true},
		{"longest subject of emoji", strings.Repeat("😀", 49) + "x", "body", true},
		{"long subject of emoji", strings.Repeat("😀", 50), "body", false},
		{"subject is not UTF-8", "a\xff", "body", false},
		{"line separator", "a\u2028b", "body", false},
		{"next line", "a\u0085b", "body", false},
		{"line break", "a\nb", "body", false},
		{"delete character", "a\x7f", "body", false},
		{"leading space", " a", "body", false},
		{"no body", "a", "", false},
		{"long body", "a", strings.Repeat("x", 262_145), false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := &mailbox{}
			err := m.Notify(t.Context(), ada, approval.Email{Subject: test.subject, Body: test.body})
			var refused *approval.Error
			if errors.As(err, &refused) == test.accepted || !test.accepted && refused.Code != approval.CodeNotificationRefused {
				t.Errorf("error = %v, accepted should be %t", err, test.accepted)
			}
			var want []mail
			if test.accepted {
				want = []mail{{To: ada, Subject: test.subject, Body: test.body, ReceivedAt: time.Now().UTC()}}
			}
			if diff := cmp.Diff(want, m.emails, cmpopts.EquateApproxTime(time.Minute)); diff != "" {
				t.Errorf("e-mails (-want +got):\n%.500s", diff)
			}
		})
	}
}
