//go:build e2e

package e2e

import (
	"strings"
	"testing"
)

// outputsAtFirst checks the outputs while nobody has confirmed.
func outputsAtFirst(t *testing.T, g *gate) {
	checkOutputs(t, g, map[string]string{
		"pendingApprovers": "[" + strings.Join(g.approvers, " ") + "]", "pendingOperators": "[" + g.approvers[0] + "]",
		"unprotectedApprovers": "[]",
	})
	if got, want := g.output("whatNext"), ": "+strings.Join(g.approvers, ", ")+", "+g.approvers[0]+". "; !strings.Contains(got, want) {
		t.Errorf("whatNext = %s, want all approvers in it", got)
	}
	if alarms := g.output("alarmTopicArn"); !strings.HasPrefix(alarms, "arn:") || alarms == g.output("topicArn") {
		t.Errorf("alarmTopicArn = %s, want another topic than %s", alarms, g.output("topicArn"))
	}
}

// outputsAfterConfirmation checks the outputs after a refresh. On the sandbox, everybody has confirmed with the link of SNS.
func outputsAfterConfirmation(t *testing.T, g *gate) {
	checkOutputs(t, g, map[string]string{"pendingApprovers": "[]"})
	if onSandbox() {
		checkOutputs(t, g, map[string]string{
			"pendingOperators": "[]", "unprotectedApprovers": "[" + strings.Join(g.approvers, " ") + "]",
		})
	}
	if got, want := g.output("whatNext"), "--state-machine-arn "+g.output("stateMachineArn")+" "; !strings.Contains(got, want) {
		t.Errorf("whatNext = %s, want %s in it", got, want)
	}
}

func checkOutputs(t *testing.T, g *gate, outputs map[string]string) {
	t.Helper()
	for name, want := range outputs {
		if got := g.output(name); got != want {
			t.Errorf("%s = %s, want %s", name, got, want)
		}
	}
}
