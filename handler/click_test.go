package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"approval-workflow/handler/approval/approvaltest"
)

// BenchmarkClick counts the allocations of a warm click: from the event of the gateway to the answer, with the AWS SDK and
// its HTTP client, but without the loop that asks Lambda for events. The fake AWS allocates nothing.
func BenchmarkClick(b *testing.B) {
	handler := startFunction(b, functionEnvironment("http://"+serveClicks(b)), os.DevNull)
	event, err := os.ReadFile("adapter/testdata/click.json")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		answer, err := handler.Invoke(b.Context(), event)
		if err != nil || !bytes.Contains(answer, []byte(`"statusCode":200`)) {
			b.Fatalf("answer = %s, %v, want status 200", answer, err)
		}
	}
	b.ReportMetric(0, "ns/op") // mostly waiting
}

// functionEnvironment returns the environment of the function, with an endpoint of AWS.
func functionEnvironment(endpoint string) map[string]string {
	return map[string]string{
		"AWS_ENDPOINT_URL": endpoint, "AWS_REGION": "eu-west-1",
		"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_SESSION_TOKEN": "test",
		"TOPIC_ARN": "arn:aws:sns:eu-west-1:123456789012:approvals", "LINK_KEY_ARN": testKeyARN,
		"APPROVERS": "jo@example.com", "CONFIRM": "false", "WORKFLOW_NAME": "approval-workflow",
		"API_URL": "https://abc123.execute-api.eu-west-1.amazonaws.com",
	}
}

// startFunction starts the function in this process, with a file for its log.
func startFunction(tb testing.TB, environment map[string]string, log string) lambda.Handler {
	tb.Helper()
	file, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = file.Close() })
	stdout := os.Stdout
	defer func() { os.Stdout = stdout }()
	os.Stdout = file // the logger keeps it
	handler, err := newHandler(func(name string) string { return environment[name] })
	if err != nil {
		tb.Fatal(err)
	}
	return handler
}

// withoutData is in the call that only asks how the execution has ended.
const withoutData = `"includeExecutionData":false`

// serveClicks starts a server that answers each call of a click always in the same way, and returns its address.
func serveClicks(b *testing.B) string {
	answers := map[string]string{
		"GenerateMac":         `{"Mac":"` + base64.StdEncoding.EncodeToString([]byte(approvaltest.Key)) + `"}`,
		"GetExecutionHistory": firstPage(b),
		"SendTaskSuccess":     "{}",
		withoutData:           `{"events":[{"id":14,"timestamp":1795340400.42,"type":"ExecutionSucceeded"}]}`,
	}
	for operation, body := range answers {
		answers[operation] = fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\n"+
			"Content-Length: %d\r\n\r\n%s", len(body), body)
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

// firstPage returns the first page of the history of an execution that waits.
func firstPage(b *testing.B) string {
	var page struct {
		Events    []json.RawMessage `json:"events"`
		NextToken string            `json:"nextToken,omitempty"`
	}
	if err := json.Unmarshal([]byte(readHistory(b, "waiting")), &page); err != nil {
		b.Fatal(err)
	}
	if len(page.Events) > waitingPage {
		page.Events, page.NextToken = page.Events[:waitingPage], "next"
	}
	text, err := json.Marshal(page)
	if err != nil {
		b.Fatal(err)
	}
	return string(text)
}

// answerRequests answers the requests on a connection. The body of each must be a JSON object.
func answerRequests(connection net.Conn, answers map[string]string) {
	defer connection.Close()
	encoded := map[string][]byte{}
	for operation, answer := range answers {
		encoded["."+operation] = []byte(answer)
	}
	var answer []byte
	for buffer := make([]byte, 16<<10); ; {
		n, err := connection.Read(buffer)
		if err != nil {
			return
		}
		for operation := range encoded {
			if bytes.Contains(buffer[:n], []byte(operation)) {
				answer = encoded[operation]
			}
		}
		if bytes.Contains(buffer[:n], []byte(withoutData)) {
			answer = encoded["."+withoutData]
		}
		if buffer[n-1] == '}' { // the last byte of the body
			// The client drops a connection on which the answer comes before the client has finished the request.
			time.Sleep(time.Millisecond)
			_, _ = connection.Write(answer)
		}
	}
}
