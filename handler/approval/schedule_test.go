package approval

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestNewSchedule(t *testing.T) {
	tests := []struct {
		timeout            time.Duration
		reminders          int
		interval, duration time.Duration
	}{
		{24 * time.Hour, 0, 24 * time.Hour, 24 * time.Hour},
		{36*time.Hour + 30*time.Minute, 0, 36*time.Hour + 30*time.Minute, 36*time.Hour + 30*time.Minute},
		{time.Hour + time.Second, 1, 30 * time.Minute, time.Hour + time.Second},
		{90 * time.Second, 1, 44 * time.Second, 89 * time.Second},
		{24 * time.Hour, 2, 28799 * time.Second, 24*time.Hour - time.Second},
		{21 * time.Second, 10, time.Second, 21 * time.Second},
		{3 * time.Second, 1, time.Second, 3 * time.Second},
		{time.Second, 0, time.Second, time.Second},
		{MaxTimeout, 0, MaxTimeout, MaxTimeout},
	}
	for _, test := range tests {
		got, err := NewSchedule(test.timeout, test.reminders)
		if err != nil {
			t.Errorf("NewSchedule(%s, %d): %v", test.timeout, test.reminders, err)
		}
		want := Schedule{IntervalSeconds: int(test.interval / time.Second), PauseSeconds: 1, Reminders: test.reminders}
		if got != want || got.Interval() != test.interval || got.Duration() != test.duration {
			t.Errorf("NewSchedule(%s, %d) = %+v with a duration of %s, want %+v and %s",
				test.timeout, test.reminders, got, got.Duration(), want, test.duration)
		}
	}
}

// TestNewScheduleUsesTheTimeout checks that a request stays open as long as whole seconds allow, and never longer than
// the timeout.
func TestNewScheduleUsesTheTimeout(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		reminders := rapid.IntRange(0, MaxReminders).Draw(t, "reminders")
		seconds := rapid.IntRange(2*reminders+1, int(MaxTimeout/time.Second)).Draw(t, "seconds")
		timeout := time.Duration(seconds) * time.Second
		schedule, err := NewSchedule(timeout, reminders)
		if err != nil {
			t.Fatal(err)
		}
		unused := timeout - schedule.Duration()
		if unused < 0 || unused > time.Duration(reminders)*time.Second || !schedule.valid() {
			t.Fatalf("NewSchedule(%s, %d) = %+v leaves %s of the timeout", timeout, reminders, schedule, unused)
		}
	})
}

// TestNewScheduleProblems checks that NewSchedule lists what CheckTimeout and CheckReminders find.
func TestNewScheduleProblems(t *testing.T) {
	const year, wrongNumber = " is not between 1s and 8736h (364 days)", " is not between 0 and 10"
	tests := []struct {
		timeout   time.Duration
		reminders int
		want      string
	}{
		{0, 0, "timeout: 0s" + year},
		{-time.Hour, 0, "timeout: -1h0m0s" + year},
		{999 * time.Millisecond, 0, "timeout: 999ms" + year},
		{MaxTimeout + time.Second, 0, "timeout: 8736h0m1s" + year},
		{1500 * time.Millisecond, 1, "timeout: 1.5s is not a whole number of seconds"},
		{2 * time.Second, 1, "timeout: 2s leaves no second for each of the 2 e-mails"},
		{20 * time.Second, 10, "timeout: 20s leaves no second for each of the 11 e-mails"},
		{time.Second, -1, "reminders: -1" + wrongNumber},
		{time.Second, 11, "reminders: 11" + wrongNumber},
		{0, 11, "timeout: 0s" + year + "\nreminders: 11" + wrongNumber},
	}
	for _, test := range tests {
		schedule, err := NewSchedule(test.timeout, test.reminders)
		if TextOf(err) != test.want || schedule != (Schedule{}) {
			t.Errorf("NewSchedule(%s, %d) = %+v, %v, want the error %q", test.timeout, test.reminders, schedule, err, test.want)
		}
		for name, err := range map[string]error{
			"timeout": CheckTimeout(test.timeout, test.reminders), "reminders": CheckReminders(test.reminders),
		} {
			if found := strings.Contains("\n"+test.want, "\n"+name+": "+TextOf(err)); (err != nil) != found {
				t.Errorf("check of the %s of %s and %d: %v, want %q", name, test.timeout, test.reminders, err, test.want)
			}
		}
	}
}

func TestParseSpread(t *testing.T) {
	tests := []struct {
		text                string
		want                time.Duration
		problem, suggestion string // of ParseSpread, or the problem of CheckSpread
	}{
		{"0", 0, "", ""},
		{"0s", 0, "", ""},
		{"90s", 90 * time.Second, "", ""},
		{"1h", MaxSpread, "", ""},
		{"30", 0, `"30" has no unit: s, m or h`, "30s"},
		{"soon", 0, `"soon" is not a duration such as 30s or 5m`, ""},
		{"1d", 0, `"1d" is not a duration such as 30s or 5m`, ""},
		{"-1s", -time.Second, "-1s is not between 0s and 1h", ""},
		{"1h1s", time.Hour + time.Second, "1h0m1s is not between 0s and 1h", ""},
		{"1500ms", 1500 * time.Millisecond, "1.5s is not a whole number of seconds", ""},
	}
	for _, test := range tests {
		got, err := ParseSpread(test.text)
		suggestion := ""
		if unread, ok := errors.AsType[*SettingError](err); ok {
			suggestion = unread.Suggestion
		}
		if err == nil {
			err = CheckSpread(got)
		}
		if got != test.want || TextOf(err) != test.problem || suggestion != test.suggestion {
			t.Errorf("%s: spread = %s, problem = %v, suggestion = %q, want %+v", test.text, got, err, suggestion, test)
		}
	}
	if err := CheckSpread(DefaultSpread); err != nil || MaxTimeout+MaxSpread > 365*24*time.Hour {
		t.Errorf("the default: %v, the longest request takes %s, longer than an execution", err, MaxTimeout+MaxSpread)
	}
}

func TestCheckRounds(t *testing.T) {
	const tooLong = "4368h0m1s is too long for 2 approvals: each starts the time again, and together they may take at most 8736h (364 days)"
	tests := []struct {
		timeout   time.Duration
		approvals int
		want      string
	}{
		{MaxTimeout, 1, ""},
		{MaxTimeout / 2, 2, ""},
		{MaxTimeout/2 + time.Second, 2, tooLong},
		{MaxTimeout + time.Second, 2, ""}, // CheckTimeout reports it
		{MaxTimeout, 0, ""},               // CheckApprovals reports it
	}
	for _, test := range tests {
		if got := TextOf(CheckRounds(test.timeout, test.approvals)); got != test.want {
			t.Errorf("CheckRounds(%s, %d) = %q, want %q", test.timeout, test.approvals, got, test.want)
		}
	}
}
