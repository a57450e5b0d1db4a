package asl

import (
	"errors"
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
)

// Error is an error of the language. It fails the execution unless a state catches it.
type Error struct {
	// Name is what ErrorEquals matches, such as States.Timeout.
	Name string
	// Cause is a text for people. It may be empty.
	Cause string
}

func (e *Error) Error() string { return e.Name + ": " + e.Cause }

func runtimeError(state, problem string) error {
	return &Error{Name: errRuntime, Cause: fmt.Sprintf("An error occurred while executing the state '%s'. %s", state, problem)}
}

// maxData limits what a state accepts and passes on, in bytes.
// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
const maxData = 262_144

// limit refuses data that is too large for a state to accept or to pass on.
func limit(state string, data []byte) error {
	if len(data) <= maxData {
		return nil
	}
	return &Error{Name: errDataLimitExceeded, Cause: fmt.Sprintf(
		"The state/task '%s' returned a result with a size exceeding the maximum number of bytes service limit.", state)}
}

// errorEquals is the list of names of a Retry or a Catch.
type errorEquals []string

// check refuses a name that no error of a task has. last reports whether no other retrier or catcher follows.
func (names errorEquals) check(last bool) error {
	if len(names) == 0 {
		return errors.New("ErrorEquals is empty")
	}
	matchable := []string{errAll, errTaskFailed, errTimeout, errDataLimitExceeded}
	for _, name := range names {
		if name == "" || strings.HasPrefix(name, "States.") && !slices.Contains(matchable, name) {
			return fmt.Errorf("ErrorEquals: unknown error %q", name)
		}
		if name == errAll && (len(names) > 1 || !last) {
			return fmt.Errorf("ErrorEquals: %s must be the only name, and in the last place", errAll)
		}
	}
	return nil
}

// when describes the errors to a person.
func (names errorEquals) when() string {
	if slices.Contains(names, errAll) {
		return "on any other error" // it is in the last place
	}
	return "on " + strings.Join(names, " or ")
}

// match reports whether the names match an error. States.ALL matches States.DataLimitExceeded: in 2024, AWS was recorded doing
// so, although its documentation says that it does not. No wildcard matches States.Runtime, which ends an execution at once.
func (names errorEquals) match(name string) bool {
	return slices.Contains(names, name) || name != errRuntime && slices.Contains(names, errAll) ||
		slices.Contains(names, errTaskFailed) && !slices.Contains([]string{errRuntime, errDataLimitExceeded, errTimeout}, name)
}
