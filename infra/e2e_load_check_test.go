//go:build e2e

package infra_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
)

// plan is what the approvers of an execution do, and how it may end: SUCCEEDED or the name of its error.
type plan struct {
	atOnce []string // the links that are clicked at the same moment
	late   []string // those that are clicked after the end
	ends   []string
}

// maxClicks is how many links of an execution are clicked at most.
const maxClicks = 7

// planOf has every second execution approved. Of the others one is rejected, one is both approved and rejected, and one
// is left to expire, in turn.
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

// decisions are what a click on a path decides, and what it is told if it did.
var decisions = map[string]struct{ status, message string }{
	"/approve": {"approved", "Workflow approved successfully"},
	"/reject":  {"rejected", "Workflow rejected"},
}

// outcomes are the decision behind each end of an execution, and what a click is told that comes after it.
var outcomes = map[string]struct {
	decision string
	status   int
	code     string
}{
	"SUCCEEDED": {"approved", http.StatusConflict, "AlreadyApproved"},
	"Rejected":  {"rejected", http.StatusConflict, "AlreadyRejected"},
	"Expired":   {"", http.StatusGone, "Expired"},
}

func endOf(end *sfn.DescribeExecutionOutput) string {
	return cmp.Or(awssdk.ToString(end.Error), string(end.Status))
}

// record is the decision as the execution keeps it.
type record struct{ Status, SourceIP string }

// recordOf returns the decision that an execution ended by, and none if it expired.
func recordOf(end *sfn.DescribeExecutionOutput, number int) (record, error) {
	switch endOf(end) {
	case "SUCCEEDED":
		var output struct {
			Input    struct{ Request int }
			Approval record
		}
		err := json.Unmarshal([]byte(*end.Output), &output)
		if err == nil && output.Input.Request != number {
			err = fmt.Errorf("its output has the input of execution %d", output.Input.Request)
		}
		return output.Approval, err
	case "Rejected":
		var kept record
		err := json.Unmarshal([]byte(*end.Cause), &kept)
		return kept, err
	}
	return record{}, nil
}

// check compares how an execution ended with what its approvers did, and with what each of them was told.
func (p plan) check(number int, end *sfn.DescribeExecutionOutput, answers []answer) error {
	if !slices.Contains(p.ends, endOf(end)) {
		return fmt.Errorf("it ended as %s, want one of %v", endOf(end), p.ends)
	}
	kept, err := recordOf(end, number)
	faults := []error{err}
	want := outcomes[endOf(end)].decision
	if kept.Status != want {
		faults = append(faults, fmt.Errorf("%s with the record of a decision %q", endOf(end), kept.Status))
	}
	recorded := 0
	for _, a := range answers {
		if a.recorded(kept) {
			recorded++
		}
		if !a.fits(endOf(end), kept) {
			faults = append(faults, fmt.Errorf("%s by %s (%s): told %s", endOf(end), kept.SourceIP, kept.Status, a))
		}
	}
	if decided := want != ""; decided != (recorded == 1) {
		faults = append(faults, fmt.Errorf("%d clicks are the one on record", recorded))
	}
	return errors.Join(faults...)
}

// recorded tells whether it was this click that an execution ended by.
func (a answer) recorded(kept record) bool {
	return kept == record{decisions[a.path].status, a.address}
}

// fits tells whether an answer is true of an execution that ended so. The click on record decided, or was told how the
// execution stands after its own answer got lost. Every other click was told how it stands.
func (a answer) fits(end string, kept record) bool {
	outcome := outcomes[end]
	if a.recorded(kept) && a.status == http.StatusOK {
		return maps.Equal(a.body, map[string]string{"message": decisions[a.path].message})
	}
	return (!a.recorded(kept) || a.unavailable > 0) && a.status == outcome.status && a.body["error"] == outcome.code
}

// checkTokens holds that a decided execution's last task token was answered, once, and no other token of it ever.
func checkTokens(execution string, end *sfn.DescribeExecutionOutput) error {
	var tokens []struct {
		Execution string `json:"execution_arn"`
		Open      bool   `json:"open"`
		ClosedBy  string `json:"closed_by"`
	}
	if err := sandbox(http.MethodGet, "tokens", nil, &tokens); err != nil {
		return err
	}
	var answered []bool
	for _, token := range tokens {
		if token.Execution == execution {
			answered = append(answered, token.ClosedBy == "CallbackOutcomeSuccess")
			if token.Open {
				return errors.New("a task token is open after the end")
			}
		}
	}
	want := make([]bool, max(1, len(answered)))
	want[len(want)-1] = outcomes[endOf(end)].decision != ""
	if !slices.Equal(answered, want) {
		return fmt.Errorf("its task tokens were answered: %v, want %v", answered, want)
	}
	return nil
}
