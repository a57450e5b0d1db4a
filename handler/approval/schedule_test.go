package approval_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"approval-workflow/handler/approval"
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
		{time.Second, 0, time.Second, time.Second},
		{approval.MaxTimeout, 0, approval.MaxTimeout, approval.MaxTimeout},
	}
	for _, test := range tests {
		got, err := approval.NewSchedule(test.timeout, test.reminders)
		if err != nil {
			t.Errorf("NewSchedule(%s, %d): %v", test.timeout, test.reminders, err)
		}
		want := approval.Schedule{
			IntervalSeconds: int(test.interval / time.Second), PauseSeconds: 1, Reminders: test.reminders,
		}
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
		reminders := rapid.IntRange(0, approval.MaxReminders).Draw(t, "reminders")
		seconds := rapid.IntRange(2*reminders+1, int(approval.MaxTimeout/time.Second)).Draw(t, "seconds")
		timeout := time.Duration(seconds) * time.Second
		schedule, err := approval.NewSchedule(timeout, reminders)
		if err != nil {
			t.Fatal(err)
		}
		unused := timeout - schedule.Duration()
		if unused < 0 || unused > time.Duration(reminders)*time.Second {
			t.Fatalf("NewSchedule(%s, %d) = %+v leaves %s of the timeout", timeout, reminders, schedule, unused)
		}
	})
}

func TestNewScheduleProblems(t *testing.T) {
	const year = " is not between 1s and 8736h (364 days)"
	tests := []struct {
		timeout   time.Duration
		reminders int
		want      string
	}{
		{0, 0, "timeout: 0s" + year},
		{-time.Hour, 0, "timeout: -1h0m0s" + year},
		{999 * time.Millisecond, 0, "timeout: 999ms" + year},
		{approval.MaxTimeout + time.Second, 0, "timeout: 8736h0m1s" + year},
		{1500 * time.Millisecond, 0, "timeout: 1.5s is not a whole number of seconds"},
		{20 * time.Second, 10, "timeout: 20s leaves no second for each of the 11 e-mails"},
		{time.Hour, -1, "reminders: -1 is not between 0 and 10"},
		{time.Hour, 11, "reminders: 11 is not between 0 and 10"},
		{0, 11, "timeout: 0s" + year + "\nreminders: 11 is not between 0 and 10"},
		{time.Second, 11, "reminders: 11 is not between 0 and 10"},
	}
	for _, test := range tests {
		schedule, err := approval.NewSchedule(test.timeout, test.reminders)
		if err == nil || err.Error() != test.want || schedule != (approval.Schedule{}) {
			t.Errorf("NewSchedule(%s, %d) = %+v, %v, want the error %q", test.timeout, test.reminders, schedule, err, test.want)
		}
	}
}

func TestCheckTimeout(t *testing.T) {
	tests := []struct {
		timeout   time.Duration
		reminders int
		want      string
	}{
		{time.Second, 0, ""},
		{approval.MaxTimeout, approval.MaxReminders, ""},
		{3 * time.Second, 1, ""},
		{2 * time.Second, 1, "2s leaves no second for each of the 2 e-mails"},
		{1500 * time.Millisecond, 1, "1.5s is not a whole number of seconds"},
		{time.Second, -1, ""}, // CheckReminders reports it
		{time.Second, 11, ""}, // CheckReminders reports it
	}
	for _, test := range tests {
		if got := text(approval.CheckTimeout(test.timeout, test.reminders)); got != test.want {
			t.Errorf("CheckTimeout(%s, %d) = %q, want %q", test.timeout, test.reminders, got, test.want)
		}
	}
}

func TestCheckReminders(t *testing.T) {
	tests := map[int]string{
		-1: "-1 is not between 0 and 10",
		0:  "",
		10: "",
		11: "11 is not between 0 and 10",
	}
	for reminders, want := range tests {
		if got := text(approval.CheckReminders(reminders)); got != want {
			t.Errorf("CheckReminders(%d) = %q, want %q", reminders, got, want)
		}
	}
}

// text returns the text of an error, or "" for nil.
func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
