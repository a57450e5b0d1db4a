//go:build e2e

package e2e

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

// deployer is the access key that runs pulumi on the sandbox, so that the list of calls shows which calls a deployment
// makes. The sandbox accepts any key.
const deployer = "deployer"

// actions is the Action of a policy's statement: one action or a list.
type actions []string

func (a *actions) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*a = actions{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(a))
}

// deployerPolicy checks that infra/deployer-policy.json allows every call that a deployment made. The sandbox does not
// apply the policy itself, and it does not say which tags and roles a call needs in addition.
func deployerPolicy(t *testing.T) {
	made := calls(t, "")
	text, err := os.ReadFile("../deployer-policy.json")
	if err != nil {
		t.Fatal(err)
	}
	checkPolicySize(t, text)
	var policy struct{ Statement []struct{ Action actions } }
	decode(t, text, &policy)
	var allowed []string
	for _, statement := range policy.Statement {
		allowed = append(allowed, statement.Action...)
	}
	checked := 0
	for _, call := range made {
		if call.Caller != deployer {
			continue
		}
		checked++
		if action := actionOf(call); !slices.Contains(allowed, action) {
			allowed = append(allowed, action) // one message for each action
			t.Errorf("infra/deployer-policy.json does not allow %s", action)
		}
	}
	if checked == 0 {
		t.Error("the sandbox lists no call of a deployment")
	}
}

// checkPolicySize checks that the text fits in a managed policy. IAM does not count white space.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
func checkPolicySize(t *testing.T, policy []byte) {
	t.Helper()
	const limit = 6_144
	if size := len(strings.Join(strings.Fields(string(policy)), "")); size > limit {
		t.Errorf("infra/deployer-policy.json has %d characters, want at most %d", size, limit)
	}
}

// actionOf returns the IAM action of a call. API Gateway's actions are methods of HTTP, and the sandbox does not know the
// operations of CloudWatch's protocol.
func actionOf(c call) string {
	switch c.Service {
	case "apigateway":
		for prefix, method := range map[string]string{"Create": "POST", "Get": "GET", "Update": "PATCH", "Delete": "DELETE"} {
			if strings.HasPrefix(c.Operation, prefix) {
				return "apigateway:" + method
			}
		}
	case "monitoring":
		return "cloudwatch:PutMetricAlarm"
	}
	return c.Service + ":" + c.Operation
}
