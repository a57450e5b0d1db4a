package infra

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// callers are principals by their aws:PrincipalArn, and whether the key's policy denies them to derive the key of the
// links. The ARN of an assumed role's session is that of the role.
var callers = map[string]bool{
	"arn:aws:iam::123456789012:role/approval-function-1234567":       false,
	"arn:aws:iam::123456789012:role/approval-function-12345678":      true,
	"arn:aws:iam::123456789012:role/approval-state-machine-1234567":  true,
	"arn:aws:iam::123456789012:role/Admin":                           true,
	"arn:aws:iam::123456789012:role/APPROVAL-FUNCTION-1234567":       true,
	"arn:aws:iam::123456789012:user/approval-function-1234567":       true,
	"arn:aws:iam::210987654321:role/approval-function-1234567":       true,
	"arn:aws-cn:iam::123456789012:role/approval-function-1234567":    true,
	"arn:aws:iam::123456789012:root":                                 true,
	"arn:aws:sts::123456789012:assumed-role/approval-function-12/me": true,
}

func TestOnlyTheFunctionDerivesTheKey(t *testing.T) {
	policy := linkKeyPolicy(t, "aws")
	for caller, want := range callers {
		if got := denied(t, policy, "kms:GenerateMac", map[string]string{"aws:PrincipalArn": caller}); got != want {
			t.Errorf("denied to %s = %t, want %t", caller, got, want)
		}
	}
	if !denied(t, policy, "kms:GenerateMac", nil) {
		t.Error("a caller without an ARN, such as a service, is not denied")
	}
}

func TestKeyPolicyIsForTheRoleOfTheFunction(t *testing.T) {
	c := &cloud{partition: "aws-cn"}
	deploy(t, c, "approval")
	role := c.only(t, "aws:lambda/function:Function")["role"].(string)
	keys := map[string]string{"aws:PrincipalArn": role}
	if denied(t, decodePolicy(t, c.only(t, "aws:kms/key:Key")["policy"]), "kms:GenerateMac", keys) {
		t.Errorf("the policy denies the function's role %s", role)
	}
}

// TestAccountAdministersTheKey checks that nobody is locked out: the account may do everything, and only GenerateMac is
// denied to anyone.
func TestAccountAdministersTheKey(t *testing.T) {
	for partition, account := range map[string]string{
		"aws":    "arn:aws:iam::123456789012:root",
		"aws-cn": "arn:aws-cn:iam::123456789012:root",
	} {
		policy := linkKeyPolicy(t, partition)
		want := statement{
			Effect: "Allow", Principal: map[string]string{"AWS": account}, Action: []string{"kms:*"}, Resource: "*",
		}
		if !slices.ContainsFunc(policy, func(s statement) bool { return cmp.Equal(s, want) }) {
			t.Errorf("policy = %+v, want the statement %+v", policy, want)
		}
		for _, s := range policy {
			if s.Effect == "Deny" && !slices.Equal(s.Action, []string{"kms:GenerateMac"}) {
				t.Errorf("denied actions = %q, want only kms:GenerateMac", s.Action)
			}
		}
	}
}

// TestKeyIsPlain checks that the key has no replica and no imported material, and that AWS checks its policy for a
// lock-out.
func TestKeyIsPlain(t *testing.T) {
	c := &cloud{partition: "aws"}
	deploy(t, c, "approval")
	for _, r := range c.resources {
		if strings.HasPrefix(r.token, "aws:kms/") && r.token != "aws:kms/key:Key" {
			t.Errorf("no test reads what %s %s does", r.token, r.name)
		}
	}
	want := []string{"customerMasterKeySpec", "deletionWindowInDays", "description", "keyUsage", "policy", "tags"}
	if got := slices.Sorted(maps.Keys(c.only(t, "aws:kms/key:Key"))); !slices.Equal(got, want) {
		t.Errorf("arguments of the key = %q, want %q", got, want)
	}
}

func linkKeyPolicy(t *testing.T, partition string) []statement {
	t.Helper()
	c := &cloud{partition: partition}
	deploy(t, c, "approval")
	return decodePolicy(t, c.only(t, "aws:kms/key:Key")["policy"])
}
