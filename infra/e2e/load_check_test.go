//go:build e2e

package e2e

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

// endOf returns the error of an execution that failed, and the status of any other.
func endOf(end *sfn.DescribeExecutionOutput) string {
	return cmp.Or(awssdk.ToString(end.Error), string(end.Status))
}

// record is the record of the decision in the execution.
type record struct{ Status, SourceIP string }

// recordOf returns the record of the decision that ended an execution, or no record if it expired.
func recordOf(end *sfn.DescribeExecutionOutput, number int) (record, error) {
	switch endOf(end) {
	case "SUCCEEDED":
		var output struct {
			Input    struct{ Request int }
			Approval record
		}
		err := json.Unmarshal([]byte(*end.Output), &output)
		if err == nil && output.Input.Request != number {
			err = fmt.Errorf("the output contains the input of execution %d", output.Input.Request)
		}
		return output.Approval, err
	case "Rejected":
		var recorded record
		err := json.Unmarshal([]byte(*end.Cause), &recorded)
		return recorded, err
	}
	return record{}, nil
}

// check compares the end of an execution with the clicks on its links and with their answers.
func (p plan) check(number int, end *sfn.DescribeExecutionOutput, answers []answer) error {
	if !slices.Contains(p.ends, endOf(end)) {
		return fmt.Errorf("end = %s, want one of %v", endOf(end), p.ends)
	}
	recorded, err := recordOf(end, number)
	problems := []error{err}
	want := outcomes[endOf(end)].decision
	if recorded.Status != want {
		problems = append(problems, fmt.Errorf("recorded decision = %q, want %q", recorded.Status, want))
	}
	count := 0
	for _, a := range answers {
		if a.decided(recorded) {
			count++
		}
		if !a.fits(endOf(end), recorded) {
			problems = append(problems, fmt.Errorf("wrong answer, although %s %s: %s", recorded.SourceIP, recorded.Status, a))
		}
	}
	if decided := want != ""; decided != (count == 1) {
		problems = append(problems, fmt.Errorf("%d clicks match the recorded decision", count))
	}
	return errors.Join(problems...)
}

// decided reports whether it was this click that decided.
func (a answer) decided(recorded record) bool {
	return recorded == record{decisions[a.path].status, a.address}
}

// fits reports whether an answer is true of an execution with that end. Only the click that decided may get a success.
// It may also get the answer to a later click, if it was repeated after an answer 503. Every other click must get the
// answer to a later click.
func (a answer) fits(end string, recorded record) bool {
	outcome := outcomes[end]
	if a.decided(recorded) && a.status == http.StatusOK {
		return maps.Equal(a.body, map[string]string{"message": decisions[a.path].message})
	}
	return (!a.decided(recorded) || a.unavailable > 0) && a.status == outcome.status && a.body["error"] == outcome.code
}

// checkTokens checks that nothing answered a task token of the execution, except that a decision answered the last one.
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
				return errors.New("a task token is still open after the end")
			}
		}
	}
	want := make([]bool, max(1, len(answered)))
	want[len(want)-1] = outcomes[endOf(end)].decision != ""
	if !slices.Equal(answered, want) {
		return fmt.Errorf("answered task tokens = %v, want %v", answered, want)
	}
	return nil
}
