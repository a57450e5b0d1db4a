//go:build e2e

package e2e

import (
	"net/http"
	"slices"
)

// plan says which links of an execution's e-mail are clicked, and how the execution may end.
type plan struct {
	early []string // paths of the links that are clicked at the same moment
	late  []string // paths of the links that are clicked after the end
	ends  []string // the possible results of endOf
}

// maxClicks is the largest number of clicks in a plan.
const maxClicks = 7

// planOf returns the plan of an execution. Every second execution is approved. The others are rejected, approved and
// rejected at the same moment, or never decided, in turn.
func planOf(number int) plan {
	const approve, reject = "/approve", "/reject"
	if number%2 == 0 {
		return plan{slices.Repeat([]string{approve}, 5), []string{reject}, []string{"SUCCEEDED"}}
	}
	return []plan{
		{slices.Repeat([]string{reject}, 5), []string{approve}, []string{"Rejected"}},
		{slices.Repeat([]string{approve, reject}, 3), []string{reject}, []string{"SUCCEEDED", "Rejected"}},
		{nil, []string{approve, reject}, []string{"Expired"}},
	}[number/2%3]
}

// decisions contains the decision of a click by its path, and the answer to a click that decided.
var decisions = map[string]struct{ status, message string }{
	"/approve": {"approved", "Workflow approved successfully"},
	"/reject":  {"rejected", "Workflow rejected"},
}

// outcomes contains the decision behind each result of endOf, and the answer to a later click.
var outcomes = map[string]struct {
	decision string
	status   int
	code     string
}{
	"SUCCEEDED": {"approved", http.StatusConflict, "AlreadyApproved"},
	"Rejected":  {"rejected", http.StatusConflict, "AlreadyRejected"},
	"Expired":   {"", http.StatusGone, "Expired"},
}
