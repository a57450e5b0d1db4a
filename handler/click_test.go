package main

import (
	"bytes"
	"net"
	"os"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
)

// BenchmarkClick counts the allocations of a warm click: from the event of the gateway to the answer, with the AWS SDK and
// its HTTP client, but without the loop that asks Lambda for events. The fake Step Functions allocates nothing.
func BenchmarkClick(b *testing.B) {
	handler := newQuietHandler(b, map[string]string{
		"AWS_ENDPOINT_URL": "http://" + answerAll(b), "AWS_REGION": "eu-west-1",
		"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_SESSION_TOKEN": "test",
		"TOPIC_ARN": "arn:aws:sns:eu-west-1:123456789012:approvals", "CONFIRM": "false",
		"API_URL": "https://abc123.execute-api.eu-west-1.amazonaws.com",
	})
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

// newQuietHandler returns the function with its log discarded.
func newQuietHandler(b *testing.B, environment map[string]string) lambda.Handler {
	b.Helper()
	devNull, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = devNull.Close() })
	stdout := os.Stdout
	defer func() { os.Stdout = stdout }()
	os.Stdout = devNull // the logger keeps it
	handler, err := newHandler(func(name string) string { return environment[name] })
	if err != nil {
		b.Fatal(err)
	}
	return handler
}

// answerAll starts a server that answers every request with an empty JSON object, and returns its address. The body of a
// request must be a JSON object.
func answerAll(b *testing.B) string {
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
			go answerRequests(connection)
		}
	}()
	return listener.Addr().String()
}

func answerRequests(connection net.Conn) {
	defer connection.Close()
	answer := []byte("HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: 2\r\n\r\n{}")
	for buffer := make([]byte, 16<<10); ; {
		n, err := connection.Read(buffer)
		if err != nil {
			return
		}
		if buffer[n-1] == '}' { // the last byte of the body
			// The client drops a connection on which the answer comes before the client has finished the request.
			time.Sleep(time.Millisecond)
			_, _ = connection.Write(answer)
		}
	}
}
