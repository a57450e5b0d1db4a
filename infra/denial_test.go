package infra

import (
	"slices"
	"testing"
)

// denied reports whether a policy denies an action on a request with these condition keys, to whoever sent it.
func denied(t *testing.T, policy []statement, action string, keys map[string]string) bool {
	t.Helper()
	return slices.ContainsFunc(policy, func(s statement) bool {
		toAll := s.Effect == "Deny" && s.Principal["AWS"] == "*"
		return toAll && slices.Contains(s.Action, action) && s.Condition.met(t, keys)
	})
}

// met evaluates a condition with negated operators. Each key must differ from all values of the condition. A request
// without the key meets the condition.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
func (c condition) met(t *testing.T, keys map[string]string) bool {
	t.Helper()
	for operator, comparisons := range c {
		if operator != "StringNotEquals" && operator != "ArnNotEquals" {
			t.Fatalf("this test does not know the operator %s", operator)
		}
		for key, values := range comparisons {
			if value, ok := keys[key]; ok && slices.Contains(list(values), any(value)) {
				return false
			}
		}
	}
	return true
}

// list returns the values of a condition as a list.
func list(values any) []any {
	if several, ok := values.([]any); ok {
		return several
	}
	return []any{values}
}

func TestDenied(t *testing.T) {
	deny := func(effect, principal string, when condition) []statement {
		return []statement{{
			Effect: effect, Principal: map[string]string{"AWS": principal}, Action: []string{"a"}, Condition: when,
		}}
	}
	one := condition{"StringNotEquals": {"k": "1"}}
	several := condition{"ArnNotEquals": {"k": []any{"1", "2"}}}
	for _, test := range []struct {
		policy []statement
		keys   map[string]string
		want   bool
	}{
		{deny("Deny", "*", one), map[string]string{"k": "1"}, false},
		{deny("Deny", "*", one), map[string]string{"k": "2"}, true},
		{deny("Deny", "*", one), nil, true},
		{deny("Deny", "*", several), map[string]string{"k": "2"}, false},
		{deny("Deny", "*", several), map[string]string{"k": "3"}, true},
		{deny("Deny", "*", nil), nil, true},
		{deny("Deny", "123456789012", nil), nil, false},
		{deny("Allow", "*", nil), nil, false},
		{nil, nil, false},
	} {
		if got := denied(t, test.policy, "a", test.keys); got != test.want {
			t.Errorf("denied(%+v, %v) = %t, want %t", test.policy, test.keys, got, test.want)
		}
	}
	if denied(t, deny("Deny", "*", nil), "b", nil) {
		t.Error("a policy denies an action that it does not list")
	}
}
