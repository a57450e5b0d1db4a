package infra

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	deployerPolicy  = "deployer-policy.json"
	requesterPolicy = "requester-policy.json"
)

// personalPolicy is a policy for people, who attach it to a user or a role.
type personalPolicy struct {
	Version   string
	Statement []struct {
		Sid, Effect string
		Action      []string
		Resource    oneOrMore
		Condition   map[string]map[string]oneOrMore
	}
}

// oneOrMore is a text or a list of texts.
type oneOrMore []string

func (o *oneOrMore) UnmarshalJSON(text []byte) error {
	var one string
	if err := json.Unmarshal(text, &one); err == nil {
		*o = oneOrMore{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(o))
}

func readPolicy(t *testing.T, name string) (policy personalPolicy) {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(readFile(t, name)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&policy); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return policy
}

// actions returns everything that the policy allows on any resource.
func (p personalPolicy) actions() (actions []string) {
	for _, s := range p.Statement {
		actions = append(actions, s.Action...)
	}
	return actions
}

// allows reports whether the policy allows an action on a resource whatever the conditions are.
func (p personalPolicy) allows(action, resource string) bool {
	for _, s := range p.Statement {
		fits := func(pattern string) bool { return fitsPattern(pattern, resource) }
		if s.Condition == nil && slices.Contains(s.Action, action) && slices.ContainsFunc(s.Resource, fits) {
			return true
		}
	}
	return false
}

// fitsPattern reports whether a resource fits the pattern of a policy, in which * means any characters.
func fitsPattern(pattern, resource string) bool {
	expression := "^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + "$"
	return regexp.MustCompile(expression).MatchString(resource)
}

// TestPoliciesOfPeople checks the form of the policies: they are sorted, so that changes merge, name each action once and without
// wildcards, and are short enough for AWS.
func TestPoliciesOfPeople(t *testing.T) {
	for _, name := range []string{deployerPolicy, requesterPolicy} {
		policy, seen := readPolicy(t, name), map[string]bool{}
		var ids []string
		for _, s := range policy.Statement {
			ids = append(ids, s.Sid)
			if s.Effect != "Allow" || !slices.IsSorted(s.Action) || !slices.IsSorted(s.Resource) {
				t.Errorf("%s: statement %s allows nothing or is not sorted", name, s.Sid)
			}
		}
		if !slices.IsSorted(ids) {
			t.Errorf("%s: the statements are not sorted: %v", name, ids)
		}
		for _, action := range policy.actions() {
			if strings.Contains(action, "*") || seen[action] && action != "kms:TagResource" {
				t.Errorf("%s: %s has a wildcard or is listed twice", name, action)
			}
			seen[action] = true
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, []byte(readFile(t, name))); err != nil || compact.Len() > 6_144 {
			t.Errorf("%s has %d characters without white space, and AWS accepts 6144: %v", name, compact.Len(), err)
		}
	}
}

// Resources of a stack, and of the example. STACK is the name of the component.
const (
	aTopic        = "arn:aws:sns:eu-west-1:123456789012:STACK-1234567"
	aStateMachine = "arn:aws:states:eu-west-1:123456789012:stateMachine:STACK-1234567"
	anExecution   = "arn:aws:states:eu-west-1:123456789012:execution:STACK-1234567:release-1.4.2"
	aFunction     = "arn:aws:lambda:eu-west-1:123456789012:function:STACK-1234567"
	aLogGroup     = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/STACK-1234567:*"
)

// needs are the commands of the AWS CLI in the documents, with the actions that they need and their resources.
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
var needs = map[string]struct{ action, resource string }{
	"sns confirm-subscription":               {"sns:ConfirmSubscription", aTopic},
	"sns list-subscriptions-by-topic":        {"sns:ListSubscriptionsByTopic", aTopic},
	"sns subscribe":                          {"sns:Subscribe", aTopic},
	"sns unsubscribe":                        {"sns:Unsubscribe", aTopic},
	"stepfunctions start-execution":          {"states:StartExecution", aStateMachine},
	"stepfunctions list-executions":          {"states:ListExecutions", aStateMachine},
	"stepfunctions describe-execution":       {"states:DescribeExecution", anExecution},
	"stepfunctions stop-execution":           {"states:StopExecution", anExecution},
	"lambda get-function-configuration":      {"lambda:GetFunctionConfiguration", aFunction},
	"logs describe-log-groups":               {"logs:DescribeLogGroups", "arn:aws:logs:eu-west-1:123456789012:log-group::log-stream:"},
	"logs filter-log-events":                 {"logs:FilterLogEvents", aLogGroup},
	"logs get-query-results":                 {"logs:GetQueryResults", "*"},
	"logs put-log-group-deletion-protection": {"logs:PutLogGroupDeletionProtection", aLogGroup},
	"logs start-query":                       {"logs:StartQuery", aLogGroup},
	"stepfunctions get-execution-history":    {"states:GetExecutionHistory", anExecution},
}

// documents contain commands for people. The paths are relative to this folder.
var documents = []string{"../README.md", "README.md", "operate.md", "audit/README.md", "example/README.md"}

var command = regexp.MustCompile(`\baws ([a-z]+ [a-z]+(?:-[a-z]+)*) `)

// documented returns the commands of the documents that need AWS, by the policy of whoever runs them: whoever requests runs those
// under the heading Use, and whoever deploys runs the others.
func documented(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	for _, name := range documents {
		for section := range strings.SplitSeq(readFile(t, name), "\n## ") {
			policy := deployerPolicy
			if strings.HasPrefix(section, "Use\n") {
				policy = requesterPolicy
			}
			for _, match := range command.FindAllStringSubmatch(section, -1) {
				if _, isAction := needs[match[1]]; !isAction && strings.Contains(match[1], "-") {
					t.Errorf("%s has the command aws %s. Say in needs what it needs", name, match[1])
				} else if isAction && !slices.Contains(found[policy], match[1]) {
					found[policy] = append(found[policy], match[1])
				}
			}
		}
	}
	return found
}

// TestPoliciesAllowTheDocumentedCommands checks each command, for a stack of the root program and one of the example. The
// end-to-end test runs them.
func TestPoliciesAllowTheDocumentedCommands(t *testing.T) {
	commands := documented(t)
	for name, list := range commands {
		policy := readPolicy(t, name)
		for _, command := range list {
			for _, component := range []string{"approval-workflow-dev", "approval-workflow-example"} {
				resource := strings.ReplaceAll(needs[command].resource, "STACK", component)
				if !policy.allows(needs[command].action, resource) {
					t.Errorf("%s does not allow aws %s: %s on %s", name, command, needs[command].action, resource)
				}
			}
			other := strings.ReplaceAll(needs[command].resource, "STACK", "payments")
			if strings.Contains(needs[command].resource, "STACK") && policy.allows(needs[command].action, other) {
				t.Errorf("%s allows %s on %s", name, needs[command].action, other)
			}
		}
	}
	var want []string
	for _, command := range commands[requesterPolicy] {
		want = append(want, needs[command].action)
	}
	got := readPolicy(t, requesterPolicy).actions()
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("whoever requests (-needs +may):\n%s", diff)
	}
}
