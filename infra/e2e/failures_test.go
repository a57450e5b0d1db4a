//go:build e2e

package e2e

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// failTwice lets two executions fail at the same time, while nobody has confirmed but the operators. One of the names has
// dots, so Step Functions does not log that execution.
func failTwice(t *testing.T, g *gate) {
	onlyOnSandbox(t)
	confirmOnSandbox(t, g.approvers[0], g.output("alarmTopicArn"))
	executions := map[string]string{"release-1.4.2": "", "release-1-4-3": ""}
	for name := range executions {
		executions[name] = startExecution(t, g.output("stateMachineArn"), `{}`, "--name", name)
	}
	for name, execution := range executions {
		end := wait(t, execution)
		end.checkFailed(t, "TooFewApproversError", g.approvers[2])
		g.checkReported(t, name, execution, end)
	}
}

// checkReported checks the e-mail to the operators about an execution that failed.
func (g *gate) checkReported(t *testing.T, name, execution string, end ended) {
	t.Helper()
	message := g.report(t, name)
	for _, want := range []string{
		"Execution: " + name, "Status: " + end.Status, "Error: " + end.Error, "Cause: " + end.Cause,
		"AWS console: https://us-east-1.console.aws.amazon.com/states/home?region=us-east-1#/v2/executions/details/" + execution,
	} {
		if !slices.Contains(strings.Split(message, "\n"), `"`+want+`"`) {
			t.Errorf("the e-mail to the operators has no line %q:\n%s", want, message)
		}
	}
}

// report waits for the e-mail to the operators about an execution.
func (g *gate) report(t *testing.T, name string) string {
	t.Helper()
	for range 100 {
		if messages := g.reports(t)[name]; len(messages) > 0 {
			return messages[0]
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("the operators got no e-mail about %s", name)
	return ""
}

// reports returns the e-mails to the operators by the name of the execution.
func (g *gate) reports(t *testing.T) map[string][]string {
	t.Helper()
	mails, err := sentMails()
	if err != nil {
		t.Fatal(err)
	}
	reports := map[string][]string{}
	for _, m := range mails {
		if m.Topic != g.output("alarmTopicArn") {
			continue
		}
		_, after, _ := strings.Cut(string(m.Message), `"Execution: `)
		name, _, _ := strings.Cut(after, `"`)
		reports[name] = append(reports[name], string(m.Message))
	}
	return reports
}

// allReported checks that the operators got one e-mail about each failure, and none about another end. The sandbox delivers
// in order, so they have arrived when the audit record is complete.
func allReported(t *testing.T, g *gate, records map[string]recorded) {
	onlyOnSandbox(t)
	want, others := map[string]int{}, map[string]int{}
	for _, r := range records {
		if r.Status == "FAILED" && r.Error != "Rejected" && r.Error != "Expired" {
			want[r.Name] = 1
		} else {
			others[strings.Trim(r.Status+" "+r.Error, " ")]++
		}
	}
	got := map[string]int{}
	for name, messages := range g.reports(t) {
		got[name] = len(messages)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("e-mails to the operators by execution (-want +got):\n%s", diff)
	}
	t.Logf("%d e-mails about failures, none about %v", len(got), others)
}
