//go:build e2e

package e2e

import (
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// deployed is a resource in the state of a stack.
type deployed struct{ Type, ID string }

// describe contains the command of the AWS CLI that finds a resource of each type by its ID, which replaces {id}. The command
// fails or prints 0 if the resource does not exist.
var describe = map[string][]string{
	"aws:kms/key:Key": { // a key that waits for its deletion counts as gone
		"kms", "describe-key", "--query", "length(KeyMetadata.[KeyState][?@ != 'PendingDeletion'])", "--key-id", "{id}",
	},
	"aws:sns/topic:Topic":               {"sns", "get-topic-attributes", "--topic-arn", "{id}"},
	"aws:apigatewayv2/api:Api":          {"apigatewayv2", "get-api", "--api-id", "{id}"},
	"aws:cloudwatch/logGroup:LogGroup":  {"logs", "list-tags-log-group", "--log-group-name", "{id}"},
	"aws:iam/role:Role":                 {"iam", "get-role", "--role-name", "{id}"},
	"aws:lambda/function:Function":      {"lambda", "get-function", "--function-name", "{id}"},
	"aws:sfn/stateMachine:StateMachine": {"stepfunctions", "describe-state-machine", "--state-machine-arn", "{id}"},
	"aws:cloudwatch/metricAlarm:MetricAlarm": {
		"cloudwatch", "describe-alarms", "--query", "length(MetricAlarms)", "--alarm-names", "{id}",
	},
	"aws:cloudwatch/eventRule:EventRule": {"events", "describe-rule", "--name", "{id}"},
	"aws:cloudwatch/dashboard:Dashboard": {"cloudwatch", "get-dashboard", "--dashboard-name", "{id}"},
	"aws:cloudwatch/logResourcePolicy:LogResourcePolicy": {
		"logs", "describe-resource-policies", "--query", "length(resourcePolicies[?policyName=='{id}'])",
	},
}

// resources returns the resources of the stack that are not part of another resource.
func (s *stack) resources(t *testing.T) []deployed {
	t.Helper()
	var state struct {
		Deployment struct{ Resources []deployed }
	}
	decode(t, s.pulumi(t, "stack", "export"), &state)
	var found []deployed
	for _, r := range state.Deployment.Resources {
		if describe[r.Type] != nil {
			found = append(found, r)
		}
	}
	return found
}

var notFound = regexp.MustCompile(`NotFound|NoSuchEntity|DoesNotExist`)

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

func (r deployed) exists() (bool, error) {
	var args []string
	for _, arg := range describe[r.Type] {
		args = append(args, strings.ReplaceAll(arg, "{id}", r.ID))
	}
	out, err := exec.Command("aws", args...).CombinedOutput()
	if err != nil && !notFound.Match(out) {
		return false, fmt.Errorf("%w\n%s", err, out)
	}
	return err == nil && strings.TrimSpace(string(out)) != "0", nil
}
