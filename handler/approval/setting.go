package approval

import (
	"cmp"
	"fmt"
	"net/mail"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// SettingError reports a setting that cannot be read. Its text does not say how to change the setting: that depends on where
// it was typed.
type SettingError struct {
	// Problem says what is wrong.
	Problem string
	// Suggestion is what was probably meant, or "" if that cannot be known.
	Suggestion string
}

func (e *SettingError) Error() string { return e.Problem }

// ParseAddresses returns the addresses of a list that is separated by commas. An empty list has no addresses. It does not
// check the addresses: see [CheckAddresses]. Its error is a [*SettingError].
func ParseAddresses(text string) ([]string, error) {
	if text = strings.TrimSpace(text); text == "" {
		return nil, nil
	}
	addresses := strings.Split(text, ",")
	for i, address := range addresses {
		addresses[i] = strings.TrimSpace(address)
	}
	for _, address := range addresses {
		if problem := listProblem(address); problem != "" {
			return nil, &SettingError{Problem: problem, Suggestion: suggestAddresses(text)}
		}
	}
	return addresses, nil
}

// listProblem returns what is wrong with the form of a list that has this part.
func listProblem(part string) string {
	parsed, err := mail.ParseAddress(part)
	switch {
	case part == "":
		return "there is a comma without an address"
	case err == nil && parsed.Address != part:
		return fmt.Sprintf("%q has more than the address", part)
	case strings.Contains(part, ";"):
		return fmt.Sprintf("%q separates addresses by a semicolon instead of a comma", part)
	case len(strings.Fields(part)) > 1:
		return fmt.Sprintf("%q separates addresses by white space instead of a comma", part)
	}
	return ""
}

// suggestAddresses returns the list with commas and without names, or "" if that is not a list of addresses either.
func suggestAddresses(text string) string {
	var addresses []string
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ';' || r == '\n' }) {
		if parsed, err := mail.ParseAddress(strings.TrimSpace(part)); err == nil {
			addresses = append(addresses, parsed.Address)
		} else {
			addresses = append(addresses, strings.Fields(part)...)
		}
	}
	if len(CheckAddresses(addresses)) > 0 {
		return ""
	}
	return strings.Join(addresses, ",")
}

var (
	days     = regexp.MustCompile(`^(\d{1,4}) ?(?:d|days?)((?:\d+h)?)$`)
	unitless = regexp.MustCompile(`^\d{1,9}$`)
)

// ParseTimeout returns a duration such as 90s, 24h or 36h30m. Its error is a [*SettingError].
func ParseTimeout(text string) (time.Duration, error) {
	if unitless.MatchString(text) {
		return 0, &SettingError{Problem: fmt.Sprintf("%q has no unit: s, m or h", text), Suggestion: suggestHours(text)}
	}
	if match := days.FindStringSubmatch(text); match != nil {
		count, _ := strconv.Atoi(match[1]) // digits
		rest, _ := time.ParseDuration(cmp.Or(match[2], "0h"))
		return 0, &SettingError{
			Problem:    fmt.Sprintf("%q counts days, which are not a unit. Hours are", text),
			Suggestion: suggestHours(strconv.Itoa(24*count + int(rest.Hours()))),
		}
	}
	timeout, err := time.ParseDuration(text)
	if err != nil {
		return 0, &SettingError{Problem: fmt.Sprintf("%q is not a duration such as 90s, 24h or 36h30m", text)}
	}
	return timeout, nil
}

// suggestHours returns a timeout of so many hours, or "" if it is out of range.
func suggestHours(count string) string {
	timeout, err := time.ParseDuration(count + "h")
	if err != nil || CheckTimeout(timeout, 0) != nil {
		return ""
	}
	return count + "h"
}
