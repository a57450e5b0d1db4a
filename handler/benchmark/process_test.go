//go:build linux

package benchmark

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"approval-workflow/handler/lambdatest"
)

// cost is the processor time and the wall time that a process has used.
type cost struct{ cpu, wall time.Duration }

func (c cost) since(earlier cost) cost { return cost{c.cpu - earlier.cpu, c.wall - earlier.wall} }

func (c cost) over(n int) cost { return cost{c.cpu / time.Duration(n), c.wall / time.Duration(n)} }

// process is a program that runs as a Lambda function.
type process struct {
	*lambdatest.Function
	b       *testing.B
	program *program
}

// lambdaEnvironment contains the variables that Lambda sets and those of the deployment.
var lambdaEnvironment = []string{
	"AWS_LAMBDA_FUNCTION_NAME=approval-workflow", "AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
	"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256", "AWS_LAMBDA_LOG_FORMAT=JSON",
	"AWS_REGION=eu-west-1", "AWS_DEFAULT_REGION=eu-west-1", "LANG=en_US.UTF-8", "TZ=:UTC", "PATH=" + os.Getenv("PATH"),
	"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_SESSION_TOKEN=test",
	"TOPIC_ARN=arn:aws:sns:eu-west-1:123456789012:approvals",
	"LINK_KEY_ARN=arn:aws:kms:eu-west-1:123456789012:key/1", "APPROVERS=jo@example.com", "CONFIRM=false",
	"WORKFLOW_NAME=approval-workflow", "API_URL=https://abc123.execute-api.eu-west-1.amazonaws.com",
}

func start(b *testing.B, p *program, e endpoint, environment ...string) process {
	b.Helper()
	environment = slices.Concat(lambdaEnvironment, e.environment(), environment)
	return process{Function: lambdatest.Start(b, p.command, environment), b: b, program: p}
}

// ready waits until the program asks for an event, and returns the cost since the start.
func (p process) ready() cost {
	p.b.Helper()
	p.WaitReady()
	return p.used()
}

// click passes a click to the program, and returns the cost from the start until the answer.
func (p process) click(event []byte) cost {
	p.b.Helper()
	answer := p.Invoke(event)
	used := p.used()
	if answer.Failed || !strings.Contains(answer.Body, p.program.answer) {
		p.b.Fatalf("%s: answer = %s, want %q in it:\n%s", p.program.name, answer.Body, p.program.answer, p.Stop())
	}
	p.ready()
	return used
}

// used reads the clock of the process, which counts the time of all its threads. The ID of the clock is computed as in
// https://man7.org/linux/man-pages/man3/clock_getcpuclockid.3.html
func (p process) used() cost {
	p.b.Helper()
	const cpuClock = 2 // CPUCLOCK_SCHED of the kernel
	wall := time.Since(p.StartedAt())
	var cpu unix.Timespec
	if err := unix.ClockGettime(int32(^p.PID()<<3|cpuClock), &cpu); err != nil {
		p.b.Fatal(err)
	}
	return cost{cpu: time.Duration(cpu.Nano()), wall: wall}
}

// peakMemory returns the largest resident memory of the process in bytes.
func (p process) peakMemory() float64 {
	p.b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID()))
	if err != nil {
		p.b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	var kibibytes float64
	if _, err := fmt.Sscan(rest, &kibibytes); err != nil {
		p.b.Fatal(err)
	}
	return kibibytes * 1024
}
