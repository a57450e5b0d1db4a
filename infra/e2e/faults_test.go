//go:build e2e

package e2e

import (
	"net/http"
	"testing"
)

// clickError provokes an error at a click.
type clickError struct {
	name   string
	fault  fault
	cold   bool // the function starts while the error lasts
	status int  // the answer to the click; 200 if the function recovers by itself
}

// until is the number of calls that fail if an error lasts until the test ends it.
const until = 1000

func kmsFails(times, status int, code string) fault {
	return fault{Service: "kms", Operation: "GenerateMac", Times: times, Status: status, Code: code}
}

func statesFail(operation string, times, status int, code string) fault {
	return fault{Service: "states", Operation: operation, Caller: "-function-", Times: times, Status: status, Code: code}
}

var clickErrors = []clickError{
	{"KMS is down when the function starts", kmsFails(until, 500, "KMSInternalException"), true, http.StatusServiceUnavailable},
	{"KMS throttles when the function starts", kmsFails(until, 400, "ThrottlingException"), true, http.StatusServiceUnavailable},
	{"KMS denies", kmsFails(until, 400, "AccessDeniedException"), true, http.StatusInternalServerError},
	{"KMS is down only at the start", kmsFails(3, 500, ""), true, http.StatusOK},
	{"the history is throttled", statesFail("GetExecutionHistory", until, 400, "ThrottlingException"), false, http.StatusServiceUnavailable},
	{"the history is denied", statesFail("GetExecutionHistory", until, 400, "AccessDeniedException"), false, http.StatusInternalServerError},
	{"the answer is throttled", statesFail("SendTaskSuccess", until, 400, "ThrottlingException"), false, http.StatusServiceUnavailable},
	{"the answer is denied", statesFail("SendTaskSuccess", until, 400, "AccessDeniedException"), false, http.StatusInternalServerError},
	{"the answer succeeds but gets lost", statesFail("SendTaskSuccess", 1, 500, "").afterCall(), false, http.StatusOK},
}

// provokeClickErrors provokes each error. After it the same link decides.
func provokeClickErrors(t *testing.T, g *gate) {
	onlyOnSandbox(t)
	for _, c := range clickErrors {
		t.Run(c.name, func(t *testing.T) { c.run(t, g.askAll(t, `{}`)) })
	}
}

func (c clickError) run(t *testing.T, a asked) {
	link := a.emails[0].link(t, "/approve")
	inject(t, c.fault)
	if c.cold {
		a.configure(t, "--timeout", "19")
	}
	got := send(t, http.MethodGet, link, nil, "")
	got.check(t, c.status, "")
	if retry := got.header.Get("Retry-After") != ""; retry != (c.status == http.StatusServiceUnavailable) {
		t.Errorf("Retry-After is set: %t, and the status is %d", retry, got.status)
	}
	clearFaults(t)
	if c.status != http.StatusOK {
		a.open(t, link, http.StatusOK, approved)
	}
	a.checkApproved(t, a.approvers...)
	a.open(t, link, http.StatusConflict, "approved before")
}
