package main

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/local/stepfunctions"
)

var printedCurl = regexp.MustCompile(`(?m)^  (curl .*)$`)

// TestWelcomeCommands decides with the commands that the local run prints, without a browser and the AWS CLI.
func TestWelcomeCommands(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil && os.Getenv("CI") == "" {
		t.Skip("curl is missing: install it to run the printed commands")
	}
	r := startOnTCP(t)
	var commands [][]string
	r.poll(func() bool {
		commands = printedCurl.FindAllStringSubmatch(r.log.String(), -1)
		return len(commands) == 2
	})
	if got := r.shell(commands[0][1]); !strings.Contains(got, `"executionArn"`) {
		t.Fatalf("start = %s", got)
	}
	out, err := r.sfn.ListExecutions(t.Context(), &sfn.ListExecutionsInput{
		StateMachineArn: aws.String(stepfunctions.StateMachineARN)})
	if err != nil || len(out.Executions) != 1 {
		t.Fatalf("executions = %v, error %v", out, err)
	}
	arn := *out.Executions[0].ExecutionArn
	r.email(arn)
	r.shell("curl -s '" + r.link(mail{Body: r.shell(commands[1][1])}, approval.Approve) + "'")
	if got := r.describeEnded(arn); got.Status != types.ExecutionStatusSucceeded || !strings.Contains(*got.Input, "subject") {
		t.Errorf("the execution with the input %s is %s", *got.Input, got.Status)
	}
	r.checkNoSecrets()
}

// shell runs a command and returns what it prints.
func (r *localRun) shell(command string) string {
	r.t.Helper()
	out, err := exec.CommandContext(r.t.Context(), "sh", "-c", command).Output()
	if err != nil {
		r.t.Fatal("a printed command fails:", err)
	}
	return string(out)
}
