package infra

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// environment returns the environment of the only function.
func (c *cloud) environment(t *testing.T) map[string]any {
	t.Helper()
	environment := c.only(t, "aws:lambda/function:Function")["environment"].(map[string]any)
	return environment["variables"].(map[string]any)
}

func TestEnvironment(t *testing.T) {
	c := &cloud{partition: "aws"}
	deploy(t, c, "approval")
	want := map[string]any{
		"TOPIC_ARN":      "arn:aws:sns:eu-west-1:123456789012:approval-1234567",
		"LINK_KEY_ARN":   "arn:aws:kms:eu-west-1:123456789012:key/approval-links-1234567",
		"API_URL":        "https://approval-api.execute-api.eu-west-1.amazonaws.com",
		"APPROVERS":      "ann@example.com,bob@example.com",
		"CONFIRM":        "true",
		"WORKFLOW_NAME":  "approval",
		"ASCII_SUBJECTS": "true",
	}
	if diff := cmp.Diff(want, c.environment(t)); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
}

// addresses returns distinct addresses. Joined by commas, they have length bytes, if that is possible.
func addresses(number, length int) []string {
	const shortest = "0000@e.example"
	list := make([]string, number)
	rest := length - number*len(shortest+",") + 1
	for i := range list {
		padding := max(0, min(rest, 64-len("0000")))
		rest -= padding
		list[i] = fmt.Sprintf("%s%04d@e.example", strings.Repeat("a", padding), i)
	}
	return list
}

// maxEnvironment is the size of a function's environment as JSON, in bytes.
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const maxEnvironment = 4096

// TestEnvironmentHasRoom deploys the longest addresses with the longest names: the name of the state machine's role has
// 22 characters more than the component, and IAM accepts 64.
func TestEnvironmentHasRoom(t *testing.T) {
	args := testArgs
	args.Emails = addresses(maxApprovers, maxAddresses)
	c := &cloud{partition: "aws-us-gov"}
	deployArgs(t, c, args, strings.Repeat("n", 64-22))
	environment := c.environment(t)
	if got := len(environment["APPROVERS"].(string)); got != maxAddresses {
		t.Fatalf("the addresses have %d bytes, want %d", got, maxAddresses)
	}
	text, err := json.Marshal(environment)
	if err != nil {
		t.Fatal(err)
	}
	const longerRegions = 3 * len("us-gov-northeast-1") // in two ARNs and a URL
	if size := len(text) + longerRegions; size > maxEnvironment {
		t.Errorf("the environment has %d bytes, want at most %d", size, maxEnvironment)
	}
}
