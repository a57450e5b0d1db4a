//go:build e2e

// Package e2e tests the deployed workflow from outside: it runs the pulumi and aws commands, reads the e-mails and opens
// the links. It imports no package of the workflow.
package e2e

import (
	"flag"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var approverFlag = flag.String("approvers", "",
	"addresses of three approvers, separated by commas; on an AWS account, people must confirm them while the test waits")

// simulated are addresses that accept every e-mail. Nobody can read it, so only the sandbox can confirm them.
// https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html
const simulated = "success+ann@simulator.amazonses.com," +
	"success+bob@simulator.amazonses.com,success+cy@simulator.amazonses.com"

// The approvers' numbers in a gate.
const (
	ann = iota
	bob
	cy
)

// approverAddresses returns the addresses of Ann, Bob and Cy. It skips the test if something is missing that it needs.
func approverAddresses(t *testing.T) []string {
	t.Helper()
	for _, tool := range []string{"pulumi", "aws"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not on the PATH. Install https://www.pulumi.com/docs/iac/download-install/ and "+
				"https://aws.amazon.com/cli/, and set AWS credentials and a region.", tool)
		}
	}
	list := *approverFlag
	if list == "" && onSandbox() {
		list = simulated
	}
	if list == "" {
		t.Skip("-approvers is not set. It lists three addresses whose subscriptions people confirm while the test waits.")
	}
	addresses := strings.Split(list, ",")
	if len(addresses) != 3 {
		t.Fatalf("-approvers lists %d addresses, want 3", len(addresses))
	}
	return addresses
}

// TestEndToEnd deploys the workflow to the AWS account or emulator that the environment names, uses it, changes it and
// destroys it. It begins with three approvers and ends with one, so that nobody has to confirm a subscription twice.
func TestEndToEnd(t *testing.T) {
	approvers := approverAddresses(t)
	dir := copyTree(t)
	g := newGate(t, dir, approvers...)
	g.restrict(t)
	t.Run("wrong setting", func(t *testing.T) { wrongSetting(t, g.stack) })
	g.set(t, "alarmEmail="+operators, "notify="+team, "approvals=3", "audit=true", "dashboard=true")
	g.setOutcomes(t, "all", approvers...)
	g.deploy(t)
	deleteRecord(t, g)
	g.pulumi(t, "preview", "--expect-no-changes")
	t.Run("outputs before anybody has confirmed", func(t *testing.T) { outputsAtFirst(t, g) })
	t.Run("two failures", func(t *testing.T) { failTwice(t, g) })
	t.Run("too few confirmed", func(t *testing.T) { tooFewConfirmed(t, g) })
	g.confirm(t, approvers...) // or the test ends here
	var foreign email
	t.Run("example", func(t *testing.T) { foreign = example(t, dir, approvers...) })
	t.Run("three approvals", func(t *testing.T) { g.play(t, threeApprovals) })
	t.Run("two approvals", func(t *testing.T) { twoApprovals(t, g, foreign) })
	t.Run("groups", func(t *testing.T) { groups(t, g) })
	changing := beginChange(t, g)
	open := g.askAll(t, `{}`)
	open.do(t, approve(bob, 200, counted))
	t.Run("reminders", func(t *testing.T) { remind(t, g, changing) })
	t.Run("confirm", func(t *testing.T) { confirm(t, g) })
	t.Run("members changed", changing.end)
	promised := g.askAll(t, `{}`)
	t.Run("one approver", func(t *testing.T) { oneApprover(t, g, open, promised) })
	t.Run("each e-mail went to its approver", checkDeliveries)
	t.Run("no call was denied", noDeniedCall)
	var records map[string]recorded
	t.Run("audit record", func(t *testing.T) { records = audit(t, g) })
	t.Run("everybody was told of each end", func(t *testing.T) { allTold(t, g, records) })
	t.Run("an event comes twice", func(t *testing.T) { tellAgain(t, g) })
	t.Run("destroy leaves the audit record", func(t *testing.T) { destroyAudited(t, g, records) })
	t.Run("no secret in the audit record", func(t *testing.T) { noSecret(t, g) })
	t.Run("the deployer needs no other permission", noDeniedDeployment)
}

// TestEndToEndTwoWorkflows previews a program whose workflows and approvers have names that begin alike. Pulumi's engine refuses
// a program that has the same resource twice. It does not know the parent's name of a resource.
func TestEndToEndTwoWorkflows(t *testing.T) {
	approverAddresses(t)
	s := newStack(t, copyTree(t))
	const before = "workflow, err := infra.NewApprovalWorkflow(ctx, name, args)\n"
	s.replace(t, "main.go", before, `for _, other := range []string{"release", "release-qa", "release-alarms"} {
			if _, err := infra.NewApprovalWorkflow(ctx, other, args); err != nil {
				return err
			}
		}
		`+before)
	s.set(t, "email=lead@example.com,qa-lead@example.com", "alarmEmail=ops@example.com")
	s.pulumi(t, "preview")
}

// confirmationTime is how long a test waits until people have confirmed their subscriptions.
const confirmationTime = 10 * time.Minute

// confirm makes sure that the approvers have confirmed their subscriptions. On an AWS account it waits for people, and
// skips the test if they do not.
func (s *stack) confirm(t *testing.T, approvers ...string) {
	t.Helper()
	if onSandbox() {
		for _, approver := range approvers {
			confirmOnSandbox(t, approver, s.output("topicArn"))
		}
	}
	t.Logf("waiting until %s have confirmed the subscriptions to %s", strings.Join(approvers, ", "), s.output("topicArn"))
	for start := time.Now(); time.Since(start) < confirmationTime; time.Sleep(10 * time.Second) {
		if s.confirmed(t) == len(approvers) {
			return
		}
	}
	t.Skipf("not all of %v have confirmed their subscriptions within %s", approvers, confirmationTime)
}

// confirmed returns the number of e-mail subscriptions that are confirmed.
func (s *stack) confirmed(t *testing.T) (count int) {
	aws(t, &count, "sns", "list-subscriptions-by-topic", "--topic-arn", s.output("topicArn"),
		"--query", "length(Subscriptions[?Protocol=='email' && starts_with(SubscriptionArn, 'arn:')])")
	return count
}

// outputsAtFirst checks the outputs while nobody has confirmed.
func outputsAtFirst(t *testing.T, g *gate) {
	checkOutputs(t, g, map[string]string{
		"pendingApprovers":     "[" + strings.Join(g.approvers, " ") + "]",
		"pendingOperators":     "[" + operators + "]",
		"pendingNotified":      "[" + team + "]",
		"unprotectedApprovers": "[]",
		"whatNext":             "Confirm the subscription of " + g.approvers[ann] + " and 4 more ",
		"alarmTopicArn":        "-alarms-",
		"outcomeTopicArn":      "-outcomes-",
	})
}

// outputsAfterConfirmation checks the outputs after a refresh. On the sandbox, everybody has confirmed with the link of SNS.
func outputsAfterConfirmation(t *testing.T, g *gate) {
	want := map[string]string{"pendingApprovers": "[]"}
	if onSandbox() {
		want["pendingOperators"], want["pendingNotified"] = "[]", "[]"
		want["unprotectedApprovers"] = "[" + strings.Join(g.approvers, " ") + "]"
		want["whatNext"] = "Protect " + g.approvers[ann] + " and "
	}
	checkOutputs(t, g, want)
}

// checkOutputs checks that outputs contain texts.
func checkOutputs(t *testing.T, g *gate, want map[string]string) {
	t.Helper()
	for name, text := range want {
		if got := g.output(name); !strings.Contains(got, text) {
			t.Errorf("%s = %s, want %s in it", name, got, text)
		}
	}
}

// changeCode deploys a function with another message.
func changeCode(t *testing.T, g *gate) {
	const changed = "Approved by other code"
	g.replace(t, "handler/approval/*.go", approvedMessage, changed)
	var preview struct{ ChangeSummary map[string]int }
	decode(t, g.pulumi(t, "preview", "--json"), &preview)
	delete(preview.ChangeSummary, "same")
	if diff := cmp.Diff(map[string]int{"update": 1}, preview.ChangeSummary); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	g.up(t)
	g.askAll(t, `"text"`).do(t, approve(ann, 200, changed), approvedBy(ann))
}

// deployed is a resource in the state of a stack.
type deployed struct{ Type, ID string }

// describe contains the command of the AWS CLI that finds a resource of each type by its ID, which replaces {id}. The command
// fails or prints 0 if the resource does not exist.
var describe = map[string]string{
	// A key that waits for its deletion counts as gone.
	"aws:kms/key:Key":                        "kms describe-key --key-id {id} --query length(KeyMetadata.[KeyState][?@!='PendingDeletion'])",
	"aws:sns/topic:Topic":                    "sns get-topic-attributes --topic-arn {id}",
	"aws:apigatewayv2/api:Api":               "apigatewayv2 get-api --api-id {id}",
	"aws:cloudwatch/logGroup:LogGroup":       "logs list-tags-log-group --log-group-name {id}",
	"aws:iam/role:Role":                      "iam get-role --role-name {id}",
	"aws:lambda/function:Function":           "lambda get-function --function-name {id}",
	"aws:sfn/stateMachine:StateMachine":      "stepfunctions describe-state-machine --state-machine-arn {id}",
	"aws:cloudwatch/metricAlarm:MetricAlarm": "cloudwatch describe-alarms --alarm-names {id} --query length(MetricAlarms)",
	"aws:cloudwatch/eventRule:EventRule":     "events describe-rule --name {id}",
	"aws:cloudwatch/dashboard:Dashboard":     "cloudwatch get-dashboard --dashboard-name {id}",
	"aws:cloudwatch/logResourcePolicy:LogResourcePolicy": "logs describe-resource-policies " +
		"--query length(resourcePolicies[?policyName=='{id}'])",
}

// resources returns the resources of the stack that are not part of another resource.
func (s *stack) resources(t *testing.T) []deployed {
	t.Helper()
	var state struct {
		Deployment struct{ Resources []deployed }
	}
	decode(t, s.pulumi(t, "stack", "export"), &state)
	return slices.DeleteFunc(state.Deployment.Resources, func(r deployed) bool { return describe[r.Type] == "" })
}

// destroy destroys a stack. Every resource must exist before. After it, only those must exist whose IDs are kept.
func destroy(t *testing.T, s *stack, kept ...string) {
	t.Helper()
	resources := s.resources(t)
	exist(t, resources, func(deployed) bool { return true })
	s.pulumi(t, "destroy", "--yes", "--skip-preview")
	exist(t, resources, func(r deployed) bool { return slices.Contains(kept, r.ID) })
}

// exist checks whether each of the resources exists exactly if it should.
func exist(t *testing.T, resources []deployed, want func(deployed) bool) {
	t.Helper()
	var group sync.WaitGroup
	for _, r := range resources {
		group.Go(func() {
			got, err := r.exists()
			if err != nil || got != want(r) {
				t.Errorf("%s %s exists: %t, %v, want %t", r.Type, r.ID, got, err, want(r))
			}
		})
	}
	group.Wait()
}

var notFound = regexp.MustCompile(`NotFound|NoSuchEntity|DoesNotExist`)

func (r deployed) exists() (bool, error) {
	out, err := awsOutput(strings.Fields(strings.ReplaceAll(describe[r.Type], "{id}", r.ID))...)
	if err != nil && notFound.MatchString(err.Error()) {
		return false, nil
	}
	return strings.TrimSpace(string(out)) != "0", err
}
