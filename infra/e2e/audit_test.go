//go:build e2e

package e2e

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// recorded is what an audit record says about the end of an execution.
type recorded struct {
	ended
	ExecutionArn, Name  string
	StartDate, StopDate int64 // milliseconds

	// Step Functions leaves out what is too long.
	InputDetails, OutputDetails struct{ Included bool }
}

// deleteRecord deletes the audit record at the end of the test. Destroying the stack keeps it.
func deleteRecord(t *testing.T, g *gate) {
	group := g.output("auditLogGroup")
	t.Cleanup(func() { aws(t, nil, "logs", "delete-log-group", "--log-group-name", group) })
}

// recordTexts returns the lines of the audit record.
func (g *gate) recordTexts(t *testing.T) (texts []string) {
	t.Helper()
	aws(t, &texts, "logs", "filter-log-events", "--log-group-name", g.output("auditLogGroup"), "--query", "events[].message")
	return texts
}

// records waits for a number of audit records. It returns them by the ARN of the execution.
func (g *gate) records(t *testing.T, number int) map[string]recorded {
	t.Helper()
	texts := g.recordTexts(t)
	for range 30 {
		if len(texts) < number {
			time.Sleep(time.Second)
			texts = g.recordTexts(t)
		}
	}
	if len(texts) != number {
		t.Errorf("there are %d audit records, want one for each of %d executions", len(texts), number)
	}
	records := map[string]recorded{}
	for _, text := range texts {
		var event struct{ Detail recorded }
		decode(t, []byte(text), &event)
		records[event.Detail.ExecutionArn] = event.Detail
	}
	return records
}

// audit checks that there is one record of each execution, that it says how the execution ended, and that there is an end
// of each kind. It returns the records by the ARN of the execution.
func audit(t *testing.T, g *gate) map[string]recorded {
	statuses := g.statuses(t)
	records := g.records(t, len(statuses))
	got, kinds := map[string]string{}, map[string]bool{}
	for execution, r := range records {
		got[execution] = r.Status
		kinds[r.kind(t)] = true
		if !r.InputDetails.Included {
			kinds["an input that was left out"] = true
		}
	}
	if diff := cmp.Diff(statuses, got); diff != "" {
		t.Errorf("statuses in the audit record (-want +got):\n%s", diff)
	}
	want := []string{
		"approved by several", "rejected: Not on a Friday", "Expired", "ABORTED", "NotSent", "TooFewApproversError", "Undecided",
	}
	if onSandbox() {
		want = append(want, "TIMED_OUT", "an input that was left out")
	}
	for _, kind := range want {
		if !kinds[kind] {
			t.Errorf("no audit record of %s", kind)
		}
	}
	return records
}

// statuses returns the status of each execution, all of which must have ended.
func (g *gate) statuses(t *testing.T) map[string]string {
	var list [][2]string
	aws(t, &list, "stepfunctions", "list-executions", "--state-machine-arn", g.output("stateMachineArn"),
		"--query", "executions[].[executionArn, status]")
	statuses := map[string]string{}
	for _, e := range list {
		statuses[e[0]] = e[1]
		if e[1] == "RUNNING" {
			t.Errorf("%s has not ended", e[0])
		}
	}
	return statuses
}

// kind returns how the execution ended. It checks that the record says who decided, or why nobody could.
func (r recorded) kind(t *testing.T) string {
	if r.StartDate == 0 || r.StopDate < r.StartDate {
		t.Errorf("%s: times = %d and %d", r.Name, r.StartDate, r.StopDate)
	}
	switch {
	case r.Status == "SUCCEEDED" && r.OutputDetails.Included:
		approvals, _, err := r.approvals()
		if err != nil || len(approvals) == 0 {
			t.Errorf("%s: output = %s (%v), want the approvals", r.Name, r.Output, err)
		}
		if len(approvals) > 1 {
			return "approved by several"
		}
	case r.Error == "Rejected":
		rejection, err := r.rejection()
		if err != nil || rejection.Approver == "" || rejection.DecidedAt == "" {
			t.Errorf("%s: cause = %s (%v), want the rejection", r.Name, r.Cause, err)
		}
		return "rejected: " + rejection.Reason
	case r.Status == "FAILED":
		if r.Error == "" || r.Cause == "" {
			t.Errorf("%s: error = %q and cause = %q, want both", r.Name, r.Error, r.Cause)
		}
		return r.Error
	}
	return r.Status
}

// failTwice lets two executions fail at the same time, while nobody has confirmed but the team and the operators, who learn of
// both. One of the names has dots, so Step Functions does not log that execution.
func failTwice(t *testing.T, g *gate) {
	onlyOnSandbox(t)
	confirmOnSandbox(t, operators, g.output("alarmTopicArn"))
	confirmOnSandbox(t, team, g.output("outcomeTopicArn"))
	var requests []*request
	for _, name := range []string{"release-1.4.2", "release-1-4-3"} {
		requests = append(requests, &request{gate: g, execution: g.start(t, g.output("stateMachineArn"), name, `{}`)})
	}
	for _, r := range requests {
		subject, facts := "Not sent: "+r.name()+" [approval-workflow-e2e-", "Execution:  "+r.name()+"\n"
		console := "https://us-east-1.console.aws.amazon.com/states/home?region=us-east-1#/v2/executions/details/" + r.execution + "\n"
		r.do(t, failed("TooFewApproversError", g.approvers[cy]),
			told(operators, subject, facts, "Error:      TooFewApproversError\n", "> Approvals still needed: 3. ", "What to do: ", console),
			told(team, subject, facts, "> Approvals still needed: 3. ", console))
	}
}

// destroyAudited destroys the stack, which has a resource of each type. Only the audit record stays, and it stays whole.
func destroyAudited(t *testing.T, g *gate, records map[string]recorded) {
	types := map[string]bool{}
	for _, r := range g.resources(t) {
		types[r.Type] = true
	}
	if len(types) != len(describe) {
		t.Errorf("types in the stack = %v, want all of %v", types, describe)
	}
	destroy(t, g.stack, g.output("auditLogGroup"))
	if !maps.Equal(records, g.records(t, len(records))) {
		t.Error("the audit record has changed")
	}
}

// noSecret checks that the audit record has no task token and no signature of a link.
func noSecret(t *testing.T, g *gate) {
	text := strings.Join(g.recordTexts(t), "\n")
	secrets := []string{"signature=", "taskToken"}
	if onSandbox() {
		for _, token := range sentTokens(t) {
			secrets = append(secrets, token.Token)
		}
		for _, m := range sentMails(t) {
			for _, link := range m.Message.links() {
				secrets = append(secrets, link.Query().Get("signature"))
			}
		}
	}
	for _, secret := range secrets {
		if strings.Contains(text, secret) {
			t.Errorf("the audit record contains a secret that begins with %.9s", secret)
		}
	}
	t.Logf("%d secrets are not in the %d bytes of the audit record", len(secrets), len(text))
}
