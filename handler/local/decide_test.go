package main

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
)

const (
	get  = http.MethodGet
	post = http.MethodPost

	whollyApproved = "{\"message\":\"Workflow approved successfully\"}\n"
)

// step is a click with a part of its answer.
type step struct {
	approver, method string
	decision         approval.Decision
	status           int
	answer           string
}

// decisionTests are the clicks of executions in turn. The approvers are those whose decisions the execution keeps.
var decisionTests = []struct {
	name      string
	args      []string
	steps     []step
	error     string
	approvers []string
	logged    []string // outcomes
}{
	{"rejected", nil, []step{
		{anybody, post, approval.Reject, 200, approval.Reject.Message},
		{anybody, get, approval.Approve, 409, "rejected before"},
	}, "Rejected", []string{anybody}, []string{"requested", "rejected", "AlreadyRejected"}},
	{"1 of 3", ofThree(1), []step{
		{bob, get, approval.Approve, 200, whollyApproved},
		{ada, get, approval.Reject, 409, "approved before"},
	}, "", []string{bob}, []string{"requested", "approved", "AlreadyApproved"}},
	{"2 of 3", ofThree(2), []step{
		{cleo, get, approval.Approve, 200, "1 more approval is needed"},
		{ada, get, approval.Approve, 200, whollyApproved},
	}, "", []string{cleo, ada}, []string{"requested", "counted", "continued", "approved"}},
	{"second click", ofThree(2), []step{
		{ada, get, approval.Approve, 200, "1 more approval is needed"},
		{ada, get, approval.Approve, 409, `"error":"AlreadyCounted"`},
		{ada, post, approval.Approve, 409, `"error":"AlreadyCounted"`},
		{bob, get, approval.Approve, 200, whollyApproved},
	}, "", []string{ada, bob}, nil},
	{"rejected by whoever has approved", ofThree(3), []step{
		{ada, get, approval.Approve, 200, "2 more approvals are needed"},
		{ada, get, approval.Reject, 200, approval.Reject.Message},
		{cleo, get, approval.Approve, 409, "rejected before"},
	}, "Rejected", []string{ada}, nil},
	{"rejected by another approver", ofThree(3), []step{
		{ada, get, approval.Approve, 200, "2 more approvals are needed"},
		{bob, get, approval.Reject, 200, approval.Reject.Message},
	}, "Rejected", []string{bob}, nil},
}

func TestDecisions(t *testing.T) {
	for _, test := range decisionTests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := start(t, test.args...)
				arn := r.startExecution(objectInput)
				for i, step := range test.steps {
					got := r.click(step.method, r.link(step.approver, arn, step.decision), step.status)
					if !strings.Contains(got.body, step.answer) {
						t.Errorf("answer %d = %s, want one that contains %q", i+1, got.body, step.answer)
					}
				}
				r.checkEnd(arn, test.error, test.approvers...)
				r.checkAskedOnce(arn)
				r.checkNoSecrets()
				r.checkOutcomes(test.logged...)
			})
		})
	}
}

// checkAskedOnce checks that each approver got one e-mail, which names them: a decision sends none.
func (r *localRun) checkAskedOnce(executionARN string) {
	r.t.Helper()
	asked := map[string]bool{}
	for _, email := range r.emailsTo("", executionARN, 1) {
		if asked[email.To] || !strings.Contains(email.Body, "Approver:   "+email.To+"\n") {
			r.t.Errorf("the e-mail to %s does not name its approver, or is not the first", email.To)
		}
		if email.Subject != "Approve? Release 1.4.2 [approval-workflow]" {
			r.t.Errorf("subject = %s", email.Subject)
		}
		asked[email.To] = true
	}
}

func (r *localRun) checkOutcomes(outcomes ...string) {
	r.t.Helper()
	for _, outcome := range outcomes {
		if !strings.Contains(r.log.String(), `"outcome":"`+outcome+`"`) {
			r.t.Errorf("the log has no line with the outcome %s", outcome)
		}
	}
}

func TestApproveAnyInput(t *testing.T) {
	for name, input := range map[string]string{
		"object": objectInput, "array": `[]`, "string": `"text"`, "null": `null`,
		"number": `12345678901234567890.50`, "white space": "{ \"key\":\n[ 1 ] }",
		"large": `{"text":"` + strings.Repeat("é<&>", 34_000) + `"}`, // 200 KiB
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := start(t)
				arn := r.startExecution(input)
				r.click(get, r.link(anybody, arn, approval.Approve), http.StatusOK)
				r.checkEnd(arn, "", anybody)
				if got := aws.ToString(r.describe(arn).Input); got != input {
					t.Errorf("input = %.200s, want %.200s", got, input)
				}
				r.checkNoSecrets()
			})
		})
	}
}

// TestLargestInput checks that the largest input that is asked about can also be approved, whatever the browsers send. A
// larger input fails before anyone is asked. Each approval that is needed makes the largest input smaller.
func TestLargestInput(t *testing.T) {
	for approvals := 1; approvals <= 3; approvals++ {
		t.Run(fmt.Sprint(approvals), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				largest := 262_144 - 8_192*approvals // bytes
				r := start(t, ofThree(approvals)...)
				arn := r.startExecution(`"` + strings.Repeat("x", largest-2) + `"`)
				header := http.Header{"User-Agent": {"curl/" + strings.Repeat(`"`, 1000)}}
				approvers := []string{ada, bob, cleo}[:approvals]
				for _, approver := range approvers {
					if got := r.request(get, r.link(approver, arn, approval.Approve), header); got.status != http.StatusOK {
						t.Fatalf("answer to %s = %d %s", approver, got.status, got.body)
					}
				}
				r.checkEnd(arn, "", approvers...)
				larger := r.startExecution(`"` + strings.Repeat("x", largest-1) + `"`)
				r.checkEnd(larger, "NotSent")
				if cause := aws.ToString(r.describe(larger).Cause); !strings.Contains(cause, "no room for the decisions") {
					t.Errorf("larger input: cause %s", cause)
				}
			})
		})
	}
}

// TestDeepInput checks that an input is refused which is nested deeper than the function can read.
func TestDeepInput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t)
		for _, depth := range []int{9_991, 9_998, 9_999, 10_000} {
			arn := r.startExecution(strings.Repeat("[", depth) + strings.Repeat("]", depth))
			r.checkEnd(arn, "NotSent")
			if cause := aws.ToString(r.describe(arn).Cause); !strings.Contains(cause, `"Error":"InvalidRequestError"`) {
				t.Errorf("%d levels: cause %s", depth, cause)
			}
		}
	})
}

func TestConfirm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, "-confirm")
		arn := r.startExecution(objectInput)
		if email := r.emailsTo("", arn, 1)[0]; !strings.Contains(email.Body, "ask you to confirm") {
			t.Error("the e-mail does not say that the links ask")
		}
		link := r.link(anybody, arn, approval.Reject)
		page := r.request(get, link, http.Header{"Accept": {"text/html"}})
		if page.status != http.StatusOK || !strings.Contains(page.body, `<form method="post"`) {
			t.Fatalf("answer = %d %s, want %d with a form", page.status, page.body, http.StatusOK)
		}
		r.click(get, link, http.StatusMethodNotAllowed)
		r.checkRunning(arn, "before the button is pressed")
		form := http.Header{"Origin": {"null"}} // of a page with the policy no-referrer, in a browser without Sec-Fetch headers
		if got := r.request(post, link, form); got.status != http.StatusOK {
			t.Errorf("answer to the form = %d %s", got.status, got.body)
		}
		r.checkEnd(arn, "Rejected", anybody)
		r.click(get, link, http.StatusConflict)
		r.checkNoSecrets()
	})
}

// TestClicksAtTheSameMoment checks that of many clicks of two approvers, one of each counts.
func TestClicksAtTheSameMoment(t *testing.T) {
	const clicks = 20 // of each approver
	r := startOnTCP(t, ofThree(2)...)
	arn := r.startExecution(objectInput)
	links := []string{r.link(ada, arn, approval.Approve), r.link(bob, arn, approval.Approve)}
	statuses := make(chan int, 2*clicks)
	var group sync.WaitGroup
	for i := range 2 * clicks {
		group.Go(func() {
			got, err := r.send(get, links[i%2], nil)
			if err != nil {
				t.Error(err)
			}
			statuses <- got.status
		})
	}
	group.Wait()
	close(statuses)
	count := map[int]int{}
	for status := range statuses {
		count[status]++
	}
	want := map[int]int{http.StatusOK: 2, http.StatusConflict: 2*clicks - 2}
	if diff := cmp.Diff(want, count); diff != "" {
		t.Errorf("answers by status (-want +got):\n%s", diff)
	}
	if _, got := r.end(arn); len(got) != 2 || got[0].Approver == got[1].Approver {
		t.Errorf("approvals = %+v, want one of each approver", got)
	}
}

// TestStopAndClickAtOnce stops executions at the moment of a click. The click is told whether Step Functions accepted its decision. An
// execution that was stopped before it carried the decision out may have accepted it.
func TestStopAndClickAtOnce(t *testing.T) {
	const rounds = 200
	synctest.Test(t, func(t *testing.T) {
		r := start(t)
		stopped := 0
		for round := range rounds {
			arn := r.startExecution(objectInput)
			answer := r.stopAndClick(arn, r.link(anybody, arn, approval.Decisions()[round%2]))
			_, _ = r.end(arn)
			switch got := r.describe(arn).Status; {
			case got == types.ExecutionStatusAborted:
				stopped++
				if answer.status != http.StatusOK && !strings.Contains(answer.body, `"error":"Stopped"`) {
					t.Errorf("round %d: the execution is stopped, answer %d %s", round, answer.status, answer.body)
				}
			case answer.status != http.StatusOK:
				t.Errorf("round %d: the execution is %s, answer %d %s", round, got, answer.status, answer.body)
			}
		}
		if stopped == 0 || stopped == rounds {
			t.Errorf("%d of %d executions were stopped, want some", stopped, rounds)
		}
	})
}

// stopAndClick stops an execution and opens a link at the same moment. It returns the answer to the click.
func (r *localRun) stopAndClick(executionARN, link string) response {
	r.t.Helper()
	var answer response
	var err, stopErr error
	var group sync.WaitGroup
	group.Go(func() { answer, err = r.send(post, link, nil) })
	group.Go(func() {
		_, stopErr = r.sfn.StopExecution(r.t.Context(), &sfn.StopExecutionInput{ExecutionArn: aws.String(executionARN)})
	})
	group.Wait()
	if err != nil || stopErr != nil {
		r.t.Fatalf("click: %v, stop: %v", err, stopErr)
	}
	return answer
}
