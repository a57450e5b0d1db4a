package main

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/local/stepfunctions"
)

func TestUsageErrors(t *testing.T) {
	for args, want := range map[string]string{
		"-port 80":                      "-port",
		"now":                           `unexpected argument "now"`,
		"-timeout soon":                 `-timeout: "soon" is not a duration such as 90s, 24h or 36h30m`,
		"-timeout 1d":                   `-timeout: "1d" counts days, which are not a unit. Hours are. Use -timeout 24h`,
		"-timeout 24":                   `-timeout: "24" has no unit: s, m or h. Use -timeout 24h`,
		"-approvers " + ada + ";" + bob: "Use -approvers " + ada + "," + bob,
		"-approvers " + ada + "," + bob + " -approvals 2 -timeout 8000h": "-timeout: 8000h0m0s is too long for 2 approvals",
		"-timeout 1500ms":                        "-timeout: 1.5s is not a whole number of seconds",
		"-timeout 0s":                            "-timeout: 0s is not between 1s and 8736h (364 days)",
		"-timeout 8761h":                         "-timeout: 8761h0m0s is not between 1s and 8736h (364 days)",
		"-reminders -1":                          "-reminders: -1 is not between 0 and 10",
		"-reminders 11":                          "-reminders: 11 is not between 0 and 10",
		"-timeout 5s -reminders 3":               "-timeout: 5s leaves no second for each of the 4 e-mails",
		"-approvers x":                           `-approvers: "x" is not an e-mail address`,
		"-approvers ":                            "-approvers: at least one address is required",
		"-approvers " + ada + ",ADA@example.com": `-approvers: "ADA@example.com" is listed twice`,
		"-approvers " + ada + "," + bob + " -approvals 3": "-approvals: 3 is not between 1 and the number of approvers (2)",
		"-outcomes some":   `-outcomes: "some" is not one of none, deciders (who get a receipt) and all (who were asked). Use -outcomes deciders`,
		"-approvals 0":     "-approvals: 0 is not between 1 and the number of approvers (1)",
		"-addr localhost":  `-addr: "localhost" is not host:port`,
		"-addr localhost:": `-addr: "localhost:" is not host:port`,
	} {
		err := run(t.Context(), strings.Split(args, " "), io.Discard, io.Discard)
		if !errors.As(err, new(usageError)) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error = %v, want a usage error in one line with %q", args, err, want)
		}
	}
}

func TestTakenPort(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	err = run(t.Context(), []string{"-addr", taken.Addr().String()}, io.Discard, io.Discard)
	want := "choose another address with -addr"
	if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
		t.Fatalf("error = %v, want one line with %q", err, want)
	}
	if errors.As(err, new(usageError)) {
		t.Errorf("error %v is a usage error", err)
	}
}

func TestFlags(t *testing.T) {
	dayLong := approval.Schedule{IntervalSeconds: 86_400, PauseSeconds: 1}
	tests := []struct {
		name string
		args []string
		want options
	}{
		{"defaults", nil, options{schedule: dayLong, approvers: []string{anybody}, approvals: 1, outcomes: "deciders"}},
		{"white space", []string{"-approvers", ada + ", " + bob},
			options{schedule: dayLong, approvers: []string{ada, bob}, approvals: 1, outcomes: "deciders"}},
		{"all", append(ofThree(2), "-timeout", "36h", "-reminders", "2", "-outcomes", "all", "-confirm"), options{
			schedule:  approval.Schedule{IntervalSeconds: 43_199, PauseSeconds: 1, Reminders: 2},
			approvers: []string{ada, bob, cleo}, approvals: 2, outcomes: "all", confirm: true,
		}},
		{"groups", []string{"-group", "dba=" + ada + ", " + bob + "; approvals = 2", "-group", "on-call=" + ada}, options{
			schedule: dayLong, approvers: []string{anybody}, approvals: 1, outcomes: "deciders",
			groups: groups{"dba": {[]string{ada, bob}, 2}, "on-call": {[]string{ada}, 1}},
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := parseFlags(test.args, io.Discard)
			if err != nil {
				t.Fatal(err)
			}
			test.want.addr, test.want.host = "127.0.0.1:8080", "127.0.0.1"
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(options{}, group{})); diff != "" {
				t.Errorf("options (-want +got):\n%s", diff)
			}
		})
	}
}

func TestHelp(t *testing.T) {
	var stdout bytes.Buffer
	if err := run(t.Context(), []string{"-h"}, &stdout, io.Discard); err != nil {
		t.Error(err)
	}
	for _, want := range []string{"-addr", "-timeout", "-reminders", "-approvers", "-approvals", "-confirm", "-group", "-outcomes"} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("the help does not contain %s", want)
		}
	}
}

func TestWarningOfOpenAddress(t *testing.T) {
	r := startOnTCP(t, "-addr", "0.0.0.0:0")
	if !strings.Contains(r.log.String(), "local: warning: 0.0.0.0:0 is open to other machines") {
		t.Errorf("the log has no warning: %s", r.log)
	}
	if !strings.HasPrefix(r.address, "http://127.0.0.1:") {
		t.Errorf("address = %s, want one of this machine", r.address)
	}
	r.click(get, r.address, http.StatusOK)
}

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
	r.emailsTo("", arn, 1)
	email := latestEmail.FindStringSubmatch(r.shell(commands[1][1]))
	if email == nil {
		t.Fatal("the second command shows no e-mail with a link")
	}
	r.shell("curl -s '" + email[2] + "'")
	r.checkEnd(arn, "", anybody)
	if input := *r.describe(arn).Input; !strings.Contains(input, "subject") {
		t.Errorf("input = %s, want one with a subject", input)
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
