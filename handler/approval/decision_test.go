package approval_test

import (
	"testing"

	"approval-workflow/handler/approval"
)

func TestDecisionsDiffer(t *testing.T) {
	seen := map[string]bool{}
	for _, decision := range approval.Decisions() {
		for _, text := range []string{decision.Status, decision.Path, decision.Verb, decision.Title, decision.Message} {
			if text == "" || seen[text] {
				t.Errorf("%q is empty or belongs to two fields", text)
			}
			seen[text] = true
		}
	}
	if approval.Approve.Decided != approval.CodeAlreadyApproved || approval.Reject.Decided != approval.CodeAlreadyRejected {
		t.Errorf("codes = %s and %s", approval.Approve.Decided, approval.Reject.Decided)
	}
}

func TestOther(t *testing.T) {
	if got := approval.Approve.Other(); got != approval.Reject {
		t.Errorf("Approve.Other() = %+v", got)
	}
	if got := approval.Reject.Other(); got != approval.Approve {
		t.Errorf("Reject.Other() = %+v", got)
	}
}
