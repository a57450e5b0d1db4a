package infra

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFilterPolicies checks that each approver gets only the e-mails for them, and an operator every alarm.
func TestFilterPolicies(t *testing.T) {
	c := &cloud{partition: "aws"}
	deploy(t, c, "approval")
	got := map[string]any{}
	for name, subscription := range c.ofType("aws:sns/topicSubscription:TopicSubscription") {
		got[name] = subscription["filterPolicy"]
	}
	want := map[string]any{
		"approval-ann@example.com":            map[string]any{"approver": []any{"ann@example.com"}},
		"approval-bob@example.com":            map[string]any{"approver": []any{"bob@example.com"}},
		"approval-alarms:ops@example.com":     nil,
		"approval-alarms:on-call@example.com": nil,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("filter policies (-want +got):\n%s", diff)
	}
}

func TestApproverFilterEscapes(t *testing.T) {
	got, err := approverFilter(`o'neil&{"sons"}@example.com`)
	if want := `{"approver":["o'neil\u0026{\"sons\"}@example.com"]}`; got != want || err != nil {
		t.Errorf("filter = %s, %v, want %s", got, err, want)
	}
}

// TestSubscriptionsComeAfterThePolicy checks the order of an update that adds an approver: the policy of the version
// before denies the new address.
func TestSubscriptionsComeAfterThePolicy(t *testing.T) {
	c := &cloud{partition: "aws"}
	deploy(t, c, "approval")
	isPolicy := func(urn string) bool { return strings.HasSuffix(urn, "aws:sns/topicPolicy:TopicPolicy::approval") }
	for _, email := range testArgs.Emails {
		if subscription := c.find(t, "approval-"+email); !slices.ContainsFunc(subscription.dependsOn, isPolicy) {
			t.Errorf("the subscription of %s depends on %q, want the topic's policy too", email, subscription.dependsOn)
		}
	}
}
