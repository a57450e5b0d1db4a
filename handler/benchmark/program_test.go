//go:build linux

package benchmark

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"approval-workflow/handler/bundle"
	"approval-workflow/handler/lambdatest"
)

// functionName is the name of the program that the others are compared with.
const functionName = "function"

// program is a Lambda function to measure. Figures that a script does not have are NaN.
type program struct {
	name      string
	command   []string
	answer    string  // a part of its answer to a click
	size, zip float64 // of the binary and the deployment package, in bytes

	collections map[endpoint]float64 // garbage collections before the first answer
}

// buildAll builds the programs. It leaves out Python if boto3 is missing.
func buildAll(b *testing.B) []*program {
	programs := append(buildOwn(b), buildNaive(b))
	if err := exec.CommandContext(b.Context(), "python3", "-c", "import boto3").Run(); err != nil {
		b.Logf("python3 with boto3 is missing (%v), so the table has no column for it", err)
		return programs
	}
	return append(programs, &program{
		name: "Python", command: []string{"python3", "testdata/python/function.py"}, answer: "approved",
		size: math.NaN(), zip: math.NaN(), collections: map[endpoint]float64{},
	})
}

// buildOwn builds the programs that are built like the deployment.
func buildOwn(b *testing.B) []*program {
	programs := []*program{
		buildDeployed(b, "nothing", "./handler/benchmark/testdata/nothing"),
		buildDeployed(b, functionName, "./handler"),
	}
	programs[0].answer = "null"
	if *baseline != "" {
		programs = append(programs, buildBaseline(b, *baseline))
	}
	return programs
}

// buildDeployed builds a program of the repository like the deployment, but for this machine.
func buildDeployed(b *testing.B, name, folder string) *program {
	return build(b, "../..", name, folder)
}

// build builds a program of the module in a folder.
func build(b *testing.B, module, name, folder string) *program {
	binary := filepath.Join(b.TempDir(), name)
	if err := bundle.Compile(b.Context(), module, folder, binary, runtime.GOOS, runtime.GOARCH); err != nil {
		b.Fatal(err)
	}
	return newProgram(b, name, binary)
}

// buildBaseline builds the function of a commit, from its own files and with today's flags.
func buildBaseline(b *testing.B, commit string) *program {
	folder := b.TempDir()
	archive := filepath.Join(folder, "source.tar")
	for _, command := range []*exec.Cmd{
		exec.CommandContext(b.Context(), "git", "-C", "../..", "archive", "--output", archive, commit),
		exec.CommandContext(b.Context(), "tar", "-C", folder, "-xf", archive),
	} {
		if message, err := command.CombinedOutput(); err != nil {
			b.Fatalf("-baseline %s: %v\n%s", commit, err, message)
		}
	}
	return build(b, folder, commit, "./handler")
}

// buildNaive builds the program that is written like most examples, without flags. It is a module of its own because it
// needs more of the AWS SDK.
func buildNaive(b *testing.B) *program {
	binary := filepath.Join(b.TempDir(), "naive")
	command := exec.CommandContext(b.Context(), "go", "build", "-o", binary)
	command.Dir = "testdata/naive"
	if message, err := command.CombinedOutput(); err != nil {
		b.Fatalf("go build in %s: %v\n%s", command.Dir, err, message)
	}
	return newProgram(b, "naive", binary)
}

func newProgram(b *testing.B, name, binary string) *program {
	content, err := os.ReadFile(binary)
	if err != nil {
		b.Fatal(err)
	}
	return &program{
		name: name, command: []string{binary}, answer: "approved",
		size: float64(len(content)), zip: zipSize(b, content), collections: map[endpoint]float64{},
	}
}

// zipSize returns the size of a zip with that content in bytes, without the 130 bytes of its directory.
func zipSize(b *testing.B, content []byte) float64 {
	var compressed bytes.Buffer
	writer, err := flate.NewWriter(&compressed, flate.DefaultCompression)
	if err != nil {
		b.Fatal(err)
	}
	_, err = writer.Write(content)
	if err := errors.Join(err, writer.Close()); err != nil {
		b.Fatal(err)
	}
	return float64(compressed.Len())
}

// allocations runs BenchmarkClick, which is in the function's own package.
func allocations(b *testing.B) string {
	command := exec.CommandContext(b.Context(), "go", "test", "-run=^$", "-bench=^BenchmarkClick$", "-benchtime=500x", "..")
	output, err := command.CombinedOutput()
	found := regexp.MustCompile(`(\d+) allocs/op`).FindSubmatch(output)
	if err != nil || found == nil {
		b.Fatalf("count allocations: %v\n%s", err, output)
	}
	return string(found[1])
}

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

// lambdaEnvironment contains the variables that Lambda sets, those of the deployment, and ASCII_SUBJECTS for earlier builds.
var lambdaEnvironment = []string{
	"AWS_LAMBDA_FUNCTION_NAME=approval-workflow", "AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
	"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256", "AWS_LAMBDA_LOG_FORMAT=JSON",
	"AWS_REGION=eu-west-1", "AWS_DEFAULT_REGION=eu-west-1", "LANG=en_US.UTF-8", "TZ=:UTC", "PATH=" + os.Getenv("PATH"),
	"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_SESSION_TOKEN=test",
	"TOPIC_ARN=arn:aws:sns:eu-west-1:123456789012:approvals",
	"LINK_KEY_ARN=arn:aws:kms:eu-west-1:123456789012:key/1", "APPROVERS=jo@example.com", "LINK_GENERATION=1", "CONFIRM=false",
	"OUTCOMES=deciders", "ASCII_SUBJECTS=false",
	"OUTCOME_TOPIC_ARN=arn:aws:sns:eu-west-1:123456789012:outcomes",
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
