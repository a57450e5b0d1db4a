//go:build linux

package benchmark

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// cost is what a process has used since its start.
type cost struct{ cpu, wall time.Duration }

func (c cost) since(earlier cost) cost { return cost{c.cpu - earlier.cpu, c.wall - earlier.wall} }

func (c cost) over(n int) cost { return cost{c.cpu / time.Duration(n), c.wall / time.Duration(n)} }

// sample is one start of a program.
type sample struct {
	next  cost    // from exec until it asks for its first event
	first cost    // from exec until it has answered its first click
	warm  cost    // of each click after the first
	peak  float64 // resident memory, in bytes
}

// instance is a process that runs a Lambda function, with the Runtime API that it asks for events.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
type instance struct {
	b       *testing.B
	program *program
	api     *httptest.Server
	process *exec.Cmd
	output  bytes.Buffer // to be read once the process has ended
	started time.Time
	ended   chan struct{}

	asked  chan struct{} // it asks for an event
	events chan []byte
	posted chan answer
}

type answer struct {
	path string
	body string
}

func start(b *testing.B, p *program, e endpoint, environment ...string) *instance {
	i := &instance{
		b: b, program: p, ended: make(chan struct{}),
		asked: make(chan struct{}), events: make(chan []byte), posted: make(chan answer),
	}
	i.api = httptest.NewServer(i)
	i.process = exec.CommandContext(b.Context(), p.command[0], p.command[1:]...)
	i.process.Env = append([]string{
		"AWS_LAMBDA_RUNTIME_API=" + strings.TrimPrefix(i.api.URL, "http://"),
		"AWS_LAMBDA_FUNCTION_NAME=approval-workflow", "AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256", "AWS_LAMBDA_LOG_FORMAT=JSON",
		"AWS_REGION=eu-west-1", "AWS_DEFAULT_REGION=eu-west-1", "LANG=en_US.UTF-8", "TZ=:UTC", "PATH=" + os.Getenv("PATH"),
		"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_SESSION_TOKEN=test",
		"TOPIC_ARN=arn:aws:sns:eu-west-1:123456789012:approvals", "CONFIRM=false",
		"API_URL=https://abc123.execute-api.eu-west-1.amazonaws.com",
	}, e.environment()...)
	i.process.Env = append(i.process.Env, environment...)
	i.process.Stdout, i.process.Stderr = &i.output, &i.output
	i.started = time.Now()
	if err := i.process.Start(); err != nil {
		b.Fatal(err)
	}
	go func() {
		_ = i.process.Wait() // it is killed in the end
		close(i.ended)
	}()
	return i
}

func (i *instance) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost { // .../response, .../error or .../init/error
		body, _ := io.ReadAll(r.Body)
		i.posted <- answer{r.URL.Path, string(body)}
		w.WriteHeader(http.StatusAccepted)
		return
	}
	select { // .../invocation/next
	case i.asked <- struct{}{}:
	case <-r.Context().Done():
		return
	}
	select {
	case event := <-i.events:
		w.Header().Set("Lambda-Runtime-Aws-Request-Id", "request-1")
		w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(time.Now().Add(time.Minute).UnixMilli()))
		w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-1:123456789012:function:f")
		_, _ = w.Write(event)
	case <-r.Context().Done():
	}
}

// ready waits until the function asks for an event.
func (i *instance) ready() cost {
	select {
	case <-i.asked:
	case answer := <-i.posted:
		i.b.Fatalf("%s said %s before it took an event:\n%s", i.program.name, answer.body, i.stop())
	case <-i.ended:
		i.b.Fatalf("%s ended:\n%s", i.program.name, i.stop())
	}
	return i.used()
}

// invoke hands over an event, and returns what was used until its answer came.
func (i *instance) invoke(event []byte) cost {
	i.events <- event
	select {
	case answer := <-i.posted:
		used := i.used()
		if path.Base(answer.path) != "response" || !strings.Contains(answer.body, i.program.answer) {
			i.b.Fatalf("%s answered %s:\n%s", i.program.name, answer.body, i.stop())
		}
		i.ready()
		return used
	case <-i.ended:
		i.b.Fatalf("%s ended without an answer:\n%s", i.program.name, i.stop())
	}
	return cost{}
}

// used reads the process's own clock, that of all its threads. Its id is made from the process's as in
// https://man7.org/linux/man-pages/man3/clock_getcpuclockid.3.html
func (i *instance) used() cost {
	const cpuClock = 2 // CPUCLOCK_SCHED of the kernel
	wall := time.Since(i.started)
	var cpu unix.Timespec
	if err := unix.ClockGettime(int32(^i.process.Process.Pid<<3|cpuClock), &cpu); err != nil {
		i.b.Fatal(err)
	}
	return cost{cpu: time.Duration(cpu.Nano()), wall: wall}
}

func (i *instance) peakMemory() float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", i.process.Process.Pid))
	if err != nil {
		i.b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	var kibibytes float64
	if _, err := fmt.Sscan(rest, &kibibytes); err != nil {
		i.b.Fatal(err)
	}
	return kibibytes * 1024
}

// stop ends the process and returns what it printed.
func (i *instance) stop() []byte {
	_ = i.process.Process.Kill() // an error says that it has ended already
	<-i.ended
	i.api.Close()
	return i.output.Bytes()
}
