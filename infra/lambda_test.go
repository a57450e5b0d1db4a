package infra

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"approval-workflow/infra/build"
)

// lambdaFunction is a process of the function, with the Lambda Runtime API that it asks for events.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
type lambdaFunction struct {
	events, answers chan string
	exited          chan struct{}
	process         *exec.Cmd
	logs            bytes.Buffer // to be read once the process has exited
}

func startFunction(t *testing.T, c *cloud, aws *fakeAWS) *lambdaFunction {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "bootstrap")
	if err := build.Compile(t.Context(), "..", "./handler", binary, runtime.GOOS, runtime.GOARCH); err != nil {
		t.Fatal(err)
	}
	f := &lambdaFunction{events: make(chan string), answers: make(chan string, 1), exited: make(chan struct{})}
	api := httptest.NewServer(f)
	t.Cleanup(api.Close)
	t.Cleanup(func() { f.stop() }) // before the server, which waits for its clients

	recorded := c.one(t, "aws:lambda/function:Function")
	f.process = exec.CommandContext(t.Context(), binary)
	f.process.Env = []string{
		"AWS_LAMBDA_RUNTIME_API=" + strings.TrimPrefix(api.URL, "http://"),
		"AWS_LAMBDA_LOG_FORMAT=" + recorded["loggingConfig"].(map[string]any)["logFormat"].(string),
		"AWS_REGION=eu-west-1", "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_ENDPOINT_URL=" + aws.url,
	}
	for key, value := range recorded["environment"].(map[string]any)["variables"].(map[string]any) {
		f.process.Env = append(f.process.Env, fmt.Sprintf("%s=%s", key, value))
	}
	f.process.Stdout, f.process.Stderr = &f.logs, &f.logs
	if err := f.process.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = f.process.Wait() // it is killed in the end
		close(f.exited)
	}()
	return f
}

func (f *lambdaFunction) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost { // .../response or .../error
		body, _ := io.ReadAll(r.Body)
		f.answers <- string(body)
		w.WriteHeader(http.StatusAccepted)
		return
	}
	select { // .../invocation/next
	case event := <-f.events:
		w.Header().Set("Lambda-Runtime-Aws-Request-Id", "request-1")
		w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(time.Now().Add(functionTimeout).UnixMilli()))
		w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-1:123456789012:function:f")
		_, _ = io.WriteString(w, event)
	case <-r.Context().Done():
	}
}

// invoke returns the function's answer to an event: its result, or its error.
func (f *lambdaFunction) invoke(t *testing.T, event string) string {
	t.Helper()
	select {
	case f.events <- event:
	case <-f.exited:
		t.Fatalf("the function exited before it took an event:\n%s", f.logs.String())
	}
	select {
	case answer := <-f.answers:
		return answer
	case <-f.exited:
		t.Fatalf("the function exited without an answer:\n%s", f.logs.String())
	}
	return ""
}

func (f *lambdaFunction) stop() string {
	_ = f.process.Process.Kill() // an error says that it has ended already
	<-f.exited
	return f.logs.String()
}
