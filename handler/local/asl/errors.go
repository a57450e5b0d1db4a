package asl

import (
	"fmt"
	"slices"
	"strings"
)

// The error names of the language that this interpreter raises or matches.
// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
const (
	errAll               = "States.ALL"
	errTaskFailed        = "States.TaskFailed"
	errTimeout           = "States.Timeout"
	errDataLimitExceeded = "States.DataLimitExceeded"
	errRuntime           = "States.Runtime"
	errNoChoiceMatched   = "States.NoChoiceMatched"
)

// Error is a failure as the language knows it: a name to match and a cause to read. It ends an execution that nothing
// catches it in.
type Error struct {
	// Name is what ErrorEquals matches, such as States.Timeout.
	Name string
	// Cause is for people; it may be empty.
	Cause string
}

func (e *Error) Error() string { return e.Name + ": " + e.Cause }

func runtimeError(state string, err error) error {
	return &Error{Name: errRuntime, Cause: fmt.Sprintf("An error occurred while executing the state '%s'. %s", state, err)}
}

// limit refuses data that a state cannot take in or pass on.
func limit(state string, data []byte) error {
	if len(data) <= maxData {
		return nil
	}
	return &Error{Name: errDataLimitExceeded, Cause: fmt.Sprintf(
		"The state/task '%s' returned a result with a size exceeding the maximum number of bytes service limit.", state)}
}

// errorEquals is the list of names of a Retry or a Catch.
type errorEquals []string

// check refuses a name that no task can end with. last tells whether no other retrier or catcher follows.
func (names errorEquals) check(last bool) error {
	if len(names) == 0 {
		return fmt.Errorf("ErrorEquals is empty")
	}
	matchable := []string{errAll, errTaskFailed, errTimeout, errDataLimitExceeded}
	for _, name := range names {
		if name == "" || strings.HasPrefix(name, "States.") && !slices.Contains(matchable, name) {
			return fmt.Errorf("ErrorEquals: unknown error %q", name)
		}
		if name == errAll && (len(names) > 1 || !last) {
			return fmt.Errorf("ErrorEquals: %s must stand alone, and last", errAll)
		}
	}
	return nil
}

// match tells whether the names cover an error. The wildcards leave out the terminal errors.
func (names errorEquals) match(name string) bool {
	if slices.Contains(names, name) {
		return true
	}
	if name == errDataLimitExceeded || name == errRuntime {
		return false
	}
	return slices.Contains(names, errAll) || slices.Contains(names, errTaskFailed) && name != errTimeout
}
