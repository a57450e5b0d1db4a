//go:build e2e

package e2e

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// recorded is what an audit record says about the end of an execution.
type recorded struct {
	ended
	ExecutionArn, Name  string
	StartDate, StopDate int64                   // milliseconds
	OutputDetails       struct{ Included bool } // Step Functions leaves an output out that is too long
}

// deleteRecord deletes the audit record at the end of the test. Destroying the stack keeps it.
func deleteRecord(t *testing.T, g *gate) {
	group := g.output("auditLogGroup")
	t.Cleanup(func() { aws(t, nil, "logs", "delete-log-group", "--log-group-name", group) })
}

// audit checks that there is one record of each execution, and that it says how the execution ended. It returns the records
// by the ARN of the execution.
func audit(t *testing.T, g *gate) map[string]recorded {
	want := g.statuses(t)
	records := g.records(t, len(want))
	got := map[string]string{}
	for execution, r := range records {
		got[execution] = r.Status
		checkRecord(t, r)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("statuses in the audit record (-want +got):\n%s", diff)
	}
	checkEnds(t, slices.Collect(maps.Values(records)))
	return records
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

// statuses returns the status of each execution, all of which must have ended.
func (g *gate) statuses(t *testing.T) map[string]string {
	t.Helper()
	var list struct {
		Executions []struct{ ExecutionArn, Status string }
	}
	aws(t, &list, "stepfunctions", "list-executions", "--state-machine-arn", g.output("stateMachineArn"))
	statuses := map[string]string{}
	for _, e := range list.Executions {
		if e.Status == "RUNNING" {
			t.Errorf("%s has not ended", e.ExecutionArn)
		}
		statuses[e.ExecutionArn] = e.Status
	}
	return statuses
}

// records waits for a number of audit records. It returns them by the ARN of the execution.
func (g *gate) records(t *testing.T, number int) map[string]recorded {
	t.Helper()
	var texts []string
	for range 30 {
		if texts = g.recordTexts(t); len(texts) >= number {
			break
		}
		time.Sleep(time.Second)
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

// recordTexts returns the lines of the audit record.
func (g *gate) recordTexts(t *testing.T) (texts []string) {
	t.Helper()
	var found struct{ Events []struct{ Message string } }
	aws(t, &found, "logs", "filter-log-events", "--log-group-name", g.output("auditLogGroup"))
	for _, event := range found.Events {
		texts = append(texts, event.Message)
	}
	return texts
}

// noSecret checks that the audit record has no task token and no signature of a link.
func noSecret(t *testing.T, g *gate) {
	text := strings.Join(g.recordTexts(t), "\n")
	secrets := []string{"signature=", "taskToken"}
	if onSandbox() {
		secrets = append(secrets, sentSecrets(t)...)
	}
	for _, secret := range secrets {
		if strings.Contains(text, secret) {
			t.Errorf("the audit record contains a secret that begins with %.9s", secret)
		}
	}
	t.Logf("%d secrets are not in the %d bytes of the audit record", len(secrets), len(text))
}

// sentSecrets returns every task token, and the signature of every link.
func sentSecrets(t *testing.T) (secrets []string) {
	t.Helper()
	var tokens []struct{ Token string }
	if err := sandbox(http.MethodGet, "tokens", nil, &tokens); err != nil {
		t.Fatal(err)
	}
	for _, token := range tokens {
		secrets = append(secrets, token.Token)
	}
	mails, err := sentMails()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mails {
		for _, link := range m.Message.links() {
			secrets = append(secrets, link.Query().Get("signature"))
		}
	}
	return secrets
}
