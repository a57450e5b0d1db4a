package approval

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"sync"
	"time"
)

const (
	// MaxTimeout is the longest time that a request can stay open, with all approvals together. An execution lasts at most a
	// year, which begins before the request does. After it, Step Functions ends the execution as timed out, not as expired.
	// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
	MaxTimeout = 364 * 24 * time.Hour
	// MaxReminders is the largest number of reminders.
	MaxReminders = 10
	// DefaultSpread is the spread of a deployment. Of 30 requests that start together, more than ten come within a second less
	// than once in a million times.
	DefaultSpread = 30 * time.Second
	// MaxSpread is the largest spread. It fits into the year of an execution beside [MaxTimeout].
	MaxSpread = time.Hour
)

// pauseSeconds separates an interval from the next one. It is the least that IntervalSeconds of a Retry can be.
const pauseSeconds = 1

// Schedule says when e-mails are sent while nobody decides. The first e-mail begins an interval. Each reminder comes a
// pause after the end of an interval and begins another one, of the same length. The request expires with the last
// interval.
type Schedule struct {
	// IntervalSeconds is the length of an interval.
	IntervalSeconds int `json:"intervalSeconds"`
	// PauseSeconds is the time between an interval and the next one.
	PauseSeconds int `json:"pauseSeconds"`
	// Reminders is the number of e-mails after the first one.
	Reminders int `json:"reminders"`
}

// NewSchedule divides timeout evenly among the first e-mail and its reminders, in whole seconds. Its error lists every
// problem that [CheckTimeout] and [CheckReminders] find.
func NewSchedule(timeout time.Duration, reminders int) (Schedule, error) {
	var problems []error
	if err := CheckTimeout(timeout, reminders); err != nil {
		problems = append(problems, fmt.Errorf("timeout: %w", err))
	}
	if err := CheckReminders(reminders); err != nil {
		problems = append(problems, fmt.Errorf("reminders: %w", err))
	}
	if len(problems) > 0 {
		return Schedule{}, errors.Join(problems...)
	}
	return divide(timeout, reminders), nil
}

// divide returns the schedule for a timeout and a number of reminders that are within their limits.
func divide(timeout time.Duration, reminders int) Schedule {
	seconds := int(timeout / time.Second)
	return Schedule{
		IntervalSeconds: (seconds - reminders*pauseSeconds) / (reminders + 1),
		PauseSeconds:    pauseSeconds,
		Reminders:       reminders,
	}
}

// CheckTimeout returns an error unless timeout is a whole number of seconds, at most [MaxTimeout], and long enough for the
// reminders.
func CheckTimeout(timeout time.Duration, reminders int) error {
	switch {
	case timeout < time.Second || timeout > MaxTimeout:
		return fmt.Errorf("%s is not between 1s and 8736h (364 days)", timeout)
	case timeout%time.Second != 0:
		return fmt.Errorf("%s is not a whole number of seconds", timeout)
	case CheckReminders(reminders) == nil && divide(timeout, reminders).IntervalSeconds < 1:
		return fmt.Errorf("%s leaves no second for each of the %d e-mails", timeout, reminders+1)
	}
	return nil
}

// MaxRounds returns how many approvals fit into [MaxTimeout]: at least 1. Each starts the timeout, which is positive, again.
func MaxRounds(timeout time.Duration) int { return max(1, int(MaxTimeout/timeout)) }

// CheckRounds returns an error unless that many approvals fit into [MaxTimeout]. It reports nothing about a timeout that
// [CheckTimeout] refuses.
func CheckRounds(timeout time.Duration, approvals int) error {
	if timeout > 0 && timeout <= MaxTimeout && approvals > MaxRounds(timeout) {
		return fmt.Errorf("%s is too long for %d approvals: each starts the time again, and together they may take at most "+
			"8736h (364 days)", timeout, approvals)
	}
	return nil
}

// CheckReminders returns an error unless reminders is between 0 and [MaxReminders].
func CheckReminders(reminders int) error {
	if reminders < 0 || reminders > MaxReminders {
		return fmt.Errorf("%d is not between 0 and %d", reminders, MaxReminders)
	}
	return nil
}

// CheckSpread returns an error unless spread is a whole number of seconds, at most [MaxSpread]. The spread is the longest random
// time before the first e-mail, so that requests that start together do not send theirs within the same second.
func CheckSpread(spread time.Duration) error {
	switch {
	case spread < 0 || spread > MaxSpread:
		return fmt.Errorf("%s is not between 0s and 1h", spread)
	case spread%time.Second != 0:
		return fmt.Errorf("%s is not a whole number of seconds", spread)
	}
	return nil
}

// Interval returns the length of an interval.
func (s Schedule) Interval() time.Duration { return time.Duration(s.IntervalSeconds) * time.Second }

// Duration returns how long a request stays open if nobody decides: at most the timeout, which may not divide into whole
// seconds.
func (s Schedule) Duration() time.Duration { return s.remaining(0) }

// remaining returns the time from an e-mail, the first one (0) or a reminder, to the end of the request.
func (s Schedule) remaining(reminder int) time.Duration {
	left := s.Reminders - reminder
	return s.Interval() + time.Duration(left*(s.PauseSeconds+s.IntervalSeconds))*time.Second
}

// valid reports whether a decoded schedule can be used. Without the upper limits its times would overflow.
func (s Schedule) valid() bool {
	const maxSeconds = int(MaxTimeout / time.Second)
	return s.IntervalSeconds >= 1 && s.IntervalSeconds <= maxSeconds &&
		s.PauseSeconds >= 0 && s.PauseSeconds <= maxSeconds && CheckReminders(s.Reminders) == nil
}

// The patterns of texts that are not durations. Only a deployment needs them, so the function does not compile them at its start.
var (
	days     = compileOnce(`^(\d{1,4}) ?(?:d|days?)((?:\d+h)?)$`)
	unitless = compileOnce(`^\d{1,9}$`)
)

func compileOnce(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

// ParseTimeout returns a duration such as 90s, 24h or 36h30m. Its error is a [*SettingError].
func ParseTimeout(text string) (time.Duration, error) {
	if unitless().MatchString(text) {
		return 0, &SettingError{Problem: fmt.Sprintf("%q has no unit: s, m or h", text), Suggestion: suggestHours(text)}
	}
	if match := days().FindStringSubmatch(text); match != nil {
		return 0, daysError(match[1], cmp.Or(match[2], "0h"), text)
	}
	timeout, err := time.ParseDuration(text)
	if err != nil {
		return 0, &SettingError{Problem: fmt.Sprintf("%q is not a duration such as 90s, 24h or 36h30m", text)}
	}
	return timeout, nil
}

// ParseSpread returns a duration such as 0, 30s or 5m. Its error is a [*SettingError].
func ParseSpread(text string) (time.Duration, error) {
	if text != "0" && unitless().MatchString(text) {
		return 0, &SettingError{Problem: fmt.Sprintf("%q has no unit: s, m or h", text), Suggestion: text + "s"}
	}
	spread, err := time.ParseDuration(text)
	if err != nil {
		return 0, &SettingError{Problem: fmt.Sprintf("%q is not a duration such as 30s or 5m", text)}
	}
	return spread, nil
}

// daysError returns what is wrong with a timeout of so many days and hours.
func daysError(days, hours, text string) error {
	count, _ := strconv.Atoi(days) // digits
	rest, _ := time.ParseDuration(hours)
	problem := &SettingError{Problem: fmt.Sprintf("%q counts days, which are not a unit. Hours are", text)}
	timeout := time.Duration(count)*24*time.Hour + rest
	problem.Suggestion = suggestHours(fmt.Sprint(timeout.Hours()))
	if timeout > MaxTimeout {
		problem.Problem += ", and there can be at most 8736h (364 days)"
		problem.Suggestion = "8736h"
	}
	return problem
}

// suggestHours returns a timeout of so many hours, or "" if it is out of range.
func suggestHours(count string) string {
	timeout, err := time.ParseDuration(count + "h")
	if err != nil || CheckTimeout(timeout, 0) != nil {
		return ""
	}
	return count + "h"
}
