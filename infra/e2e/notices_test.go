//go:build e2e

package e2e

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/google/go-cmp/cmp"
)

// Who learns how every execution ended, and who learns of failures. Nobody can read their e-mails on an AWS account.
const (
	team      = "success+team@simulator.amazonses.com"
	operators = "success+ops@simulator.amazonses.com"
)

// outcomes is the setting of that name from a time on, and who subscribes from then on.
type outcomes struct {
	since       time.Time
	value       string
	subscribers []string
}

// setOutcomes sets who learns how an execution ended. The next deployment applies it, and no execution may end before.
func (g *gate) setOutcomes(t *testing.T, value string, subscribers ...string) {
	t.Helper()
	g.settle(t)
	g.set(t, "outcomes="+value)
	g.outcomes = append(g.outcomes, outcomes{time.Now(), value, subscribers})
}

// outcomesAt returns the setting at a time in milliseconds.
func (g *gate) outcomesAt(milliseconds int64) (found outcomes) {
	for _, o := range g.outcomes {
		if o.since.UnixMilli() <= milliseconds {
			found = o
		}
	}
	return found
}

var namePattern = regexp.MustCompile(`(?m)^Execution: +(\S+)$`)

// notices returns the e-mails about ends that this stack has sent, by the name of the execution.
func (g *gate) notices(t *testing.T) map[string][]mail {
	t.Helper()
	topics := []string{g.output("topicArn"), g.output("outcomeTopicArn"), g.output("alarmTopicArn")}
	notices := map[string][]mail{}
	for _, m := range sentMails(t) {
		if !m.Message.asks() && slices.Contains(topics, m.Topic) {
			name := ""
			if match := namePattern.FindStringSubmatch(string(m.Message)); match != nil {
				name = match[1]
			}
			notices[name] = append(notices[name], m)
		}
	}
	return notices
}

// settle waits until the team was told of each execution that has ended, unless nobody could be told. After it, no fault meets
// these e-mails.
func (g *gate) settle(t *testing.T) {
	t.Helper()
	if !onSandbox() || g.outputs == nil {
		return
	}
	var missing []string
	for start := time.Now(); time.Since(start) < 5*time.Minute; time.Sleep(200 * time.Millisecond) {
		notices := g.notices(t)
		missing = slices.DeleteFunc(g.endedNames(t), func(name string) bool {
			return name == g.untold || slices.ContainsFunc(notices[name], func(m mail) bool { return m.To == team })
		})
		if len(missing) == 0 {
			return
		}
	}
	t.Fatalf("nobody was told of the end of %v", missing)
}

// endedNames returns the names of the executions that have ended.
func (g *gate) endedNames(t *testing.T) (names []string) {
	t.Helper()
	arn := g.output("stateMachineArn")
	pages := sfn.NewListExecutionsPaginator(g.states, &sfn.ListExecutionsInput{StateMachineArn: &arn})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Executions {
			if e.Status != types.ExecutionStatusRunning {
				names = append(names, *e.Name)
			}
		}
	}
	return names
}

// allTold checks the e-mails about each end: each person who has to know got one, and nobody else did.
func allTold(t *testing.T, g *gate, records map[string]recorded) {
	onlyOnSandbox(t)
	g.settle(t)
	asked := map[string]map[string]bool{} // addresses by execution
	for _, m := range sentMails(t) {
		if m.Message.asks() {
			execution := m.Message.execution()
			if asked[execution] == nil {
				asked[execution] = map[string]bool{}
			}
			asked[execution][m.To] = true
		}
	}
	got, want, count := map[string][]string{}, map[string][]string{}, map[string]int{}
	for name, mails := range g.notices(t) {
		for _, m := range mails {
			word, _, _ := strings.Cut(m.Subject, ": ")
			got[name] = append(got[name], g.audience(m)+": "+word)
			count[word]++
		}
		slices.Sort(got[name])
	}
	for execution, r := range records {
		if r.Name != g.untold {
			want[r.Name] = g.wantNotices(t, r, asked[execution])
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("e-mails about the ends (-want +got):\n%s", diff)
	}
	t.Logf("the e-mails about %d ends begin with %v", len(want), count)
}

// audience returns to whom and through which topic an e-mail went.
func (g *gate) audience(m mail) string {
	for _, topic := range []string{"outcomeTopicArn", "alarmTopicArn"} {
		if m.Topic == g.output(topic) {
			return topic + " " + m.To
		}
	}
	return m.To
}

// words begin the subjects of the e-mails about an end by its error, or its status without one.
var words = map[string]string{
	"SUCCEEDED": "Approved", "ABORTED": "Withdrawn", "TIMED_OUT": "Timed out", "Rejected": "Rejected", "Expired": "Expired",
	"NotSent": "Not sent", "TooFewApproversError": "Not sent", "Undecided": "Failed",
}

// wantNotices returns the e-mails about an end that must have been sent.
func (g *gate) wantNotices(t *testing.T, r recorded, asked map[string]bool) []string {
	key, outcomes := r.Status, g.outcomesAt(r.StopDate)
	if key == "FAILED" {
		key = r.Error
	}
	want := []string{"outcomeTopicArn " + team + ": " + words[key]}
	if r.Status == "TIMED_OUT" || r.Status == "FAILED" && key != "Rejected" && key != "Expired" {
		want = append(want, "alarmTopicArn "+operators+": "+words[key])
	}
	end, receipts := r.ended, map[string]string{}
	if r.Status == "SUCCEEDED" && !r.OutputDetails.Included {
		end = g.wait(t, r.ExecutionArn)
	}
	for _, d := range g.decisions(t, r.ExecutionArn, end) { // a rejection replaces the same person's approval
		receipts[d.record.Approver] = map[string]string{"/approve": "You approved", "/reject": "You rejected"}[d.path]
	}
	for address, word := range receipts {
		if outcomes.value != "none" && slices.Contains(outcomes.subscribers, address) { // unless the approver was removed
			want = append(want, address+": "+word)
		}
	}
	for address := range asked {
		if outcomes.value == "all" && receipts[address] == "" {
			want = append(want, address+": "+words[key])
		}
	}
	slices.Sort(want)
	return want
}
