package approval

import (
	"strings"
	"testing"
)

func TestSubject(t *testing.T) {
	long := strings.Repeat("long ", 40)
	tests := []struct{ name, input, want string }{
		{"own", `{"subject":"Release 1.4.2"}`, "Approval requested: Release 1.4.2"},
		{"missing", `{"key":"value"}`, "Approval requested: release-42"},
		{"blank", `{"subject":" \n "}`, "Approval requested: release-42"},
		{"number", `{"subject":5}`, "Approval requested: release-42"},
		{"upper case", `{"Subject":"x"}`, "Approval requested: release-42"},
		{"array", `["subject"]`, "Approval requested: release-42"},
		{"null", `null`, "Approval requested: release-42"},
		{"line breaks", `{"subject":"a\r\nBcc: b\u2028c\u0085d"}`, "Approval requested: a Bcc: b c d"},
		{"control characters", `{"subject":"a\u0000b\u007fc\u001b"}`, "Approval requested: a?b?c?"},
		{"accents", `{"subject":"Déploiement"}`, "Approval requested: D?ploiement"},
		{"no ASCII", `{"subject":"承認 してください"}`, "Approval requested: release-42"},
		{"long", `{"subject":"` + long + `"}`, ("Approval requested: " + long)[:96] + "..."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := subject(RequestWith(test.input), 0); got != test.want {
				t.Errorf("subject for %s = %q, want %q", test.input, got, test.want)
			}
		})
	}
}

func TestSubjectWithoutReadableText(t *testing.T) {
	request := RequestWith(`{}`)
	request.Execution.Name = "承認"
	if got, want := subject(request, 0), "Approval requested"; got != want {
		t.Errorf("subject = %q, want %q", got, want)
	}
}

func TestSubjectOfReminder(t *testing.T) {
	request := RequestWith(`{"subject":"Release 1.4.2"}`)
	request.Schedule.Reminders = 3
	if got, want := subject(request, 2), "Reminder 2 of 3: approval requested: Release 1.4.2"; got != want {
		t.Errorf("subject = %q, want %q", got, want)
	}
}
