package main

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// clickCalls are the calls of a start and a click that decides.
var clickCalls = []string{"GenerateMac", "GetExecutionHistory", "SendTaskSuccess"}

// testInput is the input of the recorded executions.
const testInput = `{"subject":"Deploy release 42","message":"Ready for production.","change":"CHG-7"}`

// TestClick clicks on a link while an execution waits. A task that cannot be read is not the fault of the click.
func TestClick(t *testing.T) {
	largest := strings.ReplaceAll(testInput, "CHG-7", strings.Repeat("x", 253_952-len(testInput)+len("CHG-7")))
	deepest := strings.Repeat("[", 9_990) + "1e400" + strings.Repeat("]", 9_990)
	for name, test := range map[string]struct {
		old, replacement string // in the history
		status           int
		calls            []string
	}{
		"as recorded":   {testInput, testInput, 200, clickCalls},
		"largest input": {testInput, largest, 200, clickCalls},
		"deepest input": {testInput, deepest, 200, clickCalls},
		"damaged task":  {`"schedule":{`, `"wait":{`, 500, clickCalls[:2]},
	} {
		t.Run(name, func(t *testing.T) {
			quote := func(text string) string { return strings.ReplaceAll(text, `"`, `\"`) }
			history := strings.ReplaceAll(readFile(t, "history/testdata/waiting.json"), quote(test.old), quote(test.replacement))
			w := newWorkflow(t, parseHistory(t, history))
			click, log := w.start(t)
			if got := click(); got != test.status || !strings.Contains(history, quote(test.replacement)) {
				t.Errorf("status = %d, want %d", got, test.status)
			}
			if diff := cmp.Diff(test.calls, w.calls); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
			if strings.Contains(log(), "start") {
				t.Errorf("log = %s, want nothing about the start", log())
			}
		})
	}
}

// TestStartWithoutKey checks that an error of KMS at the start neither ends the function nor decides anything.
func TestStartWithoutKey(t *testing.T) {
	w := newWorkflow(t, newHistory(t, "waiting"))
	w.key.refuse = func() (int, string) { return http.StatusBadRequest, exception("AccessDeniedException") }
	click, log := w.start(t)
	if got := log(); !strings.Contains(got, "WARN") || !strings.Contains(got, "GenerateMac") {
		t.Errorf("log = %s, want a warning about GenerateMac", got)
	}
	if got := click(); got != 500 {
		t.Errorf("status = %d, want 500", got)
	}
	w.key.refuse = nil
	if got := click(); got != 200 {
		t.Errorf("status after the error = %d, want 200", got)
	}
	if diff := cmp.Diff(clickCalls, w.calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

// TestRevokedLinks clicks on a link of the first generation after the second one was deployed, and after the first one was
// deployed again.
func TestRevokedLinks(t *testing.T) {
	for _, test := range []struct {
		generation string
		status     int
		calls      []string
	}{{"2", 400, clickCalls[:1]}, {"1", 200, clickCalls}} {
		w := newWorkflow(t, newHistory(t, "waiting"))
		w.generation = test.generation
		click, _ := w.start(t)
		if got := click(); got != test.status {
			t.Errorf("generation %s: status = %d, want %d", test.generation, got, test.status)
		}
		if diff := cmp.Diff(test.calls, w.calls); diff != "" {
			t.Errorf("generation %s: calls (-want +got):\n%s", test.generation, diff)
		}
	}
}

// BenchmarkClick counts the allocations of a warm click: from the event of the gateway to the answer, with the AWS SDK and
// its HTTP client, but without the loop that asks Lambda for events. The fake AWS allocates nothing.
func BenchmarkClick(b *testing.B) {
	handler, _ := startFunction(b, "http://"+serveClicks(b), "1")
	event := []byte(readFile(b, "adapter/testdata/click.json"))
	b.ReportAllocs()
	for b.Loop() {
		answer, err := handler.Invoke(b.Context(), event)
		if err != nil || !bytes.Contains(answer, []byte(`"statusCode":200`)) {
			b.Fatalf("answer of %d bytes, error %v, want status 200", len(answer), err)
		}
	}
	b.ReportMetric(0, "ns/op") // mostly waiting
}

// serveClicks starts a server that answers each call of a click always in the same way, and returns its address.
func serveClicks(b *testing.B) string {
	_, page := newHistory(b, "waiting").Answer("AWSStepFunctions.GetExecutionHistory", fmt.Sprintf(
		`{"executionArn":"%sapproval-workflow:release-42","reverseOrder":true,"maxResults":3}`, testPrefix))
	var answers [][2][]byte // what a request contains, and its answer. The last that matches counts.
	for _, answer := range [][2]string{
		{".GenerateMac", testMAC},
		{".GetExecutionHistory", page},
		{".SendTaskSuccess", "{}"},
	} {
		response := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: %d\r\n\r\n%s",
			len(answer[1]), answer[1])
		answers = append(answers, [2][]byte{[]byte(answer[0]), []byte(response)})
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go answerRequests(connection, answers)
		}
	}()
	return listener.Addr().String()
}

// answerRequests answers the requests on a connection. The body of each must be a JSON object.
func answerRequests(connection net.Conn, answers [][2][]byte) {
	defer connection.Close()
	var response []byte
	for buffer := make([]byte, 16<<10); ; {
		n, err := connection.Read(buffer)
		if err != nil {
			return
		}
		for _, answer := range answers {
			if bytes.Contains(buffer[:n], answer[0]) {
				response = answer[1]
			}
		}
		if buffer[n-1] == '}' { // the last byte of the body
			// The client drops a connection on which the answer comes before the client has finished the request.
			time.Sleep(time.Millisecond)
			_, _ = connection.Write(response)
		}
	}
}
