//go:build e2e

package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestEndToEndPolicies does what README.md says under Deploy, Use and Clean up, word by word, as two people. One has only the
// permissions of infra/deployer-policy.json, the other only those of infra/requester-policy.json. With one action less, a command
// is refused.
func TestEndToEndPolicies(t *testing.T) {
	onlyOnSandbox(t)
	approverAddresses(t)
	r := newReader(t, copyTree(t))
	r.follow(t, "README.md", "Deploy", deployer)
	r.follow(t, "README.md", "Use", requester)
	r.follow(t, "infra/operate.md", "Operate", deployer)
	r.run(t, requester, strings.Replace(r.start, "release-1.4.2", "release-1.4.3", 1)) // is open when the stack is destroyed
	r.follow(t, "README.md", "Clean up", deployer)
	for command := range refusedWithout {
		if !r.refused[command] {
			t.Errorf("the documents have no command %s", command)
		}
	}
	r.checkDenied(t)
}

// The people, with their policies.
const (
	deployer  = "deployer"
	requester = "requester"
)

// refusedWithout are actions without which a command is refused. A key is the beginning of a command of the AWS CLI,
// or the whole of another one.
var refusedWithout = map[string][]string{
	"pulumi up":                            {"sns:CreateTopic"},
	"aws sns confirm-subscription ":        {"sns:ConfirmSubscription"},
	"aws stepfunctions start-execution ":   {"states:StartExecution"},
	"aws stepfunctions describe-execution": {"states:DescribeExecution"},
	"aws stepfunctions stop-execution ":    {"states:StopExecution"},
	"aws logs filter-log-events ":          {"logs:FilterLogEvents", "lambda:GetFunctionConfiguration"},
	"aws stepfunctions list-executions ":   {"states:ListExecutions", "states:StopExecution"},
	"pulumi destroy":                       {"sns:DeleteTopic"},
}

// reader is somebody who follows the documents in a copy of the repository.
type reader struct {
	dir              string
	start, execution string          // the command that starts an execution, and the execution's ARN
	since            int             // the ID of the last call before
	refused          map[string]bool // keys of refusedWithout
}

// newReader returns a reader. The stack is destroyed at the end of the test, if the test has stopped early.
func newReader(t *testing.T, dir string) *reader {
	t.Helper()
	for _, name := range []string{"README.md", "infra/operate.md"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			continue
		}
		if _, err := output(nil, "cp", filepath.Join("..", "..", name), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	r := &reader{dir: dir, refused: map[string]bool{}}
	for _, c := range calls(t, "") {
		r.since = c.ID
	}
	t.Cleanup(func() {
		if _, err := r.bash(nil, "pulumi stack select dev"); err == nil {
			_, _ = r.bash(nil, "pulumi destroy && pulumi stack rm dev")
		}
		control(t, http.MethodDelete, "calls", nil, new(any)) // its denied calls are none of another test's business
	})
	return r
}

// snippet finds the commands of a document: those of a block, or one between backticks.
var snippet = regexp.MustCompile("(?s)```sh\n(.*?)```|`((?:pulumi|aws) [^`]+)`")

// prose are commands that the text only talks about.
var prose = []string{"pulumi login --local", "pulumi config set", "pulumi destroy"}

// follow runs each command of a section. First it shows that the command is refused without an action that it needs.
func (r *reader) follow(t *testing.T, document, section, who string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(r.dir, document))
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "\n## "+section+"\n")
	after, _, _ = strings.Cut(after, "\n## ")
	for _, match := range snippet.FindAllStringSubmatch(after, -1) {
		if match[1] == "" && slices.Contains(prose, match[2]) {
			continue
		}
		for line := range strings.Lines(strings.ReplaceAll(match[1]+match[2], "\\\n", "")) {
			if command := strings.TrimSpace(line); command != "" {
				r.refuse(t, who, command)
				r.run(t, who, command)
			}
		}
	}
}

// run runs a command with the permissions of a policy.
func (r *reader) run(t *testing.T, who, command string) {
	t.Helper()
	out, err := r.bash(principal(t, who, readPolicy(t, who)), command)
	switch {
	case err != nil:
		t.Fatalf("%s: %v", who, err)
	case strings.Contains(command, " confirm-subscription "): // the sandbox sends no tokens, and takes any without a confirmation
		control(t, http.MethodPost, "confirm", map[string]string{"email": "you@example.com"}, new(any))
	case strings.Contains(command, " start-execution "):
		var started struct{ ExecutionArn string }
		decode(t, out, &started)
		r.start, r.execution = command, started.ExecutionArn
	}
}

// refuse runs a command without each action that refusedWithout names for it.
func (r *reader) refuse(t *testing.T, who, command string) {
	t.Helper()
	for key, actions := range refusedWithout {
		if command != key && (strings.HasPrefix(key, "pulumi") || !strings.HasPrefix(command, key)) {
			continue
		}
		r.refused[key] = true
		for _, action := range actions {
			policy := readPolicy(t, who)
			less := strings.ReplaceAll(policy, `"`+action+`"`, `"sts:GetCallerIdentity"`)
			if less == policy {
				t.Errorf("the policy of the %s has no %s", who, action)
			}
			_, err := r.bash(principal(t, who, less), command)
			if err == nil || !strings.Contains(err.Error(), "is not authorized to perform: "+action) {
				t.Errorf("%s without %s: %v", command, action, err)
			}
		}
	}
}

// bash runs a command in the reader's folder, about the last execution if it says ARN.
func (r *reader) bash(env []string, command string) ([]byte, error) {
	env = append(env, "PULUMI_SKIP_CONFIRMATIONS=true") // people say yes
	command = strings.Replace(command, "--execution-arn ARN", "--execution-arn "+r.execution, 1)
	return output(env, "bash", "-e", "-o", "pipefail", "-c", "cd '"+r.dir+"'\n"+command)
}

func readPolicy(t *testing.T, who string) string {
	t.Helper()
	policy, err := os.ReadFile(filepath.Join("..", who+"-policy.json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(policy)
}

// checkDenied checks that nothing was denied to the two except for the actions that they lacked on purpose.
func (r *reader) checkDenied(t *testing.T) {
	var expected []string
	for _, actions := range refusedWithout {
		expected = append(expected, actions...)
	}
	for _, c := range calls(t, "denied=true") {
		if c.ID > r.since && !slices.Contains(expected, c.Service+":"+c.Operation) {
			t.Errorf("IAM denied %+v", c)
		}
	}
}
