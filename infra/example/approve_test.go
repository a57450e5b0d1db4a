package main

import (
	"maps"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

const (
	jobName   = "release-1.4.2-77-1" // of the execution that the job starts
	hurt      = "50% off\n::warning::gotcha\r\n::add-mask::a"
	hurtPlain = "50%25 off%0A::warning::gotcha%0A::add-mask::a" // as GitHub reads it in a command
)

// noRecord is the cause of a stop that looks like the record of a rejection.
const noRecord = "{\"approver\":\r\n\"50%\"}"

// runner is the environment of the step in a job of Octocat's, which Hubot ran again.
func runner(g *localRun) map[string]string {
	return map[string]string{
		"AWS_ENDPOINT_URL": g.proxy, "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_REGION": "us-east-1",
		"AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true",
		"GITHUB_ACTOR": "octocat", "GITHUB_TRIGGERING_ACTOR": "hubot", "GITHUB_REPOSITORY": "octo/shop", "GITHUB_SHA": "c0ffee",
		"GITHUB_SERVER_URL": "https://github.com", "GITHUB_RUN_ID": "77", "GITHUB_RUN_ATTEMPT": "1",
		"STATE_MACHINE": g.stateMachine, "REQUESTERS": `{"octocat": "jo@example.com", "hubot": "bo@example.com", "bot": "none"}`,
		"VERSION": "1.4.2", "LIMIT_MINUTES": "5", "POLL_SECONDS": "0.1", "MAX_FAILURES": "3",
	}
}

// job is the step of approve.yml in a job of GitHub.
type job struct {
	*localRun
	process *os.Process
}

// hook is what happens after a call of the job.
type hook func(j *job, count int, answer *http.Response)

// once returns a hook for the first of several calls.
func once(do func(j *job)) hook {
	return func(j *job, count int, _ *http.Response) {
		if count == 1 {
			do(j)
		}
	}
}

func signalled(signal os.Signal) hook {
	return once(func(j *job) { _ = j.process.Signal(signal) })
}

// throttled makes all calls fail but each third one. The request is approved after the first call that succeeds.
func throttled(j *job, count int, answer *http.Response) {
	switch {
	case count%3 != 0:
		fail(answer, "ThrottlingException")
	case count == 3:
		j.decide("approve", nil)
	}
}

// expired is a hook that makes all calls fail.
func expired(_ *job, _ int, answer *http.Response) { fail(answer, "ExpiredTokenException") }

func rejecting(reason string) hook {
	return once(func(j *job) { j.decide("reject", url.Values{"decision": {"rejected"}, "reason": {reason}}) })
}

var approving = once(func(j *job) { j.decide("approve", nil) })

const describe, start, stopping = "DescribeExecution", "StartExecution", "StopExecution"

var jobs = []struct {
	name   string
	flags  []string // of the local run
	change map[string]string
	before func(g *localRun)
	hooks  map[string]hook
	passes bool
	want   string // a line of the job's output
	status string // of the execution, or empty if there is none
	cause  string // of its end
}{
	{
		name: "approved", hooks: map[string]hook{describe: approving},
		passes: true, want: "Approved by approver@example.com", status: "SUCCEEDED",
	},
	{
		name: "rejected", hooks: map[string]hook{describe: rejecting(hurt)},
		want: "::error::approver@example.com rejected it: " + hurtPlain, status: "FAILED",
	},
	{
		name: "rejected without a reason", hooks: map[string]hook{describe: rejecting("")},
		want: "::error::approver@example.com rejected it: no reason given", status: "FAILED",
	},
	{
		name: "expired", flags: []string{"-timeout", "1s"},
		want: "::error::FAILED Expired: Nobody decided within 1s", status: "FAILED",
	},
	{
		name: "the gate refuses the input", change: map[string]string{"GITHUB_SERVER_URL": "ftp://github.com"},
		want: "::error::FAILED NotSent: ", status: "FAILED",
	},
	{
		name: "stopped by somebody", hooks: map[string]hook{describe: once(func(j *job) { j.stop(jobName, noRecord) })},
		want: `::error::ABORTED : {"approver":%0D%0A"50%25"}`, status: "ABORTED", cause: noRecord,
	},
	{
		name: "cancelled", hooks: map[string]hook{describe: signalled(os.Interrupt)},
		want: "::error::The job was cancelled, so the request was withdrawn.", status: "ABORTED",
		cause: "The job was cancelled. See https://github.com/octo/shop/actions/runs/77",
	},
	{
		name: "terminated", hooks: map[string]hook{describe: signalled(syscall.SIGTERM)},
		want: "::error::The job was cancelled, so the request was withdrawn.", status: "ABORTED",
		cause: "The job was cancelled. See https://github.com/octo/shop/actions/runs/77",
	},
	{
		name: "cancelled before the first poll", hooks: map[string]hook{start: signalled(os.Interrupt)},
		want: "::error::The job was cancelled, so the request was withdrawn.", status: "ABORTED",
		cause: "The job was cancelled. See https://github.com/octo/shop/actions/runs/77",
	},
	{
		name: "cancelled between two polls", change: map[string]string{"POLL_SECONDS": "20"},
		hooks: map[string]hook{start: once(func(j *job) { time.AfterFunc(3*time.Second, func() { _ = j.process.Signal(os.Interrupt) }) })},
		want:  "::error::The job was cancelled, so the request was withdrawn.", status: "ABORTED",
		cause: "The job was cancelled. See https://github.com/octo/shop/actions/runs/77",
	},
	{
		name: "too late", change: map[string]string{"LIMIT_MINUTES": "0"},
		want: "::error::The request was not decided within 0 minutes, so the request was withdrawn.", status: "ABORTED",
		cause: "The request was not decided within 0 minutes. See https://github.com/octo/shop/actions/runs/77",
	},
	{
		name: "throttled", hooks: map[string]hook{describe: throttled},
		passes: true, want: "Approved by approver@example.com", status: "SUCCEEDED",
	},
	{
		name: "session expired", hooks: map[string]hook{describe: expired, stopping: expired},
		want:   "::error::AWS did not describe the request 3 times in a row, and the request may still be open. Stop the execution arn:",
		status: "ABORTED", cause: "AWS did not describe the request 3 times in a row. See https://github.com/octo/shop/actions/runs/77",
	},
	{
		name: "the name is taken", before: func(g *localRun) { g.start(jobName, `"another"`) },
		want: "::error::The request " + jobName + " was not started. The lines above say why.", status: "RUNNING",
	},
	{
		name: "unknown actor", change: map[string]string{"GITHUB_TRIGGERING_ACTOR": "mallory"},
		want: "::error::jq: error (at <unknown>): APPROVAL_REQUESTERS has no address of mallory",
	},
	{
		name: "actor without an address", change: map[string]string{"GITHUB_ACTOR": "bot"},
		want: "::error::jq: error (at <unknown>): APPROVAL_REQUESTERS has no address of bot",
	},
	{
		name: "no actors", change: map[string]string{"REQUESTERS": ""}, want: "::error::jq: error (at <unknown>): ",
	},
	{
		name: "a version that is none", change: map[string]string{"VERSION": `1"; $(id)`},
		want: "::error::version must be 1 to 40 letters, digits, dots, hyphens and underscores",
	},
	{
		name: "no state machine", change: map[string]string{"STATE_MACHINE": ""},
		want: "::error::APPROVAL_STATE_MACHINE must be the ARN of a state machine",
	},
}

// TestApproveJob runs the shell part of approve.yml as GitHub does, against the local run.
func TestApproveJob(t *testing.T) {
	needTools(t)
	program, step := buildLocalRun(t), readStep(t)
	for _, test := range jobs {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			j := &job{localRun: startLocalRun(t, program, test.flags...)}
			if test.before != nil {
				test.before(j.localRun)
			}
			environment := runner(j.localRun)
			maps.Copy(environment, test.change)
			passed, out := j.run(step, environment, test.hooks)
			if passed != test.passes || !strings.Contains("\n"+out, "\n"+test.want) {
				t.Errorf("the job passed: %t, want %t, and %q in its output:\n%s", passed, test.passes, test.want, out)
			}
			checkExecution(t, j.localRun, test.status, test.cause)
		})
	}
}

// run runs the step. It returns whether the step passed, and what it printed.
func (j *job) run(step step, environment map[string]string, hooks map[string]hook) (passed bool, out string) {
	j.t.Helper()
	command, printed := step.command(j.t, environment)
	j.mu.Lock() // the answer to the first call waits for the process
	j.after = func(operation string, count int, answer *http.Response) {
		if hooks[operation] != nil {
			hooks[operation](j, count, answer)
		}
	}
	err := command.Start()
	j.process = command.Process
	j.mu.Unlock()
	if err != nil {
		j.t.Fatal(err)
	}
	err = command.Wait()
	return err == nil, printed.String()
}

// checkExecution checks how the execution of the job ended.
func checkExecution(t *testing.T, g *localRun, status, cause string) {
	t.Helper()
	got := g.end(jobName)
	switch {
	case got == nil && status == "":
	case got == nil || string(got.Status) != status || cause != "" && aws.ToString(got.Cause) != cause:
		t.Errorf("execution = %+v, want %s with the cause %q", got, status, cause)
	}
}

// TestApproveJobInput checks what the approvers see, and that neither of the two who ran the job is asked.
func TestApproveJobInput(t *testing.T) {
	needTools(t)
	j := &job{localRun: startLocalRun(t, buildLocalRun(t))}
	j.run(readStep(t), runner(j.localRun), map[string]hook{describe: approving})
	const want = `{"subject":"Release 1.4.2","message":"May version 1.4.2 of octo/shop go to production?",` +
		`"review":"https://github.com/octo/shop/actions/runs/77","requester":"bo@example.com, jo@example.com",` +
		`"version":"1.4.2","commit":"c0ffee"}`
	if got := j.end(jobName); got == nil || aws.ToString(got.Input) != want {
		t.Errorf("execution = %+v, want one with the input %s", got, want)
	}
}

// TestApproveScriptHasNoExpressions checks that no value of an expression becomes a part of the script, which would run it.
func TestApproveScriptHasNoExpressions(t *testing.T) {
	if script := readStep(t).script; strings.Contains(script, "${{") {
		t.Errorf("the script has an expression: put the value into env\n%s", script)
	}
}
